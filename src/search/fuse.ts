/** A list of matches that a fused ranking is made from. */
export type MatchList = 'VECTOR' | 'TEXT';

/** Which list a match came from. */
export interface MatchSource {
  readonly list: MatchList;
  /** Its place in that list, from 1. */
  readonly rank: number;
}

interface Listed {
  readonly imageId: number;
  readonly distance: number;
}

/** A match of a fused ranking. */
export interface FusedMatch extends Listed {
  readonly sources: readonly MatchSource[];
}

/** The constant of the paper below: how little a place near the top is worth more than one further down. */
const K = 60;

/**
 * Reciprocal rank fusion: an image's score is the sum of 1 / (60 + rank) over the lists that it is in. It compares places,
 * not scores, so that cosine similarities and word scores need no common scale. G. V. Cormack, C. L. A. Clarke and
 * S. Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods" (SIGIR 2009).
 *
 * @returns every image of the lists once, best first; of equal scores the nearer one first, then the lower id
 */
export function fuse(lists: Readonly<Record<MatchList, readonly Listed[]>>): FusedMatch[] {
  const byId = new Map<number, { distance: number; score: number; sources: MatchSource[] }>();
  for (const list of ['VECTOR', 'TEXT'] as const) {
    for (const [index, { imageId, distance }] of lists[list].entries()) {
      const rank = index + 1;
      // The index and an exact comparison may differ in a distance's last digit: the first list decides for both.
      const entry = byId.get(imageId) ?? { distance, score: 0, sources: [] };
      entry.score += 1 / (K + rank);
      entry.sources.push({ list, rank });
      byId.set(imageId, entry);
    }
  }
  return [...byId]
    .sort(([a, one], [b, other]) => other.score - one.score || one.distance - other.distance || a - b)
    .map(([imageId, { distance, sources }]) => ({ imageId, distance, sources }));
}
