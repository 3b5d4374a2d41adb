import { setTimeout as delay } from 'node:timers/promises';
import { loadingFailure, type LazyEncoder } from '../clip/lazy-encoder.js';
import type { Database } from '../db/database.js';
import { readModelProgress, type ModelProgressRow } from '../db/model-progress.js';
import { stopEmbedding, switchActiveModel } from '../db/model-states.js';
import { findModel, type ModelRow } from '../db/models.js';
import { moveSavedSearches, type ReencodedSearch } from '../db/saved-searches.js';
import { ensureVectorIndex } from '../db/vector-index.js';
import { RequestError } from '../errors.js';
import { enqueueClearing } from '../jobs/queue.js';
import type { Logger } from '../log.js';
import type { Search } from '../search/search.js';
import type { ActivateResult, ModelProgress, Models, StopResult } from './models.js';
import { createOverlap } from './overlap.js';
import { createRegister, type LoadModel } from './register.js';

/** What works with the embeddings of one model. */
export interface ModelParts {
  readonly encoder: LazyEncoder;
  readonly search: Search;
  /** The vectors that saved searches of other models have under this one. */
  reencodeSearches(): Promise<readonly ReencodedSearch[]>;
}

export interface ModelsDependencies {
  readonly database: Database;
  readonly load: LoadModel;
  /** The parts of a model; with an encoder that is loaded already where there is one. */
  readonly partsOf: (model: ModelRow, encoder?: Awaited<ReturnType<LoadModel>>) => ModelParts;
  /** Makes this process work with what the database says: called after every change. */
  readonly refresh: () => Promise<void>;
  /** CLIP_MODEL as it is set. */
  readonly configuredSource: string | undefined;
  /** Where models of the hub are kept: never named in an answer. */
  readonly cacheFolder: string;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}

/** The rate is that of so many seconds. */
const WINDOW_SECONDS = 30;
const INTERVAL_MS = 1_000;
/** So many times as long as counting took, nothing is asked. */
const REST = 9;

