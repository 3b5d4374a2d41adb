import path from 'node:path';
import { BUNDLED_MODEL_NAME } from './clip/bundled-model.js';
import type { Encoder } from './clip/encoder.js';
import {
  HubUnreachableError,
  loadEncoder,
  type DownloadProgress,
  type LoadEncoderOptions,
} from './clip/load-encoder.js';
import type { Config, Dtype } from './config.js';
import type { Database } from './db/database.js';
import { activeModel, countEmbeddings, registerModel, type ModelRow } from './db/models.js';
import { ensureVectorIndex } from './db/vector-index.js';
import { OperatorError } from './errors.js';
import type { Logger } from './log.js';

/** What an empty database starts with when nothing is configured. */
const DEFAULT_MODEL = 'Xenova/clip-vit-base-patch32';

/**
 * Loads the model that this database works with, and registers it when it is new.
 *
 * CLIP_MODEL decides; unset, the database's active model; on an empty database CLIP ViT-B/32 from the hub, or the
 * bundled model when the hub cannot be reached.
 *
 * @throws OperatorError when the model's embeddings would not be comparable with those that are stored
 */
export async function loadActiveModel(
  config: Config,
  database: Database,
  log: Logger,
  options: LoadOptions = {},
): Promise<{ encoder: Encoder; model: ModelRow }> {
  const active = await activeModel(database.pool);
  const { logitScale } = config.model;
  const load: Load = (source, revision, dtype) =>
    loadModel(config, log, { source, revision, dtype, logitScale }, options);

  const encoder = await loadWanted(config, active, load, log);
  try {
    return { encoder, model: await adopt(encoder, active, database, log) };
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

export interface LoadOptions {
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Gives up a download. */
  readonly signal?: AbortSignal | undefined;
}

/** Loads a model with the settings of this installation, downloading it where it is not there yet. */
export function loadModel(
  config: Config,
  log: Logger,
  model: Pick<LoadEncoderOptions, 'source' | 'revision' | 'dtype' | 'allowFolder'> & {
    logitScale?: number | undefined;
  },
  { onDownload, signal }: LoadOptions = {},
): Promise<Encoder> {
  return loadEncoder({
    ...config.model,
    ...model,
    logitScale: model.logitScale,
    cacheFolder: modelCache(config),
    imagePixels: config.limits.imagePixels,
    log,
    signal,
    ...(onDownload && { onProgress: onDownload }),
  });
}

/**
 * Loads a model that is registered.
 *
 * @throws OperatorError when its files are no longer those that it was registered with
 */
export async function loadRegistered(
  config: Config,
  log: Logger,
  model: ModelRow,
  options: LoadOptions = {},
): Promise<Encoder> {
  const encoder = await loadModel(config, log, model, options);
  if (encoder.card.fingerprint === model.fingerprint) return encoder;
  await encoder.close();
  throw new OperatorError(
    `The files of ${describe(model)} have changed since it was registered: what lies there now is ${describe(encoder.card)}. ` +
      'Put the old files back, or register the model again and retire this one.',
  );
}

/** Where models of the hub are kept. */
export const modelCache = (config: Config): string => path.join(config.dataFolder, 'models');

type Load = (source: string, revision: string, dtype: Dtype) => Promise<Encoder>;

async function loadWanted(
  config: Config,
  active: ModelRow | undefined,
  load: Load,
  log: Logger,
): Promise<Encoder> {
  const { source, revision, dtype } = config.model;
  if (source !== undefined) return load(source, revision, dtype);
  if (active !== undefined) return load(active.source, active.revision, active.dtype);
  try {
    return await load(DEFAULT_MODEL, revision, dtype);
  } catch (error) {
    if (!(error instanceof HubUnreachableError)) throw error;
    log.warn(
      { cause: error.message },
      `The model hub cannot be reached, so the bundled ${BUNDLED_MODEL_NAME} is used. It knows pictograms and drawn ` +
        'objects, not photographs. For photographs, start with an empty data folder once the hub can be reached, ' +
        'or set CLIP_MODEL to a folder that holds a CLIP model.',
    );
    return load(BUNDLED_MODEL_NAME, revision, dtype);
  }
}

async function adopt(
  encoder: Encoder,
  active: ModelRow | undefined,
  database: Database,
  log: Logger,
): Promise<ModelRow> {
  const { card } = encoder;
  if (active === undefined) return registerModel(database, card, { log });
  if (active.fingerprint === card.fingerprint) {
    // A process that was killed while it built the index leaves one that is missing or invalid.
    await ensureVectorIndex(database, active, { log });
    return active;
  }
  const stored = await countEmbeddings(database.pool, active.id);
  if (stored === 0) return registerModel(database, card, { activate: true, log });
  throw new OperatorError(
    `This collection has ${stored} embeddings of ${describe(active)}, and the configured model is ${describe(card)}. ` +
      'Embeddings of different models cannot be compared, so nothing was changed.\n' +
      `Set CLIP_MODEL=${active.source} CLIP_REVISION=${active.revision} CLIP_DTYPE=${active.dtype} to go on with this ` +
      'collection (or unset all three). To bring the collection over to the other model, start like that, and then run ' +
      `\`pictograph models add ${card.source}\` and \`pictograph models activate\`: searches go on meanwhile.` +
      (active.source === card.source
        ? '\nBoth have the same name: the files of the model have changed since it was first used.'
        : ''),
  );
}

function describe(model: { name: string; dtype: string; dimensions: number; fingerprint: string }): string {
  return `${model.name} (${model.dtype}, ${model.dimensions} dimensions, fingerprint ${model.fingerprint.slice(0, 12)})`;
}
