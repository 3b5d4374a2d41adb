import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSearch } from '../../src/search/create-search.js';
import type { Query, SearchMode, SearchResult } from '../../src/search/search.js';
import { createLogger } from '../../src/log.js';
import { createFakeEncoder } from '../support/fake-encoder.js';
import {
  allPages,
  fillCollection,
  openSearchCollection,
  recordStatements,
  request,
  type SearchCollection,
} from '../support/search-collection.js';
import { insertEmbeddedImages, seededRandom, topicVectors } from '../support/vectors.js';

const DIMENSIONS = 64;
const IMAGES = 3_000;
const random = seededRandom(11);
const topic = topicVectors(DIMENSIONS, 60, random);
const queries = Array.from({ length: 20 }, topic);
const encoder = createFakeEncoder({ dimensions: DIMENSIONS });

let collection: SearchCollection;
let lastId: number;

beforeAll(async () => {
  collection = await openSearchCollection(encoder);
  const vectors = Array.from({ length: IMAGES }, topic);
  const ids = await fillCollection(collection, vectors, (index) => [
    ...(index % 2 === 0 ? ['half'] : []),
    ...(index % 10 === 0 ? ['tenth'] : []),
    ...(index % 100 === 0 ? ['hundredth'] : []),
  ]);
  lastId = ids.at(-1) ?? 0;
});
afterAll(() => collection.drop());

const ofVector = (vector: Float32Array): Query => ({ kind: 'vector', vector: [...vector] });
const idsOf = (pages: readonly SearchResult[]) =>
  pages.flatMap((page) => page.matches.map((match) => match.imageId));
const FILTERS = [{}, { tagsAll: ['half'] }, { tagsAll: ['tenth'] }];

/** The first so many matches, by pages of the given size. */
async function firstByPages(count: number, limit: number, query: Query, mode: SearchMode, filter: object) {
  const pages: SearchResult[] = [];
  for (let shown = 0; shown < count; shown += limit) {
    const after = pages.at(-1)?.matches.at(-1)?.position;
    pages.push(await collection.search.search(request({ query, mode, filter, limit, after })));
  }
  return pages;
}

describe('paging', () => {
  it.each(FILTERS)(
    'to the end shows every candidate once, in order, with EXACT and filter %j',
    async (filter) => {
      const [query = new Float32Array()] = queries;
      const wanted = request({ query: ofVector(query), filter, limit: 77, mode: 'EXACT' });
      const pages = await allPages(collection.search, wanted);
      const found = pages.flatMap((page) => page.matches);
      expect(new Set(idsOf(pages)).size).toBe(found.length);
      expect(found).toHaveLength(pages[0]?.plan.candidates ?? -1);
      expect(found.map(({ rank }) => rank)).toEqual(found.map((_, index) => index + 1));
      const distances = found.map(({ position }) => position.distance);
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
    },
  );

  it.each(FILTERS)(
    'within the window shows what one page would have, with INDEX and filter %j',
    async (filter) => {
      for (const query of queries) {
        const whole = await collection.search.search(
          request({ query: ofVector(query), filter, limit: 100, mode: 'INDEX' }),
        );
        for (const limit of [20]) {
          const pages = await firstByPages(100, limit, ofVector(query), 'INDEX', filter);
          expect(pages.map(({ plan }) => plan.strategy)).not.toContain('EXACT');
          expect(pages.flatMap((page) => page.matches)).toEqual(whole.matches);
        }
      }
    },
  );

  it.each(FILTERS)('never shows an image twice, as far as INDEX reaches, with filter %j', async (filter) => {
    const [query = new Float32Array()] = queries;
    const pages: SearchResult[] = [];
    for (let shown = 0; shown < 1_000; shown += 100) {
      const after = pages.at(-1)?.matches.at(-1)?.position;
      const page = await collection.search.search(
        request({ query: ofVector(query), filter, limit: 100, mode: 'INDEX', after }),
      );
      pages.push(page);
      if (!page.hasNextPage) break;
    }
    const found = idsOf(pages);
    expect(new Set(found).size).toBe(found.length);
    const exact = await firstByPages(found.length, 100, ofVector(query), 'EXACT', filter);
    const truth = new Set(idsOf(exact).slice(0, found.length));
    expect(found.filter((id) => truth.has(id)).length / found.length).toBeGreaterThan(0.97);

    const candidates = pages[0]?.plan.candidates ?? 0;
    if (candidates <= 1_000) {
      expect(pages.at(-1)?.hasNextPage).toBe(false);
      return;
    }
    const after = pages.at(-1)?.matches.at(-1)?.position;
    await expect(
      collection.search.search(request({ query: ofVector(query), filter, limit: 100, mode: 'INDEX', after })),
    ).rejects.toThrow(/reaches the first 1,000 matches.*EXACT or AUTO/s);
    const deeper = await collection.search.search(
      request({ query: ofVector(query), filter, limit: 100, after }),
    );
    expect(deeper.matches[0]?.rank).toBe(1_001);
    expect(deeper.matches.some(({ imageId }) => found.includes(imageId))).toBe(false);
  });

  it.each(['EXACT', 'INDEX'] as const)('stays sound in mode %s while images come and go', async (mode) => {
    const { pool } = collection.database;
    const query = ofVector(queries[1] ?? new Float32Array());
    const order = idsOf(await firstByPages(900, 100, query, 'EXACT', {}));
    // Every tenth image of the first 900 leaves, and images near the query join, while someone pages.
    const leaving = order.filter((_, index) => index % 10 === 5);
    const staying = new Set(order.filter((id) => !leaving.includes(id)));
    const joined: number[] = [];
    const pages: SearchResult[] = [];
    try {
      for (let page = 0; page < 9; page++) {
        const after = pages.at(-1)?.matches.at(-1)?.position;
        pages.push(await collection.search.search(request({ query, mode, limit: 90, after })));
        await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [leaving.splice(0, 10)]);
        const fresh = Array.from({ length: 30 }, topic);
        joined.push(...(await insertEmbeddedImages(pool, collection.model.id, fresh, () => ['fresh'])));
      }
      const found = idsOf(pages);
      expect(new Set(found).size).toBe(found.length);
      const distances = pages.flatMap((page) => page.matches.map(({ position }) => position.distance));
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
      // Everything that was there all the time and lies before the last match shown.
      const old = found.filter((id) => staying.has(id));
      const expected = order.filter((id) => staying.has(id)).slice(0, old.length);
      if (mode === 'EXACT') expect(old).toEqual(expected);
      else expect(old.filter((id) => expected.includes(id)).length / old.length).toBeGreaterThan(0.97);
    } finally {
      await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [joined]);
    }
  });

  it('finds what lies behind a cursor when so many nearer images joined that the window ends before it', async () => {
    const { pool } = collection.database;
    const query = queries[2] ?? new Float32Array();
    const first = await collection.search.search(
      request({ query: ofVector(query), mode: 'INDEX', limit: 10 }),
    );
    const after = first.matches.at(-1)?.position;
    const before = await collection.search.search(request({ query: ofVector(query), mode: 'EXACT', after }));
    const nearer = await insertEmbeddedImages(
      pool,
      collection.model.id,
      Array<Float32Array>(250).fill(query),
    );
    try {
      const next = await collection.search.search(request({ query: ofVector(query), mode: 'INDEX', after }));
      expect(next.matches).toEqual(before.matches);
      expect(next.plan.strategy).toBe('EXACT');
    } finally {
      await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [nearer]);
    }
  });
});

