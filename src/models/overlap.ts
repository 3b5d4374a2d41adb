import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.js';
import { shuffleImages } from '../db/image-list.js';
import type { Query, Search } from '../search/search.js';
import type { Models, QueryOverlap } from './models.js';

/** Compares what two models find. */
export function createOverlap({
  database,
  searchBy,
}: {
  readonly database: Database;
  readonly searchBy: Models['searchBy'];
}): Models['overlap'] {
  return async ({ a, b, queries, k }) => {
    const [one, other] = await Promise.all([searchBy(a), searchBy(b)]);
    const asked =
      'texts' in queries
        ? queries.texts.map((text) => ({ text, imageId: undefined }))
        : (await sample(one, other, queries.sample)).map((imageId) => ({ text: undefined, imageId }));
    const overlaps: QueryOverlap[] = [];
    for (const { text, imageId } of asked) {
      const query: Query = text === undefined ? { kind: 'image', id: imageId } : { kind: 'text', text };
      const request = { query, filter: {}, limit: k, mode: 'AUTO', excludeId: imageId } as const;
      const [byA, byB] = await Promise.all([one.search(request), other.search(request)]);
      const compared = compare(
        byA.matches.map((match) => match.imageId),
        byB.matches.map((match) => match.imageId),
      );
      overlaps.push({ text, imageId, ...compared });
    }
    return overlaps;
  };

  /** Images that both models have embedded: as queries they need no encoder. */
  async function sample(one: Search, other: Search, size: number): Promise<readonly number[]> {
    const drawn = await shuffleImages(database.pool, { status: ['READY'] }, randomUUID(), size);
    const ids = drawn.map(({ id }) => id);
    const [byA, byB] = await Promise.all([one.embeddings(ids), other.embeddings(ids)]);
    return ids.filter((id) => byA.has(id) && byB.has(id));
  }
}

/** Two lists of the nearest images, compared. Two that found nothing agree. */
function compare(
  a: readonly number[],
  b: readonly number[],
): Pick<QueryOverlap, 'overlap' | 'both' | 'onlyA' | 'onlyB'> {
  const [inA, inB] = [new Set(a), new Set(b)];
  const both = a.filter((id) => inB.has(id));
  const longest = Math.max(a.length, b.length);
  return {
    overlap: longest === 0 ? 1 : both.length / longest,
    both,
    onlyA: a.filter((id) => !inB.has(id)),
    onlyB: b.filter((id) => !inA.has(id)),
  };
}