export function createModels(dependencies: ModelsDependencies): Models {
  const { database, partsOf, refresh, configuredSource, jobMaxAttempts, log } = dependencies;
  const { pool } = database;

  const searchBy: Models['searchBy'] = async (id) => {
    const model = await findModel(pool, id);
    if (model === undefined || model.state === 'RETIRED') {
      throw new RequestError(
        'NOT_FOUND',
        model === undefined
          ? 'There is no model with this id. `models` lists those there are.'
          : `The model ${model.name} (${model.dtype}) is retired: it has no embeddings. Register it again to compare with it.`,
      );
    }
    return partsOf(model).search;
  };

  async function stop(id: number, state: 'PAUSED' | 'RETIRED'): Promise<StopResult> {
    const result = await stopModel(database, id, state, jobMaxAttempts);
    if (result === 'stopped') await refresh();
    return result;
  }

  async function activate(id: number, failImages: boolean): Promise<ActivateResult> {
    const model = await findModel(pool, id);
    if (model === undefined) return { outcome: 'not-found' };
    if (model.active) return { outcome: 'activated', previousId: undefined, notice: noticeFor(model) };
    const parts = partsOf(model);
    let searches: readonly ReencodedSearch[];
    try {
      // All that takes long comes before the transaction: loading the model here, the index, the vectors of saved searches.
      await parts.encoder.ready();
      if (model.state !== 'RETIRED') await ensureVectorIndex(database, model, { log });
      searches = await parts.reencodeSearches();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      log.error({ model: model.name, reason: loadingFailure(error) }, 'A model cannot be made active');
      return { outcome: 'unavailable', message: error.message };
    }
    const switched = await database.transaction(async (client) => {
      const result = await switchActiveModel(client, id, failImages);
      if (result.outcome === 'switched') await moveSavedSearches(client, id, searches);
      return result;
    });
    if (switched.outcome === 'incomplete') {
      const { missing, failed } = switched;
      return { outcome: 'incomplete', missing, failed, message: whyIncomplete(model, missing, failed) };
    }
    log.info({ model: switched.model, previous: switched.previous?.name }, 'Another model is active');
    await refresh();
    return { outcome: 'activated', previousId: switched.previous?.id, notice: noticeFor(model) };
  }

  /** Whoever set CLIP_MODEL would find out at the next start, which refuses. */
  function noticeFor(model: ModelRow): string | undefined {
    if (configuredSource === undefined || configuredSource === model.source) return undefined;
    return (
      `This server was started with CLIP_MODEL=${configuredSource}, and would refuse to start again with it. Before the next start unset ` +
      'CLIP_MODEL, CLIP_REVISION and CLIP_DTYPE, everywhere: then the active model counts.'
    );
  }

  const progress: Models['progress'] = async (ids) => {
    const rows = ids.length === 0 ? [] : await readModelProgress(pool, ids, WINDOW_SECONDS);
    return new Map(rows.map((row) => [row.modelId, toProgress(row)]));
  };

  return {
    register: createRegister(dependencies),
    activate,
    pause: (id) => stop(id, 'PAUSED'),
    retire: (id) => stop(id, 'RETIRED'),
    progress,
    async *watchProgress(id, signal) {
      let told: ModelProgress | undefined;
      while (!signal.aborted) {
        const began = performance.now();
        const now = (await progress([id])).get(id);
        if (now === undefined) return;
        if (told === undefined || !isSame(now, told)) yield now;
        told = now;
        const rest = Math.max(INTERVAL_MS, REST * (performance.now() - began));
        await delay(rest, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
    searchBy,
    overlap: createOverlap({ database, searchBy }),
  };
}

/** Has no more images embedded with a model; if it is retired, its embeddings are deleted in the background. */
export async function stopModel(
  database: Database,
  id: number,
  state: 'PAUSED' | 'RETIRED',
  jobMaxAttempts: number,
): Promise<StopResult> {
  const stopped = await database.transaction(async (client) => {
    if (!(await stopEmbedding(client, id, state))) return false;
    if (state === 'RETIRED') await enqueueClearing(client, id, jobMaxAttempts);
    return true;
  });
  if (stopped) return 'stopped';
  return (await findModel(database.pool, id)) === undefined ? 'not-found' : 'active';
}

function toProgress({ total, embedded, failed, recent, seconds, now }: ModelProgressRow): ModelProgress {
  const imagesPerSecond = recent / seconds;
  const waiting = total - embedded - failed;
  return {
    total,
    embedded,
    failed,
    complete: embedded === total,
    imagesPerSecond,
    secondsLeft: waiting === 0 ? 0 : imagesPerSecond > 0 ? waiting / imagesPerSecond : null,
    updatedAt: now,
  };
}

function isSame(a: ModelProgress, b: ModelProgress): boolean {
  return (
    a.total === b.total &&
    a.embedded === b.embedded &&
    a.failed === b.failed &&
    a.imagesPerSecond === b.imagesPerSecond
  );
}

function whyIncomplete(model: ModelRow, missing: number, failed: number): string {
  if (model.state === 'RETIRED') {
    return `The model ${model.name} is retired and has no embeddings. Register it again, and wait until it is complete.`;
  }
  const waiting = missing - failed;
  if (waiting === 0) {
    return (
      `${failed} READY images cannot be embedded by ${model.name}, and searches would not find them any more. Put their files right and ` +
      'register the model again, delete them, or activate with `failImages`: they become FAILED then, with the reason.'
    );
  }
  const wait =
    model.state === 'PAUSED'
      ? 'It is paused: register it again, and wait until it is complete.'
      : 'Wait until `progress` says that it is complete.';
  return `${waiting} READY images have no embedding of ${model.name} yet, and searches would not find them. ${wait}`;
}