describe('statements', () => {
  it('are as few as can be', async () => {
    const { database, statements } = recordStatements(collection.database);
    const dependencies = {
      encoder,
      textEmbeddings: collection.textEmbeddings,
      model: collection.model,
      log: createLogger('silent'),
    };
    const search = createSearch({ ...dependencies, database });
    const text: Query = { kind: 'text', text: 'known already' };
    await collection.textEmbeddings.embed([text.text]);
    const ran = async (wanted: Parameters<typeof request>[0]) => {
      statements.length = 0;
      await search.search(request(wanted));
      return statements;
    };
    expect(await ran({ query: text })).toEqual(['search.findExactly']);
    expect(await ran({ query: text, mode: 'EXACT', filter: { tagsAll: ['half'] } })).toEqual([
      'search.findExactly',
    ]);
    expect(await ran({ query: { kind: 'image', id: lastId } })).toEqual([
      'imageEmbeddings.findQueryImages',
      'search.findExactly',
    ]);
    await collection.textEmbeddings.embed(['this too']);
    const composed: Query = {
      kind: 'combine',
      terms: [
        { query: text, weight: 1 },
        { query: { kind: 'text', text: 'this too' }, weight: -0.5 },
        { query: { kind: 'image', id: lastId }, weight: 1 },
        { query: { kind: 'image', id: lastId - 1 }, weight: 1 },
      ],
    };
    expect(await ran({ query: composed })).toEqual(['imageEmbeddings.findQueryImages', 'search.findExactly']);
    expect(await ran({ query: text, mode: 'INDEX' })).toEqual([
      'transaction.begin',
      'search.prepareIndexScan',
      'search.findByIndex',
      'transaction.commit',
    ]);
  });
});

describe('an order by date', () => {
  const orderBy = { field: 'CREATED_AT', direction: 'DESC' } as const;
  const walk = (query: Query, minSimilarity: number, mode: SearchMode) =>
    allPages(collection.search, request({ query, minSimilarity, mode, orderBy, limit: 100 }));

  it('comes from the index where its window holds all matches, and is exact where it does not', async () => {
    const query = ofVector(queries[3] ?? new Float32Array());
    const nearest = await firstByPages(1_500, 100, query, 'EXACT', {});
    const similarities = nearest.flatMap(({ matches }) => matches.map(({ similarity }) => similarity));
    for (const [count, strategy] of [
      [300, 'INDEX'],
      [1_500, 'EXACT'],
    ] as const) {
      const minSimilarity = similarities[count - 1] ?? 1;
      const exact = idsOf(await walk(query, minSimilarity, 'EXACT'));
      expect(new Set(exact)).toEqual(new Set(idsOf(nearest).slice(0, count)));
      const pages = await walk(query, minSimilarity, 'INDEX');
      expect(new Set(pages.map(({ plan }) => plan.strategy))).toEqual(new Set([strategy]));
      const found = idsOf(pages);
      expect(found.length / exact.length).toBeGreaterThan(0.97);
      const met = new Set(found);
      expect(found).toEqual(exact.filter((id) => met.has(id)));
    }
  });
});
