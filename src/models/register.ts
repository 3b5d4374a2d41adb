import path from 'node:path';
import type { Encoder } from '../clip/encoder.js';
import { IncompleteDownloadError } from '../clip/hub-errors.js';
import { HubUnreachableError, ModelNotFoundError } from '../clip/load-encoder.js';
import type { Database } from '../db/database.js';
import { isPublicModelName } from '../clip/model-source.js';
import { listModels, MAX_INDEXED_DIMENSIONS, registerModel, type ModelRow } from '../db/models.js';
import { startEmbedding } from '../db/model-states.js';
import { OperatorError } from '../errors.js';
import { enqueueCollection } from '../jobs/queue.js';
import type { Logger } from '../log.js';
import type { Models, RefusalCode, RegisterRequest } from './models.js';

const NO_FOLDERS =
  'This is neither a name of the hub, such as Xenova/clip-vit-base-patch16, nor the bundled pictogram-clip. A model in a folder of the ' +
  'server is registered with `pictograph models add FOLDER`, by whoever operates it.';

/** Downloads a model where it is not there yet, and loads it. */
export type LoadModel = (request: RegisterRequest, signal?: AbortSignal) => Promise<Encoder>;

/**
 * Registers models. Whoever registers one that is being downloaded already waits for the same download: a client that gave up waiting
 * may ask again.
 */
export function createRegister(dependencies: {
  readonly database: Database;
  readonly load: LoadModel;
  readonly partsOf: (model: ModelRow, encoder: Encoder) => unknown;
  readonly refresh: () => Promise<void>;
  readonly cacheFolder: string;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): Models['register'] {
  const { database, load, partsOf, refresh, cacheFolder, jobMaxAttempts, log } = dependencies;
  const running = new Map<string, ReturnType<Models['register']>>();

  async function register(request: RegisterRequest, signal?: AbortSignal): ReturnType<Models['register']> {
    const { source } = request;
    let { allowFolder } = request;
    if (!allowFolder && !isPublicModelName(source)) {
      allowFolder = (await listModels(database.pool)).some((known) => known.source === source);
      if (!allowFolder) return { outcome: 'refused', code: 'UNUSABLE', message: NO_FOLDERS };
    }
    let encoder: Encoder;
    try {
      encoder = await load({ ...request, allowFolder }, signal);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const message = error.message.replaceAll(cacheFolder + path.sep, '');
      return { outcome: 'refused', code: codeOf(error), message };
    }
    const { card } = encoder;
    if (card.dimensions > MAX_INDEXED_DIMENSIONS) {
      await encoder.close();
      return {
        outcome: 'refused',
        code: 'UNUSABLE',
        message: `The model ${card.name} gives ${card.dimensions} dimensions; an index takes at most ${MAX_INDEXED_DIMENSIONS}.`,
      };
    }
    let model: ModelRow;
    try {
      model = await registerModel(database, card, { log });
    } catch (error) {
      await encoder.close();
      throw error;
    }
    partsOf(model, encoder);
    if (!model.active) {
      await database.transaction(async (client) => {
        await startEmbedding(client, model.id);
        await enqueueCollection(client, [model.id], jobMaxAttempts);
      });
    }
    await refresh();
    return { outcome: 'registered', modelId: model.id };
  }

  return (request, signal) => {
    const key = JSON.stringify([request.source, request.revision, request.dtype, request.logitScale]);
    const known = running.get(key);
    if (known !== undefined) return known;
    const started = register(request, signal).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}

function codeOf(error: OperatorError): RefusalCode {
  if (error instanceof HubUnreachableError) return 'HUB_UNREACHABLE';
  if (error instanceof ModelNotFoundError) return 'NOT_FOUND';
  return error instanceof IncompleteDownloadError ? 'DOWNLOAD_INCOMPLETE' : 'UNUSABLE';
}
