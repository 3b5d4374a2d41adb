import type { Database } from '../db/database.js';
import { findByIndex, findExactly, prepareIndexScan, type FoundMatch } from '../db/search.js';
import type { SearchOrder, SearchPage } from '../db/search-order.js';
import type { SearchSet } from '../db/search-set.js';
import { createLargeSets } from './large-sets.js';
import { COUNTED_CANDIDATES, coversPage, decide, type Decision } from './plan.js';
import { filterDigest } from './position.js';
import type { MatchOrder, MatchPosition, SearchMode } from './search.js';

interface Wanted {
  readonly set: SearchSet;
  readonly mode: SearchMode;
  readonly limit: number;
  readonly after: MatchPosition | undefined;
  readonly minSimilarity: number | undefined;
  readonly orderBy: MatchOrder | undefined;
}

interface Found {
  readonly strategy: 'EXACT' | 'INDEX';
  readonly candidates: number | null;
  /** The page, and one match more when another page follows. */
  readonly matches: readonly FoundMatch[];
}

/**
 * Carries the planner's decisions out. Round trips: one for EXACT and for AUTO on few candidates; BEGIN, settings,
 * search, COMMIT for INDEX, and one before these the first time that AUTO meets many.
 *
 * @returns a function that throws RequestError BAD_USER_INPUT for a page out of mode INDEX's reach
 */
export function createFindMatches(database: Database): (wanted: Wanted) => Promise<Found> {
  const largeSets = createLargeSets(() => performance.now());

  async function exactly(wanted: Wanted, atMost?: number): Promise<Found> {
    const count = { to: COUNTED_CANDIDATES, atMost };
    const { candidates, matches } = await findExactly(database.pool, wanted.set, pageOf(wanted), count);
    return { strategy: 'EXACT', candidates: bounded(candidates), matches };
  }

  /** Undefined when there may be matches that the index did not reach. */
  async function byIndex(
    wanted: Wanted,
    { window, countCandidates }: Decision & { strategy: 'INDEX' },
  ): Promise<Found | undefined> {
    const { set, limit, minSimilarity } = wanted;
    const countTo = countCandidates ? COUNTED_CANDIDATES : undefined;
    const { counted, size, furthest, matches } = await database.transaction(async (transaction) => {
      const counted = await prepareIndexScan(transaction, set, window, countTo);
      return { counted, ...(await findByIndex(transaction, set, pageOf(wanted), window.size)) };
    });
    const candidates = counted === null ? null : bounded(counted);
    const distances = wanted.orderBy ? [] : matches.map(({ distance }) => distance);
    const complete = coversPage(
      { size, furthest, distances },
      { limit, windowSize: window.size, candidates, minSimilarity },
    );
    return complete ? { strategy: 'INDEX', candidates, matches } : undefined;
  }

  return async (wanted) => {
    const filter = filterDigest(wanted.set.filter);
    const situation = {
      mode: wanted.mode,
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
