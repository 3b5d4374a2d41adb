import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnreadableImageError } from '../../src/clip/encoder.js';
import type { MatchPosition, Query } from '../../src/search/search.js';
import { dotProduct } from '../../src/search/unit-vector.js';
import { createFakeEncoder, fakeVector } from '../support/fake-encoder.js';
import {
  allPages,
  openSearchCollection,
  refusal,
  request,
  type SearchCollection,
} from '../support/search-collection.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom, topicVectors } from '../support/vectors.js';

const DIMENSIONS = 48;
const random = seededRandom(7);
const queries = Array.from({ length: 8 }, () => randomUnitVector(DIMENSIONS, random));
const unreadable = Uint8Array.of(0xba, 0xd0);

let collection: SearchCollection;
let vectors: Map<number, Float32Array>;
const tags = (index: number) => (index % 3 === 0 ? ['third'] : ['other']);

beforeAll(async () => {
  collection = await openSearchCollection(
    createFakeEncoder({
      dimensions: DIMENSIONS,
      before: (input) => {
        if (input === unreadable)
          throw new UnreadableImageError('The image is cut off: send the whole file.');
      },
    }),
  );
  const topic = topicVectors(DIMENSIONS, 12, random);
  const clustered = Array.from({ length: 300 }, topic);
  const scattered = Array.from({ length: 150 }, () => randomUnitVector(DIMENSIONS, random));
  // Exact ties: 15 vectors, three times each.
  const repeated = clustered.slice(0, 15);
  const all = [...clustered, ...repeated, ...scattered, ...repeated];
  const ids = await insertEmbeddedImages(collection.database.pool, collection.model.id, all, tags);
  vectors = new Map(ids.map((id, index) => [id, all[index] ?? new Float32Array()]));
});
afterAll(() => collection.drop());

const search = (wanted: Parameters<typeof request>[0]) => collection.search.search(request(wanted));
const ofVector = (vector: Float32Array): Query => ({ kind: 'vector', vector: [...vector] });

/** What the database should say, computed here: ids by similarity, ties by id. */
function expectedOrder(query: Float32Array) {
  return [...vectors]
    .map(([id, vector], position) => ({ id, position, similarity: dotProduct(query, vector) }))
    .sort((a, b) => b.similarity - a.similarity || a.id - b.id);
}
describe('exact search', () => {
  it.each(['EXACT', 'AUTO'] as const)('in mode %s gives the order that arithmetic gives', async (mode) => {
    for (const query of [...queries, ...[...vectors.values()].slice(0, 4)]) {
      const { matches, plan, hasNextPage } = await search({ query: ofVector(query), limit: 100, mode });
      const expected = expectedOrder(query).slice(0, 100);
      expect(matches.map(({ imageId }) => imageId)).toEqual(expected.map(({ id }) => id));
      for (const [index, { similarity, rank }] of matches.entries()) {
        expect(similarity).toBeCloseTo(expected[index]?.similarity ?? Number.NaN, 6);
        expect(rank).toBe(index + 1);
      }
      expect(hasNextPage).toBe(true);
      expect(plan).toMatchObject({ strategy: 'EXACT', exhaustive: true, candidates: vectors.size });
    }
  });

  it('gives equal images in the order of their ids, across the border of pages', async () => {
    const [[id, vector] = [0, new Float32Array()]] = vectors;
    const pages = await allPages(
      collection.search,
      request({ query: ofVector(vector), limit: 2, mode: 'EXACT' }),
    );
    const matches = pages.flatMap((page) => page.matches);
    const tied = matches.slice(0, 3);
    expect(new Set(tied.map(({ similarity }) => similarity)).size).toBe(1);
    expect(tied[0]?.imageId).toBe(id);
    expect(tied.map(({ imageId }) => imageId)).toEqual(
      [...tied.map(({ imageId }) => imageId)].sort((a, b) => a - b),
    );
    expect(matches.map(({ imageId }) => imageId)).toEqual(expectedOrder(vector).map((match) => match.id));
  });

  it('keeps to the filter and counts its candidates', async () => {
    const [query = new Float32Array()] = queries;
    const third = expectedOrder(query).filter(({ position }) => position % 3 === 0);
    const { matches, plan } = await search({
      query: ofVector(query),
      limit: 100,
      filter: { tagsAll: ['third'] },
    });
    expect(matches.map(({ imageId }) => imageId)).toEqual(third.slice(0, 100).map(({ id }) => id));
    expect(plan.candidates).toBe(third.length);
  });

  it('finds nothing where nothing matches the filter', async () => {
    const [query = new Float32Array()] = queries;
    for (const mode of ['AUTO', 'EXACT', 'INDEX'] as const) {
      for (const filter of [{ ids: [] }, { tagsAll: ['nobody'] }, { status: ['PENDING' as const] }]) {
        const result = await search({ query: ofVector(query), filter, mode });
        expect(result).toMatchObject({ matches: [], hasNextPage: false, plan: { candidates: 0 } });
      }
    }
  });

  it('leaves an image out of its own matches', async () => {
    const [id = 0] = vectors.keys();
    const query: Query = { kind: 'image', id };
    expect((await search({ query, limit: 1 })).matches[0]?.imageId).toBe(id);
    for (const mode of ['EXACT', 'INDEX'] as const) {
      const pages = await allPages(collection.search, request({ query, excludeId: id, limit: 100, mode }));
      const ids = pages.flatMap((page) => page.matches.map(({ imageId }) => imageId));
      expect(ids).toHaveLength(vectors.size - 1);
      expect(ids).not.toContain(id);
    }
  });

  it('keeps a match whose similarity is exactly the threshold', async () => {
    const [query = new Float32Array()] = queries;
    const all = await search({ query: ofVector(query), limit: 50 });
    const last = all.matches.at(-1)?.similarity ?? 1;
    for (const mode of ['EXACT', 'INDEX'] as const) {
      const cut = await search({ query: ofVector(query), limit: 100, minSimilarity: last, mode });
      expect(cut.matches.map(({ imageId }) => imageId)).toEqual(all.matches.map(({ imageId }) => imageId));
      expect(cut.hasNextPage).toBe(false);
    }
  });
});

