import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { PICTURES_TOGETHER, type Dtype } from '../config.js';
import { OperatorError } from '../errors.js';
import type { Logger } from '../log.js';
import { startWorkerThread } from '../worker-thread.js';
import { createEncoder } from './create-encoder.js';
import type { Encoder } from './encoder.js';
import { fingerprintOf } from './fingerprint.js';
import { fetchModel, type DownloadProgress } from './hub-model.js';
import { int8FolderOf } from './int8-model.js';
import { logitScaleOf } from './model-config.js';
import { weightsFile, type TowerName } from './model-files.js';
import { openModelFolder, type ModelFolder } from './model-folder.js';
import { resolveModelSource, type ModelSource } from './model-source.js';
import { createTower, type Tower } from './tower.js';
import type { TextTowerData, VisionTowerData } from './tower-protocol.js';

export { HubUnreachableError, ModelNotFoundError } from './hub-errors.js';
export type { DownloadProgress };

export interface LoadEncoderOptions {
  /** The bundled model's name, a folder, or a name of the hub. */
  readonly source: string;
  /** False: `source` is not looked for among the folders. */
  readonly allowFolder?: boolean;
  /** A branch, tag or commit of the hub; folders have none. */
  readonly revision: string;
  readonly dtype: Dtype;
  /** The hub or a mirror of it, without a slash at the end. */
  readonly hubEndpoint: string;
  /** Where models of the hub are kept. */
  readonly cacheFolder: string;
  readonly visionWorkers: number;
  /** Instead of the one that the model's configuration tells. */
  readonly logitScale: number | undefined;
  /** The most pixels (width × height) of a picture that is decoded. */
  readonly imagePixels: number;
  readonly log: Logger;
  /** Called for every piece of a download; never when the model is in the cache. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Gives up a download; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every thread that is started, the first time and after a crash. */
  readonly onWorkerStarted?: (tower: TowerName, worker: Worker) => void;
  /** Milliseconds of silence after which the hub is given up. */
  readonly hubTimeoutMs?: number;
  /** Milliseconds before a broken download is taken up again; doubled each time. */
  readonly hubRetryDelayMs?: number;
}

/**
 * A text is short, but somebody waits for it. More than two cores gain nothing; vision threads take one each. In int8 the steps
 * of one text are so short that a second core costs as much as it gives (and twice as much where cores are busy).
 */
const TEXT_CORES = 2;
/** Texts of one message to the thread, which groups them further. */
const TEXTS_TOGETHER = 16;

/**
 * Loads a CLIP, downloading it first if it is one of the hub that the cache does not hold.
 *
 * @throws HubUnreachableError when the hub is needed and cannot be asked
 * @throws ModelNotFoundError when the hub has no such model, revision or weights
 * @throws OperatorError otherwise: a name that means nothing, files that are missing or damaged, no CLIP
 */
export async function loadEncoder(options: LoadEncoderOptions): Promise<Encoder> {
  const { dtype, log } = options;
  const source = await resolveModelSource(options.source, options.allowFolder);
  const given = await openModelFolder(await folderOf(source, options), dtype);
  const model =
    dtype === 'int8'
      ? await openModelFolder(await int8FolderOf(given, source.name, options.cacheFolder, log), dtype)
      : given;

  const text = createTower<string>({
    ...towerOptions('text', source, model, options),
    threads: 1,
    batchSize: TEXTS_TOGETHER,
  });
  const vision = createTower<Uint8Array>({
    ...towerOptions('vision', source, model, options),
    threads: options.visionWorkers,
    batchSize: PICTURES_TOGETHER,
  });
  try {
    const [fingerprint] = await Promise.all([
      // What is now `hub-int8` was called `int8` when its fingerprints were stored.
      fingerprintOf(model.folder, model.files, dtype === 'hub-int8' ? 'int8' : dtype),
      text.ready(),
      vision.ready(),
    ]);
    checkDimensions(model, text, vision);
    const card = {
      name: source.name,
      source: source.kind === 'hub' ? source.name : source.source,
      revision: source.kind === 'hub' ? options.revision : 'local',
      dtype,
      dimensions: text.dimensions,
      logitScale: logitScaleOf(model.config, options.logitScale, log),
      fingerprint,
    };
    log.info({ model: card }, 'The model is loaded.');
    return createEncoder({
      card,
      text,
      vision,
      model,
      visionWorkers: options.visionWorkers,
      imagePixels: options.imagePixels,
    });
  } catch (error) {
    await Promise.all([text.close(), vision.close()]);
    throw error;
  }
}

async function folderOf(source: ModelSource, options: LoadEncoderOptions): Promise<string> {
  if (source.kind === 'folder') return source.folder;
  const hub = {
    endpoint: options.hubEndpoint,
    timeoutMs: options.hubTimeoutMs ?? 60_000,
    retryDelayMs: options.hubRetryDelayMs ?? 1000,
    signal: options.signal,
  };
  return fetchModel(
    hub,
    options.cacheFolder,
    source.name,
    options.revision,
    options.dtype,
    options.onProgress,
  );
}

function towerOptions(
  tower: TowerName,
  source: ModelSource,
  model: ModelFolder,
  options: LoadEncoderOptions,
) {
  const common = { folder: model.folder, dtype: options.dtype };
  const workerData: TextTowerData | VisionTowerData =
    tower === 'text'
      ? {
          ...common,
          threads: options.dtype === 'int8' ? 1 : Math.min(TEXT_CORES, availableParallelism()),
          contextLength: model.config.text_config.max_position_embeddings,
        }
      : { ...common, threads: 1, preprocessing: model.preprocessing, pictureSize: model.pictureSize };
  const file = path.join(model.folder, weightsFile(tower, options.dtype));
  return {
    name: `clip-${tower}`,
    log: options.log,
    start: () => {
      const worker = startWorkerThread(import.meta.url, `${tower}-worker`, {
        workerData,
        name: `clip-${tower}`,
      });
      options.onWorkerStarted?.(tower, worker);
      return worker;
    },
    unloadable: async (message: string) => {
      const isDamaged = /protobuf/i.test(message);
      const isConverted = options.dtype === 'int8';
      // In the cache it would be found again at every start; a folder of the operator's is not ours to change.
      if (isDamaged && isConverted) await rm(model.folder, { recursive: true, force: true });
      else if (isDamaged && source.kind === 'hub') await rm(file, { force: true });
      const advice = !isDamaged
        ? 'Check that the model is a CLIP in the layout of transformers.js, with a text and a vision tower that project.'
        : isConverted
          ? 'What was converted to 8 bits was damaged and has been removed: the next start converts it again.'
          : source.kind === 'hub'
            ? 'The file was damaged and has been removed: the next start downloads it again.'
            : 'The file is damaged: copy it again.';
      return new OperatorError(
        `The ${tower} tower of ${source.name} cannot be loaded from ${file}. ${advice} (${message})`,
      );
    },
  };
}

function checkDimensions(
  { config, folder }: ModelFolder,
  text: Tower<string>,
  vision: Tower<Uint8Array>,
): void {
  if (text.dimensions === vision.dimensions && text.dimensions === config.projection_dim) return;
  throw new OperatorError(
    `The files in ${folder} do not belong together: the text tower gives ${text.dimensions} dimensions, the vision tower ` +
      `${vision.dimensions}, config.json says ${config.projection_dim}. Take all files from the same model.`,
  );
}
