import { RequestError } from '../errors.js';
import type { SearchEffort, SearchMode } from './search.js';

/**
 * Which way the database is asked. Pure decisions; the figures behind the constants were measured with pgvector 0.8.7
 * on clustered unit vectors of 512 dimensions, 20,000 and 100,000 rows.
 */

/** Candidates are counted up to here. So many are compared one by one in 10 to 30 ms, and then none is missed. */
export const COUNTED_CANDIDATES = 10_000;

/** How many matches mode INDEX reaches: `hnsw.ef_search` is at most 1,000, and beyond it recall falls off. */
export const INDEX_REACH = 1_000;

/**
 * How far an index scan looks. A page is cut from a window of the nearest candidates that does not depend on the page,
 * so pages of one window neither repeat nor skip.
 */
export interface IndexWindow {
  /** How many candidates are read, and then sorted exactly. */
  readonly size: number;
  /** `hnsw.ef_search`: how many the index keeps in sight. */
  readonly efSearch: number;
  /** `hnsw.max_scan_tuples`: when a filter lets so few through that more would be visited, comparing all is cheaper. */
  readonly maxScanTuples: number;
}

// With filters of 10 to 50 %, the first 20 matches out of 200 were all but 1 in 1,000 of the true ones; out of 64, up to
// 1 in 100 was missed, because a filtered scan comes less and less in order.
const USUAL: IndexWindow = { size: 200, efSearch: 200, maxScanTuples: 20_000 };
const DEEP: IndexWindow = { size: INDEX_REACH, efSearch: 1_000, maxScanTuples: 100_000 };
const WINDOWS: Readonly<Record<SearchEffort, IndexWindow>> = {
  LOW: { size: 100, efSearch: 100, maxScanTuples: 10_000 },
  NORMAL: USUAL,
  HIGH: { size: 500, efSearch: 500, maxScanTuples: 50_000 },
  MAXIMUM: DEEP,
};

export type Decision =
  /** `atMost`: only when there are no more candidates than this; otherwise only their number is wanted. */
  | { readonly strategy: 'EXACT'; readonly atMost: number | undefined }
  | { readonly strategy: 'INDEX'; readonly window: IndexWindow; readonly countCandidates: boolean };

export interface Situation {
  readonly mode: SearchMode;
  readonly effort: SearchEffort;
  /** How many matches the pages before have shown. */
  readonly skipped: number;
  readonly limit: number;
  /** Whether there are known to be more candidates than are counted. */
  readonly many: boolean;
  /** Whether matches are ordered by date: then the window must hold all of them, whichever the page. */
  readonly byDate: boolean;
}

/**
 * Decides how to answer.
 *
 * @throws RequestError BAD_USER_INPUT for a page that mode INDEX does not reach
 */
export function decide({ mode, effort, skipped, limit, many, byDate }: Situation): Decision {
  const end = skipped + limit;
  if (mode === 'EXACT') return { strategy: 'EXACT', atMost: undefined };
  if (byDate) {
    return mode === 'INDEX' || many
      ? { strategy: 'INDEX', window: DEEP, countCandidates: mode === 'INDEX' }
      : { strategy: 'EXACT', atMost: COUNTED_CANDIDATES };
  }
  if (mode === 'INDEX' && end > INDEX_REACH) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `Mode INDEX reaches the first ${INDEX_REACH.toLocaleString('en')} matches, and this page would end at match ` +
        `${end.toLocaleString('en')}. Deeper pages need mode EXACT or AUTO; the same cursor goes on there.`,
    );
  }
  // The window must hold one match more than the page, which tells whether another page follows.
  const window = WINDOWS[effort];
  const shallow = end < window.size;
  if (mode === 'INDEX') {
    return { strategy: 'INDEX', window: shallow ? window : DEEP, countCandidates: true };
  }
  if (!shallow) return { strategy: 'EXACT', atMost: undefined };
  return many
    ? { strategy: 'INDEX', window, countCandidates: false }
    : { strategy: 'EXACT', atMost: COUNTED_CANDIDATES };
}

/** What an index scan brought. */
export interface Scanned {
  /** How many candidates lie in the window; at most its size. */
  readonly size: number;
  /** The distance of the furthest of them; null when there are none. */
  readonly furthest: number | null;
  /**
   * Distances of the page's matches and of one more where there is one, nearest first. None where the page is in another
   * order, which is known only when the window holds all matches.
   */
  readonly distances: readonly number[];
}

// The index compares inner products in single precision and the page is sorted by exact distances: at the window's edge
// the two may disagree about which of two candidates is nearer.
const EDGE = 1e-6;

/**
 * Whether a page out of an index scan is what a scan without an end would have brought: either the window holds every
 * candidate, or the page ends (by its limit or by the threshold) before the window's edge. Otherwise matches may exist
 * that the scan did not reach: the filter let too few through, or images were added since the page before.
 *
 * @param candidates how many there are; null when there are more than are counted
 */
export function coversPage(
  scanned: Scanned,
  page: {
    readonly limit: number;
    readonly windowSize: number;
    readonly candidates: number | null;
    readonly minSimilarity: number | undefined;
  },
): boolean {
  const { size, furthest, distances } = scanned;
  if (page.candidates !== null && size >= page.candidates) return true;
  if (size < page.windowSize || furthest === null) return false;
  const next = distances[page.limit];
  if (next !== undefined) return next < furthest - EDGE;
  return page.minSimilarity !== undefined && 1 - (furthest - EDGE) < page.minSimilarity;
}
