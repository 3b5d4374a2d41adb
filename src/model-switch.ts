import { setTimeout as delay } from 'node:timers/promises';
import { loadingFailure } from './clip/lazy-encoder.js';
import type { Database } from './db/database.js';
import { MODELS_CHANNEL } from './db/model-states.js';
import { findEmbeddingModels, type ModelRow } from './db/models.js';
import { RequestError, messageOf } from './errors.js';
import type { Logger } from './log.js';
import type { ModelServices } from './model-services.js';

/** Which models this process works with. */
export interface ModelSwitch {
  /** The active model's. Whoever needs it takes it from here each time. */
  readonly current: ModelServices;
  /** Of the other models that every image is embedded with. */
  readonly others: readonly ModelServices[];
  /** Looks at what the database says, and works with that once this resolves. Never rejects: what cannot be done yet is tried again. */
  refresh(): Promise<void>;
  /** Resolves when this process works with what the database says, which is another model most likely. @throws RequestError UNAVAILABLE when the process ends */
  changed(from: ModelServices): Promise<void>;
  /** Follows what other processes change, from now on. */
  follow(): Promise<void>;
  /** Rejects while another model than the current one is active, because it cannot be loaded here. */
  ready(): Promise<void>;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
const CHECK_MS = 500;

/**
 * Follows the active model. Another one is loaded first and taken second, so that searches go on under the old one meanwhile, and what
 * has begun under the old one ends under it.
 *
 * @param first the services of the model that is active, loaded and kept
 * @param servicesOf always gives the same for the same model
 */
export function createModelSwitch(options: {
  readonly database: Database;
  readonly first: ModelServices;
  readonly servicesOf: (model: ModelRow) => ModelServices;
  /** Aborts when the process ends. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}): ModelSwitch {
  const { database, servicesOf, signal, log } = options;
  let current = options.first;
  let others: readonly ModelServices[] = [];
  let failure: string | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let following: Promise<unknown> | undefined;

  const take = async (next: ModelServices): Promise<void> => {
    await next.encoder.keep();
    const previous = current;
    current = next;
    previous.encoder.release();
    previous.savedSearches.stopWatching();
    log.info({ model: next.model.name, dtype: next.model.dtype }, 'Searches use another model from now on');
    await next.catchUp();
  };

  const look = async (): Promise<void> => {
    clearTimeout(retry);
    try {
      const rows = await findEmbeddingModels(database.pool);
      others = rows.filter(({ active }) => !active).map((row) => servicesOf(row));
      const active = rows.find((row) => row.active);
      if (active !== undefined && active.id !== current.model.id) await take(servicesOf(active));
      failure = undefined;
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      failure = error instanceof RequestError ? loadingFailure(error) : messageOf(error);
      if (signal.aborted) return;
      log.error(
        { reason: failure },
        `This process cannot follow a change of the models yet. It goes on with ${current.model.name}, and tries again.`,
      );
      retry = setTimeout(() => void refresh(), retryMs);
      retry.unref();
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  };

  /** One at a time; what changed while one ran is seen by the next. */
  const refresh = (): Promise<void> => {
    looking = (looking ?? Promise.resolve()).then(() => (signal.aborted ? undefined : look()));
    return looking;
  };

  return {
    get current() {
      return current;
    },
    get others() {
      return others;
    },
    refresh,
    async changed(from) {
      await refresh();
      // Without a failure this is the active model after all: whoever asked may try again.
      while (current === from && failure !== undefined) {
        await delay(CHECK_MS, undefined, { signal, ref: false }).catch(() => {
          throw new RequestError('UNAVAILABLE', 'The process ends.');
        });
      }
    },
    async follow() {
      following ??= database.listen(
        MODELS_CHANNEL,
        () => void refresh(),
        () => void refresh(),
      );
      await following;
      await refresh();
    },
    ready() {
      if (failure === undefined) return Promise.resolve();
      return Promise.reject(new Error(`Cannot follow a change of the models: ${failure}`));
    },
  };
}
