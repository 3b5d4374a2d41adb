import { dotProduct } from './unit-vector.js';

/** What a diverse list is chosen from: as much as an index scan's usual window holds with room to spare. */
export const DIVERSE_POOL = 150;

interface Candidate {
  /** Similarity with the query. */
  readonly similarity: number;
  readonly embedding: Float32Array;
}

/**
 * Maximal marginal relevance: chooses one candidate after the other, each time the one for which
 * (1 − diversity) × similarity with the query − diversity × largest similarity with one that was chosen before
 * is largest; of equal ones the first. J. Carbonell and J. Goldstein, "The Use of MMR, Diversity-Based Reranking for
 * Reordering Documents and Producing Summaries" (SIGIR 1998), with λ = 1 − diversity.
 *
 * @param candidates most similar first
 * @param diversity from 0 (the order as it is) to 1 (only unlike what was chosen before, after the first)
 * @returns at most `limit` candidates; fewer are the beginning of more
 */
export function diversify<C extends Candidate>(
  candidates: readonly C[],
  diversity: number,
  limit: number,
): C[] {
  const remaining = candidates.map((candidate) => ({ candidate, closest: Number.NEGATIVE_INFINITY }));
  const chosen: C[] = [];
  while (chosen.length < limit && remaining.length > 0) {
    let best = 0;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const [index, { candidate, closest }] of remaining.entries()) {
      // Nothing to be unlike yet.
      const likeness = chosen.length === 0 ? 0 : closest;
      const score = (1 - diversity) * candidate.similarity - diversity * likeness;
      if (score > bestScore) [best, bestScore] = [index, score];
    }
    const [taken] = remaining.splice(best, 1);
    if (taken === undefined) break;
    chosen.push(taken.candidate);
    for (const one of remaining) {
      one.closest = Math.max(one.closest, dotProduct(one.candidate.embedding, taken.candidate.embedding));
    }
  }
  return chosen;
}
