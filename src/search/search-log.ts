import type { SearchLogConfig } from '../config.js';
import type { Database } from '../db/database.js';
import { isEmptyFilter } from '../db/image-filter.js';
import {
  appendToSearchLog,
  countSearchesByDay,
  findLoggedTexts,
  pruneSearchLog,
  type LoggedDay,
  type LoggedSearchRow,
  type LoggedText,
} from '../db/search-log.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { normaliseText } from './normalise-text.js';
import type { Search, SearchRequest, SearchResult } from './search.js';

export type { LoggedDay, LoggedText };

/** What was searched, when, how long it took and what it found. */
export interface SearchLog {
  readonly settings: SearchLogConfig;
  /** The latest so many days in UTC, oldest first. */
  perDay(days: number): Promise<readonly LoggedDay[]>;
  /** The texts that were searched most in the latest so many days. */
  popular(limit: number, days: number): Promise<readonly LoggedText[]>;
  /** The texts that found nothing most often in the latest so many days. */
  empty(limit: number, days: number): Promise<readonly LoggedText[]>;
}

/** The log with what writes it. */
export interface WrittenSearchLog extends SearchLog {
  /** Takes note of a search. Costs nothing and never fails; it is written later. */
  note(request: SearchRequest, result: SearchResult): void;
  /** Forgets what is too old, now and from then on again and again. */
  start(): void;
  /** Writes what is noted, and ends. */
  close(): Promise<void>;
}

/** Entries come together this long, and are written by one statement. */
const WRITE_AFTER_MS = 1_000;
/** Then they are written at once. */
const WRITE_AT = 500;
/** While the database does not take them, so many wait; further ones are lost. */
const MAX_WAITING = 5_000;
const PRUNE_EVERY_MS = 60 * 60_000;
const PRUNED_AT_ONCE = 10_000;
/** Popular and empty searches look at so many of the latest entries, so that they do not grow slower with the log. */
const CONSIDERED = 100_000;

export function createSearchLog(dependencies: {
  readonly database: Database;
  /** The model that searches use: asked at each search, because another one may become active. */
  readonly modelId: () => number;
  readonly settings: SearchLogConfig;
  readonly log: Logger;
}): WrittenSearchLog {
  const { database, modelId, settings, log } = dependencies;
  const { pool } = database;
  let waiting: LoggedSearchRow[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;
  let pruning: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pruneTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const write = async (): Promise<void> => {
    const entries = waiting;
    waiting = [];
    try {
      await appendToSearchLog(pool, entries);
      if (lost > 0) log.warn({ lost }, 'The search log has lost entries that the database did not take');
      lost = 0;
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'The search log cannot be written yet');
      const kept = [...entries, ...waiting];
      lost += Math.max(kept.length - MAX_WAITING, 0);
      waiting = kept.slice(0, MAX_WAITING);
    }
  };
  const schedule = (afterMs: number): void => {
    if (closed || writing !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      const before = waiting.length;
      writing = write().finally(() => {
        writing = undefined;
        // After a failure as many wait as before: not at once again.
        if (waiting.length > 0) schedule(WRITE_AFTER_MS * (waiting.length < before ? 1 : 5));
      });
    }, afterMs);
    timer.unref();
  };

  const prune = async (): Promise<void> => {
    try {
      for (let pruned = PRUNED_AT_ONCE; pruned === PRUNED_AT_ONCE && !closed;) {
        pruned = await pruneSearchLog(pool, settings.days, PRUNED_AT_ONCE);
      }
    } catch (error) {
      log.warn(
        { reason: messageOf(error) },
        'The search log could not be cut to its days; tried again in an hour',
      );
    }
  };
  const startPruning = (): void => {
    pruning ??= prune().finally(() => {
      pruning = undefined;
    });
  };

  return {
    settings,
    perDay: (days) => countSearchesByDay(pool, days),
    popular: (limit, days) =>
      findLoggedTexts(pool, { limit, days, emptyOnly: false, considered: CONSIDERED }),
    empty: (limit, days) => findLoggedTexts(pool, { limit, days, emptyOnly: true, considered: CONSIDERED }),

    note(request, result) {
      if (!settings.enabled || closed) return;
      if (waiting.length >= MAX_WAITING) {
        lost += 1;
        return;
      }
      waiting.push(entryOf(request, result, modelId()));
      if (waiting.length === 1) schedule(WRITE_AFTER_MS);
      else if (waiting.length === WRITE_AT) schedule(0);
    },

    start() {
      startPruning();
      pruneTimer = setInterval(startPruning, PRUNE_EVERY_MS);
      pruneTimer.unref();
    },

    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(pruneTimer);
      await Promise.all([writing, pruning]);
      if (waiting.length > 0) await write();
      if (waiting.length > 0) log.warn({ lost: lost + waiting.length }, 'The search log has lost entries');
    },
  };
}

/** The same search, with every first page that may be logged noted. */
export function withSearchLog(search: Search, searchLog: Pick<WrittenSearchLog, 'note'>): Search {
  return {
    ...search,
    async search(request) {
      const result = await search.search(request);
      if (request.logged === true && request.after === undefined) searchLog.note(request, result);
      return result;
    },
  };
}

function entryOf(
  { query, filter }: SearchRequest,
  { matches, plan }: SearchResult,
  modelId: number,
): LoggedSearchRow {
  return {
    modelId,
    searchedAt: new Date(),
    kind: query.kind,
    text: textOf(query),
    filtered: !isEmptyFilter(filter),
    matches: matches.length,
    bestSimilarity: matches[0]?.similarity ?? null,
    candidates: plan.candidates,
    strategy: plan.strategy,
    encodeMs: plan.encodeMs,
    databaseMs: plan.databaseMs,
  };
}

/** What somebody typed: not the parts of a composed query, which mean something else each by itself. */
function textOf(query: SearchRequest['query']): string | null {
  if (query.kind === 'text') return normaliseText(query.text, 'The query');
  return query.kind === 'prompts' ? normaliseText(query.label, 'The label') : null;
}
