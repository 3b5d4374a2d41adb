import type { SearchSet } from '../db/search-set.js';
import type { FindMatches, Wanted } from './find-matches.js';
import type { Search, SearchEffort } from './search.js';
import { unitVector } from './unit-vector.js';

/** How many of the nearest images are compared: recall@10. */
const NEAREST = 10;
/** Where the other queries come from: halfway to matches of these ranks. */
const SURROUNDINGS = 100;
/** The index and the exact comparison may compute the distance of the same image this much differently. */
const EQUAL_DISTANCE = 1e-6;

/**
 * How much of the true answer the index finds, for a query and others near it, under the same filter and effort.
 *
 * @param sample how many queries, at least 1
 * @returns from 0 to 1
 */
export async function estimateRecall(
  { findMatches, embeddingsOf }: { findMatches: FindMatches; embeddingsOf: Search['embeddings'] },
  { set, effort }: { readonly set: SearchSet; readonly effort: SearchEffort },
  sample: number,
): Promise<number> {
  const nearest = async (vector: Float32Array, mode: 'EXACT' | 'INDEX', limit: number) => {
    const wanted: Wanted = {
      set: { ...set, vector },
      mode,
      effort,
      limit,
      after: undefined,
      minSimilarity: undefined,
      orderBy: undefined,
    };
    return (await findMatches(wanted)).matches.slice(0, limit);
  };
  const around =
    sample > 1 ? (await nearest(set.vector, 'INDEX', SURROUNDINGS)).map(({ imageId }) => imageId) : [];
  const embeddings = await embeddingsOf(spread(around, sample - 1));
  const queries = [
    set.vector,
    ...[...embeddings.values()].flatMap((embedding) => halfway(set.vector, embedding) ?? []),
  ];

  let found = 0;
  let expected = 0;
  for (const query of queries) {
    const truth = await nearest(query, 'EXACT', NEAREST);
    const furthest = truth.at(-1)?.distance;
    if (furthest === undefined) continue;
    // By distance, not by image: of several images at the same distance either may be the tenth.
    const hits = (await nearest(query, 'INDEX', NEAREST)).filter(
      ({ distance }) => distance <= furthest + EQUAL_DISTANCE,
    );
    found += Math.min(hits.length, truth.length);
    expected += truth.length;
  }
  return expected === 0 ? 1 : found / expected;
}

/** Undefined for opposite vectors, between which no direction lies. */
function halfway(one: Float32Array, other: Float32Array): Float32Array | undefined {
  return unitVector(Float64Array.from(one, (value, index) => value + (other[index] ?? 0)));
}

/** At most so many items, evenly spread over a list. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from(
    { length: count },
    (_, index) => items[Math.floor((index * items.length) / count)],
  ).filter((item) => item !== undefined);
}
