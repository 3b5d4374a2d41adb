import { createRecent } from './recent.js';

/**
 * Filters that were seen to let more candidates through than the planner counts. Counting 10,000 rows only to learn that
 * again takes longer than the index scan that follows, so the answer is kept for a few seconds. Should the collection
 * shrink meanwhile, a search goes through the index that would have compared all: nothing worse.
 */
export interface LargeSets {
  has(filter: string): boolean;
  add(filter: string): void;
}

const KEPT_MS = 10_000;
const KEPT_FILTERS = 1_000;

/** @param now a clock in milliseconds */
export function createLargeSets(now: () => number): LargeSets {
  const seen = createRecent<string, number>(KEPT_FILTERS);
  return {
    has(filter) {
      const at = seen.get(filter);
      return at !== undefined && now() - at < KEPT_MS;
    },
    add(filter) {
      seen.set(filter, now());
    },
  };
}
