import { leastSimilarity, type Background } from './background.js';
import { createRecent } from './recent.js';
import type { SavedSearch } from './saved-searches.js';

/** A standard score is a comparison with a thousand images; what it comes to changes as slowly as the collection. */
const KEPT_MS = 60_000;
const KEPT_SEARCHES = 1_000;

/**
 * What saved searches that are watched ask for, without a comparison for each new image. What has no background yet is asked
 * for each time: that changes with a few images.
 *
 * @param now a clock in milliseconds
 */
export function createLeastSimilarities(
  backgroundOf: (vector: Float32Array) => Promise<Background | null>,
  now: () => number,
): (saved: SavedSearch) => Promise<number | undefined> {
  const known = createRecent<number, { readonly at: number; readonly background: Background }>(KEPT_SEARCHES);
  return (saved) =>
    leastSimilarity(saved, async () => {
      const kept = known.get(saved.id);
      if (kept !== undefined && now() - kept.at < KEPT_MS) return kept.background;
      const background = await backgroundOf(saved.vector);
      if (background !== null) known.set(saved.id, { at: now(), background });
      return background;
    });
}