describe('queries', () => {
  it('finds an image by its id, its file and its vector alike', async () => {
    const [id = 0, vector = new Float32Array()] = [...vectors][40] ?? [];
    const expected = expectedOrder(vector)
      .slice(0, 20)
      .map((match) => match.id);
    const byId = await search({ query: { kind: 'image', id } });
    const byVector = await search({ query: ofVector(vector.map((value) => value * 17)) });
    expect(byId.matches.map(({ imageId }) => imageId)).toEqual(expected);
    expect(byVector.matches.map(({ imageId }) => imageId)).toEqual(expected);

    const bytes = Uint8Array.of(1, 2, 3);
    const byFile = await search({ query: { kind: 'file', bytes } });
    expect(byFile.matches[0]?.imageId).toBe(expectedOrder(fakeVector(bytes, DIMENSIONS))[0]?.id);
  });

  it('refuses an image that is unknown or has no embedding', async () => {
    expect(await refusal(search({ query: { kind: 'image', id: 999_999 } }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await refusal(search({ query: { kind: 'image', id: 2 ** 60 } }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    const { rows } = await collection.database.pool.query<{ id: string }>(
      `INSERT INTO images (sha256, media_type, width, height, byte_size) VALUES (sha256('pending'), 'image/png', 1, 1, 1) RETURNING id`,
    );
    const pending = { kind: 'image', id: Number(rows[0]?.id) } as const;
    expect(await refusal(search({ query: pending }))).toMatchObject({
      code: 'IMAGE_NOT_READY',
      message: expect.stringContaining('Wait until its status is READY') as string,
    });
    await collection.database.pool.query(
      `UPDATE images SET status = 'FAILED', failure_code = 'UNREADABLE', failure_message = 'x' WHERE id = $1`,
      [pending.id],
    );
    expect(await refusal(search({ query: pending }))).toMatchObject({
      code: 'IMAGE_NOT_READY',
      message: expect.stringContaining('could not be processed') as string,
    });
  });

  it.each<[string, Partial<Parameters<typeof request>[0]>, RegExp]>([
    ['an empty text', { query: { kind: 'text', text: '  ' } }, /The query is empty.*1 to 1,000/],
    [
      'a text of 10,000 characters',
      { query: { kind: 'text', text: 'x'.repeat(10_000) } },
      /10,000 characters; at most 1,000/,
    ],
    ['a NUL character', { query: { kind: 'text', text: 'red\0car' } }, /NUL/],
    [
      'a vector that is too short',
      { query: { kind: 'vector', vector: [1, 2, 3] } },
      /has 3 numbers; .* have 48/,
    ],
    [
      'a vector of zeros',
      { query: { kind: 'vector', vector: Array<number>(DIMENSIONS).fill(0) } },
      /no direction/,
    ],
    [
      'a vector with NaN',
      { query: { kind: 'vector', vector: Array<number>(DIMENSIONS).fill(Number.NaN) } },
      /not finite/,
    ],
    [
      'a damaged file',
      { query: { kind: 'file', bytes: unreadable } },
      /cannot be decoded\. The image is cut off/,
    ],
    ['a page of 0', { limit: 0 }, /from 1 to 100 matches, not 0/],
    ['a page of 100,000', { limit: 100_000 }, /from 1 to 100 matches, not 100000/],
    ['a threshold that is no cosine', { minSimilarity: 1.5 }, /from -1 to 1, not 1.5/],
    ['a threshold that is no number', { minSimilarity: Number.NaN }, /from -1 to 1/],
  ])('refuses %s and says what is allowed', async (_what, wanted, message) => {
    const error = await refusal(search({ query: { kind: 'text', text: 'red car' }, ...wanted }));
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(error.message).toMatch(message);
  });
});

describe('cursors', () => {
  const first = async () => {
    const page = await search({ query: { kind: 'text', text: 'red car' }, limit: 5 });
    return page.matches.at(-1)?.position ?? ({} as MatchPosition);
  };

  it('go on in another mode and with another page size', async () => {
    const query: Query = { kind: 'text', text: ' red  car ' };
    const after = await first();
    const exact = await search({ query, after, limit: 30, mode: 'EXACT' });
    const index = await search({ query, after, limit: 10, mode: 'INDEX' });
    expect(exact.matches[0]?.rank).toBe(6);
    expect(index.matches).toEqual(exact.matches.slice(0, 10));
  });

  it.each<[string, string, Partial<Parameters<typeof request>[0]>]>([
    ['query', 'query', { query: { kind: 'text', text: 'red cars' } }],
    ['kind of query', 'query', { query: { kind: 'image', id: 1 } }],
    ['filter', 'filter', { filter: { tagsAny: ['third'] } }],
    ['threshold', 'settings', { minSimilarity: -1 }],
    ['excluded image', 'query', { excludeId: 3 }],
  ])('of another %s are refused by the name of what differs', async (_what, part, change) => {
    const error = await refusal(
      search({ query: { kind: 'text', text: 'red car' }, ...change, after: await first() }),
    );
    expect(error).toMatchObject({ code: 'INVALID_CURSOR' });
    expect(error.message).toContain(`belongs to another search: its ${part}`);
  });

  it('of another model are refused', async () => {
    const other = await openSearchCollection(createFakeEncoder({ dimensions: DIMENSIONS + 1 }));
    try {
      const query: Query = { kind: 'text', text: 'red car' };
      const error = await refusal(other.search.search(request({ query, after: await first() })));
      expect(error).toMatchObject({ code: 'INVALID_CURSOR' });
      expect(error.message).toContain('belongs to another search: its model differs');
    } finally {
      await other.drop();
    }
  });

  it('that were tampered with are refused, or name a place in the same list', async () => {
    const query: Query = { kind: 'text', text: 'red car' };
    const after = await first();
    for (const change of [
      { distance: Number.NaN },
      { distance: -1 },
      { id: -3 },
      { rank: 0 },
      { rank: 2 ** 40 },
    ]) {
      expect(await refusal(search({ query, after: { ...after, ...change } }))).toMatchObject({
        code: 'INVALID_CURSOR',
      });
    }
    const all = (await search({ query, limit: 100 })).matches;
    for (const mode of ['AUTO', 'INDEX'] as const) {
      const moved = await search({
        query,
        after: { ...after, distance: all[59]?.position.distance ?? 0 },
        mode,
      });
      const allowed = new Set(all.slice(59).map(({ imageId }) => imageId));
      expect(moved.matches.every(({ imageId }) => allowed.has(imageId) || imageId > after.id)).toBe(true);
      expect(moved.matches).toHaveLength(20);
    }
  });
});

describe('embeddings', () => {
  it('come back as they were stored, in one map without the unknown', async () => {
    const ids = [...vectors.keys()].slice(0, 3);
    const found = await collection.search.embeddings([...ids, 999_999]);
    expect([...found.keys()].sort((a, b) => a - b)).toEqual(ids);
    for (const id of ids) expect(found.get(id)).toEqual(vectors.get(id));
    expect(await collection.search.embeddings([])).toEqual(new Map());
  });

  it('are counted by model', async () => {
    expect(await collection.search.models()).toEqual([
      expect.objectContaining({
        id: collection.model.id,
        active: true,
        imageCount: vectors.size,
        dimensions: DIMENSIONS,
      }),
    ]);
  });
});
