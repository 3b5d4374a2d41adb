import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/database.js';
import type { ImageFilter } from '../db/image-filter.js';
import {
  findSavedSearchHits,
  type FilteredSearches,
  type SavedSearchHit,
} from '../db/saved-search-matches.js';
import { messageOf, type RequestError } from '../errors.js';
import { createEventQueue, type EventQueue } from '../event-queue.js';
import type { Logger } from '../log.js';
import { filterDigest } from './position.js';
import { createRecent } from './recent.js';

/** Images that one statement compares with what is watched. */
const IMAGES_A_CHECK = 500;
/** Different filters in one statement: each is a part of its own. */
const FILTERS_A_STATEMENT = 100;
/** Images that wait while the database does not answer; then the oldest are forgotten. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;
/** What one subscriber may be behind; then it loses the oldest. */
const MAX_BEHIND = 1_000;
/** An image may be announced twice, when the connection to the database was lost: so many are known again. */
const REMEMBERED_IMAGES = 1_000;

/** Tells which new images fall within the saved searches that somebody watches. */
export interface SavedMatcher {
  /**
   * Hits of one saved search, from now on. The iterator ends when the signal aborts and when the search is deleted; that
   * is noticed when the next image is processed.
   */
  watch<T extends object>(wanted: Wanted<T>): AsyncIterableIterator<T>;
  /** Ends all that is watched, with an error. */
  stop(error: RequestError): void;
}

interface Wanted<T> {
  readonly searchId: number;
  /** What the search asks for at this moment; undefined: every image of the filter falls within it. */
  readonly leastSimilarity: () => Promise<number | undefined>;
  readonly filter: ImageFilter;
  readonly signal: AbortSignal;
  readonly toEvent: (hit: SavedSearchHit) => T;
}

interface Watcher extends Pick<Wanted<unknown>, 'searchId' | 'leastSimilarity' | 'filter'> {
  hit(hit: SavedSearchHit): void;
  end(): void;
  fail(error: unknown): void;
}

/**
 * Does nothing while nobody watches. While somebody does, processed images are gathered as long as a check runs, and the
 * next check takes all of them: one statement for any number of images and of searches, whose costs depend on these
 * numbers alone and not on the size of the collection.
 */
export function createSavedMatcher(dependencies: {
  readonly database: Database;
  readonly modelId: number;
  /** Ids of images as they become READY or FAILED in any process. */
  readonly processed: (signal: AbortSignal) => AsyncIterable<number>;
  readonly log: Logger;
}): SavedMatcher {
  const { database, modelId, processed, log } = dependencies;
  const watchers = new Set<Watcher>();
  let stopListening: AbortController | undefined;

  const start = () => {
    const stopped = new AbortController();
    stopListening = stopped;
    // At once: from now on no image is missed.
    const ids = processed(stopped.signal);
    gather(ids, stopped.signal).catch((error: unknown) => {
      // Nobody can listen: whoever watches is told, and may try again.
      if (stopListening === stopped) stopListening = undefined;
      stopped.abort();
      for (const watcher of [...watchers]) watcher.fail(error);
    });
  };

  const leave = (watcher: Watcher) => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    stopListening?.abort();
    stopListening = undefined;
  };

  async function gather(ids: AsyncIterable<number>, signal: AbortSignal): Promise<void> {
    const waiting = new Set<number>();
    const state = { checking: false };

    /** Until nothing waits. Never rejects. */
    const checkAll = async (): Promise<void> => {
      state.checking = true;
      while (waiting.size > 0 && !signal.aborted) {
        const taken = [...waiting].slice(0, IMAGES_A_CHECK);
        // Before the check: one that is announced again meanwhile has changed, and is checked again.
        for (const id of taken) waiting.delete(id);
        try {
          await check(taken);
        } catch (error) {
          log.warn({ reason: messageOf(error) }, 'New images could not be compared with saved searches yet');
          for (const id of taken) waiting.add(id);
          await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
        }
      }
      state.checking = false;
    };

    for await (const id of ids) {
      waiting.add(id);
      for (const oldest of waiting) {
        if (waiting.size <= MAX_WAITING) break;
        waiting.delete(oldest);
      }
      if (!state.checking) void checkAll();
    }
  }

  async function check(imageIds: readonly number[]): Promise<void> {
    const groups = await groupByFilter([...watchers]);
    for (let first = 0; first < groups.length; first += FILTERS_A_STATEMENT) {
      const part = groups.slice(first, first + FILTERS_A_STATEMENT);
      const { hits, gone } = await findSavedSearchHits(database.pool, modelId, part, imageIds);
      const hitsOf = new Map<number, SavedSearchHit[]>();
      for (const hit of hits) hitsOf.set(hit.searchId, [...(hitsOf.get(hit.searchId) ?? []), hit]);
      const ended = new Set(gone);
      for (const watcher of [...watchers]) {
        for (const hit of hitsOf.get(watcher.searchId) ?? []) watcher.hit(hit);
        if (ended.has(watcher.searchId)) watcher.end();
      }
    }
  }

  return {
    stop(error) {
      for (const watcher of [...watchers]) watcher.fail(error);
    },

    watch<T extends object>({ searchId, leastSimilarity, filter, signal, toEvent }: Wanted<T>) {
      const seen = createRecent<number, true>(REMEMBERED_IMAGES);
      const queue: EventQueue<T> = createEventQueue<T>({
        maxBehind: MAX_BEHIND,
        onEnd: () => {
          leave(watcher);
        },
        signal,
      });
      const watcher: Watcher = {
        searchId,
        leastSimilarity,
        filter,
        hit(hit) {
          if (seen.get(hit.imageId)) return;
          seen.set(hit.imageId, true);
          queue.push(toEvent(hit));
        },
        end: () => {
          queue.end();
        },
        fail: (error) => {
          queue.fail(error);
        },
      };
      if (signal.aborted) return queue.iterator;
      watchers.add(watcher);
      if (stopListening === undefined) start();
      return queue.iterator;
    },
  };
}

/** Most searches have no filter: these are one part of the statement. */
async function groupByFilter(watchers: readonly Watcher[]): Promise<FilteredSearches[]> {
  const groups = new Map<string, { filter: ImageFilter; leasts: Map<number, number | undefined> }>();
  for (const { filter, searchId, leastSimilarity } of watchers) {
    const key = filterDigest(filter);
    const group = groups.get(key) ?? { filter, leasts: new Map() };
    if (!group.leasts.has(searchId)) group.leasts.set(searchId, await leastSimilarity());
    groups.set(key, group);
  }
  return [...groups.values()].map(({ filter, leasts }) => ({
    filter,
    searches: [...leasts].map(([id, least]) => ({ id, leastSimilarity: least })),
  }));
}
