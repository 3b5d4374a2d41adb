import type { Database } from '../db/database.js';
import { findByIndex, findExactly, prepareIndexScan, type FoundMatch } from '../db/search.js';
import type { SearchOrder, SearchPage } from '../db/search-order.js';
import type { SearchSet } from '../db/search-set.js';
import type { Logger } from '../log.js';
import { createLargeSets } from './large-sets.js';
import { COUNTED_CANDIDATES, coversPage, decide, type Decision } from './plan.js';
import { filterDigest } from './position.js';
import { createRecent } from './recent.js';
import type { MatchOrder, MatchPosition, SearchEffort, SearchMode } from './search.js';

export interface Wanted {
  readonly set: SearchSet;
  readonly mode: SearchMode;
  readonly effort: SearchEffort;
  readonly limit: number;
  readonly after: MatchPosition | undefined;
  readonly minSimilarity: number | undefined;
  readonly orderBy: MatchOrder | undefined;
}

export interface Found {
  readonly strategy: 'EXACT' | 'INDEX';
  readonly candidates: number | null;
  /** `hnsw.ef_search` of the scan that the matches come from; null: all candidates were compared. */
  readonly efSearch: number | null;
  /** The page, and one match more when another page follows. */
  readonly matches: readonly FoundMatch[];
}

/** Finds a page of matches. */
export type FindMatches = (wanted: Wanted) => Promise<Found>;

const REPORT_EVERY_MS = 60_000;
const REPORTED_MODELS = 100;

/**
 * Carries the planner's decisions out. Round trips: one for EXACT and for AUTO on few candidates; one for
 * INDEX, with BEGIN, settings, search and COMMIT, and one before these the first time that AUTO meets many.
 *
 * @returns a function that throws RequestError BAD_USER_INPUT for a page out of mode INDEX's reach
 */
export function createFindMatches(database: Database, log: Logger): FindMatches {
  const largeSets = createLargeSets(() => performance.now());
  const reported = createRecent<number, number>(REPORTED_MODELS);

  const isReported = (modelId: number) =>
    performance.now() - (reported.get(modelId) ?? -Infinity) < REPORT_EVERY_MS;

  /** Now and then: every search meets it again. */
  function reportIndex(modelId: number): void {
    if (isReported(modelId)) return;
    reported.set(modelId, performance.now());
    log.warn(
      { modelId },
      'The vector index of the model is missing or invalid. Searches are right, and slow: every image is compared until ' +
        '`pictograph reindex` or the next start has built it.',
    );
  }

  async function exactly(wanted: Wanted, atMost?: number): Promise<Found> {
    const count = { to: COUNTED_CANDIDATES, atMost };
    const { candidates, matches } = await findExactly(database.pool, wanted.set, pageOf(wanted), count);
    return { strategy: 'EXACT', candidates: bounded(candidates), efSearch: null, matches };
  }

  /** Undefined when there may be matches that the index did not reach, and when there is no index that can be used. */
  async function byIndex(
    wanted: Wanted,
    { window, countCandidates }: Decision & { strategy: 'INDEX' },
  ): Promise<Found | undefined> {
    const { set, limit, minSimilarity } = wanted;
    const countTo = countCandidates ? COUNTED_CANDIDATES : undefined;
    // Without its index the scan would compare all, and in vain: where it was missed lately, it is looked for first.
    if (isReported(set.modelId)) {
      const { indexValid } = await prepareIndexScan(database.pool, set, window, undefined);
      if (!indexValid) return undefined;
    }
    const [{ candidates: counted, indexValid }, { size, furthest, matches }] = await database.together(
      (transaction) =>
        Promise.all([
          prepareIndexScan(transaction, set, window, countTo),
          findByIndex(transaction, set, pageOf(wanted), window.size),
        ]),
    );
    if (!indexValid) {
      reportIndex(set.modelId);
      return undefined;
    }
    const candidates = counted === null ? null : bounded(counted);
    const distances = wanted.orderBy ? [] : matches.map(({ distance }) => distance);
    const complete = coversPage(
      { size, furthest, distances },
      { limit, windowSize: window.size, candidates, minSimilarity },
    );
    return complete ? { strategy: 'INDEX', candidates, efSearch: window.efSearch, matches } : undefined;
  }

  return async (wanted) => {
    const filter = filterDigest(wanted.set.filter);
    const situation = {
      mode: wanted.mode,
      effort: wanted.effort,
      skipped: wanted.after?.rank ?? 0,
      limit: wanted.limit,
      byDate: wanted.orderBy !== undefined,
    };
    let decision = decide({ ...situation, many: largeSets.has(filter) });
    if (decision.strategy === 'EXACT') {
      const found = await exactly(wanted, decision.atMost);
      if (decision.atMost === undefined || found.candidates !== null) return found;
      largeSets.add(filter);
      decision = decide({ ...situation, many: true });
    }
    const found = decision.strategy === 'INDEX' ? await byIndex(wanted, decision) : undefined;
    return found ?? exactly(wanted);
  };
}

/** One match more than the page has tells whether another page follows. */
function pageOf({ limit, after, minSimilarity, orderBy }: Wanted): SearchPage {
  return { limit: limit + 1, minSimilarity, order: orderOf(orderBy, after) };
}

const COLUMNS = { CREATED_AT: 'created_at', TAKEN_AT: 'taken_at' } as const;

function orderOf(orderBy: MatchOrder | undefined, after: MatchPosition | undefined): SearchOrder {
  if (orderBy === undefined) return { by: 'similarity', after };
  return {
    by: 'date',
    column: COLUMNS[orderBy.field],
    direction: orderBy.direction,
    after: after && { date: after.date ?? null, id: after.id },
  };
}

function bounded(candidates: number): number | null {
  return candidates > COUNTED_CANDIDATES ? null : candidates;
}
