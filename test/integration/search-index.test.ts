import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queryable } from '../../src/db/database.js';
import { findByIndex, findExactly, prepareIndexScan } from '../../src/db/search.js';
import type { SearchSet } from '../../src/db/search-set.js';
import { ensureVectorIndex, vectorIndexName } from '../../src/db/vector-index.js';
import { createLogger } from '../../src/log.js';
import { createSearch } from '../../src/search/create-search.js';
import { COUNTED_CANDIDATES } from '../../src/search/plan.js';
import { canonicalFilter } from '../../src/search/position.js';
import type { Query, SearchResult } from '../../src/search/search.js';
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

const DIMENSIONS = 24;
/** More than the planner counts: mode AUTO takes the index. */
const IMAGES = COUNTED_CANDIDATES + 500;
const random = seededRandom(5);
const topic = topicVectors(DIMENSIONS, 120, random);
/** Filters by tag that let 50, 10, 1 and 0.1 % of the images through. */
const SHARES = [2, 10, 100, 1_000];
const queries = Array.from({ length: 30 }, topic);
const encoder = createFakeEncoder({ dimensions: DIMENSIONS });
const SETTINGS = ['hnsw.ef_search', 'hnsw.iterative_scan', 'hnsw.max_scan_tuples', 'enable_sort'];

let collection: SearchCollection;

beforeAll(async () => {
  collection = await openSearchCollection(encoder);
  const vectors = Array.from({ length: IMAGES }, topic);
  await fillCollection(collection, vectors, (index) => [
    ...(index % 100 === 0 ? ['hundredth'] : ['most']),
    ...(index % 3_000 === 0 ? ['rare'] : []),
    ...SHARES.flatMap((every) => (index % every === 0 ? [`1/${every}`] : [])),
  ]);
});
afterAll(() => collection.drop());

const ofVector = (vector: Float32Array | undefined): Query => ({
  kind: 'vector',
  vector: [...(vector ?? [])],
});
const idsOf = (result: SearchResult) => result.matches.map(({ imageId }) => imageId);
const search = (wanted: Parameters<typeof request>[0]) => collection.search.search(request(wanted));

describe('plans', () => {
  /** A Queryable that notes the plan of each statement before it runs it. */
  function explaining(queryable: Queryable, plans: string[]): Queryable {
    return {
      query: async (statement: string | { text: string }, values: unknown[]) => {
        const text = typeof statement === 'string' ? statement : statement.text;
        const { rows } = await queryable.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return queryable.query(text, values);
      },
    } as Queryable;
  }
  const setOf = (filter: SearchSet['filter']): SearchSet => ({
    modelId: collection.model.id,
    dimensions: DIMENSIONS,
    vector: queries[0] ?? new Float32Array(),
    filter,
    excludeId: 1,
  });
  function saved(filter: SearchSet['filter']) {
    const vector = queries[1] ?? new Float32Array();
    return { id: 1, within: { modelId: 1, vector, leastSimilarity: 0.1, filter } };
  }
  const order = { by: 'similarity', after: { distance: 0.1, id: 4 } } as const;
  const page = { limit: 21, minSimilarity: 0.1, order };
  const first = { ...page, order: { ...order, after: undefined } };
  const byDate = {
    ...page,
    order: { by: 'date', column: 'taken_at', direction: 'DESC', after: { date: null, id: 4 } },
  } as const;
  const FILTERS: SearchSet['filter'][] = [
    {},
    { tagsAll: ['most'] },
    { tagsAny: ['hundredth'] },
    { tagsAll: ['rare'] },
    { ids: [1, 2, 3] },
    { or: [{ tagsAny: ['hundredth'] }, { not: { tagsAll: ['most'] } }] },
    // The database of a test has one model, the first.
    { savedSearch: saved({ tagsAll: ['most'] }) },
    { or: [{ tagsAny: ['hundredth'] }, { savedSearch: saved({}) }] },
  ];
  const named = FILTERS.map((filter) => [canonicalFilter(filter), filter] as const);

  it.each(named)('of the index search take the HNSW index, with filter %s', async (_name, filter) => {
    const plans: string[] = [];
    await collection.database.transaction(async (transaction) => {
      await prepareIndexScan(transaction, setOf(filter), { efSearch: 200, maxScanTuples: 20_000 }, 10_000);
      await findByIndex(explaining(transaction, plans), setOf(filter), page, 200);
      await findByIndex(explaining(transaction, plans), setOf(filter), byDate, 200);
    });
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      expect(plan).toContain(`Index Scan using ${vectorIndexName(collection.model.id)}`);
      // The window comes in relaxed order, so nothing may rely on it being sorted.
      expect(plan).not.toContain('Presorted Key');
    }
  });

  it.each(named)('of the exact search never do, with filter %s', async (_name, filter) => {
    const plans: string[] = [];
    await collection.database.transaction(async (transaction) => {
      // Even where a sequential scan and a sort seem to cost everything.
      await transaction.query('SET LOCAL enable_seqscan = off');
      await transaction.query('SET LOCAL enable_sort = off');
      await transaction.query('SET LOCAL enable_bitmapscan = off');
      const count = { to: COUNTED_CANDIDATES, atMost: undefined };
      await findExactly(explaining(transaction, plans), setOf(filter), page, count);
      await findExactly(explaining(transaction, plans), setOf(filter), first, count);
      await findExactly(explaining(transaction, plans), setOf(filter), byDate, count);
    });
    expect(plans).toHaveLength(3);
    expect(plans.join('\n')).not.toContain('hnsw');
  });
});

describe('mode AUTO on many candidates', () => {
  it('takes the index, says so, and finds nearly all', async () => {
    let found = 0;
    for (const query of queries) {
      const exact = await search({ query: ofVector(query), mode: 'EXACT' });
      expect(exact.plan).toMatchObject({ strategy: 'EXACT', exhaustive: true, candidates: null });
      const index = await search({ query: ofVector(query) });
      expect(index.plan).toMatchObject({ strategy: 'INDEX', exhaustive: false, candidates: null });
      const truth = new Set(idsOf(exact));
      found += idsOf(index).filter((id) => truth.has(id)).length;
    }
    expect(found / (20 * queries.length)).toBeGreaterThanOrEqual(0.99);
  });

  it('compares all candidates of a filter that lets few through, and counts them', async () => {
    const result = await search({
      query: ofVector(queries[0]),
      filter: { tagsAll: ['hundredth'] },
      limit: 100,
    });
    expect(result.plan).toMatchObject({ strategy: 'EXACT', exhaustive: true, candidates: IMAGES / 100 });
    expect(result.matches).toHaveLength(100);
  });

  it('goes from the index over to exact search on deep pages, without showing anything twice', async () => {
    const wanted = request({ query: ofVector(queries[3]), filter: { tagsAll: ['most'] }, limit: 60 });
    const shown: number[] = [];
    const strategies: string[] = [];
    for (let after = wanted.after; strategies.length < 6;) {
      const result = await collection.search.search({ ...wanted, after });
      shown.push(...idsOf(result));
      strategies.push(result.plan.strategy);
      expect(result.hasNextPage).toBe(true);
      after = result.matches.at(-1)?.position;
    }
    expect(strategies).toEqual(['INDEX', 'INDEX', 'INDEX', 'EXACT', 'EXACT', 'EXACT']);
    expect(new Set(shown).size).toBe(360);
  });

  it('neither repeats nor skips while images come and go, from the index over to exact search', async () => {
    const { pool } = collection.database;
    const query = ofVector(queries[5]);
    const guests = await insertEmbeddedImages(pool, collection.model.id, Array.from({ length: 400 }, topic));
    const walk = async (pages: number, mode: 'AUTO' | 'EXACT', between: () => Promise<void>) => {
      const results: SearchResult[] = [];
      while (results.length < pages) {
        const after = results.at(-1)?.matches.at(-1)?.position;
        results.push(await collection.search.search(request({ query, limit: 90, mode, after })));
        await between();
      }
      return results;
    };
    try {
      const before = (await walk(6, 'EXACT', () => Promise.resolve())).flatMap(idsOf);
      const near = new Set(before);
      // Of those that leave, some have been shown and some would come yet.
      const leaving = guests.filter((id) => near.has(id));
      expect(leaving.length).toBeGreaterThan(10);
      const staying = before.filter((id) => !leaving.includes(id));
      const gone = [...leaving];
      const pages = await walk(6, 'AUTO', async () => {
        await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [gone.splice(0, 10)]);
        guests.push(
          ...(await insertEmbeddedImages(pool, collection.model.id, Array.from({ length: 30 }, topic))),
        );
      });
      expect(pages.map(({ plan }) => plan.strategy)).toEqual([
        'INDEX',
        'INDEX',
        'EXACT',
        'EXACT',
        'EXACT',
        'EXACT',
      ]);
      const shown = pages.flatMap(idsOf);
      expect(new Set(shown).size).toBe(shown.length);
      const distances = pages.flatMap(({ matches }) => matches.map(({ position }) => position.distance));
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
      // What was there all the time comes in the order that it had, and from the exact pages nothing is missing.
      const stayed = new Set(staying);
      const [byIndex = [], exactly = []] = [pages.slice(0, 2), pages.slice(2)].map((part) =>
        part.flatMap(idsOf).filter((id) => stayed.has(id)),
      );
      const first = staying.indexOf(exactly[0] ?? 0);
      expect(exactly).toEqual(staying.slice(first, first + exactly.length));
      expect(byIndex).toEqual(staying.slice(0, first).filter((id) => byIndex.includes(id)));
      expect(byIndex.length / first).toBeGreaterThan(0.97);
    } finally {
      await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [guests]);
    }
  });

  it('counts a large set once in a while, not for every search', async () => {
    const { database, statements } = recordStatements(collection.database);
    const { textEmbeddings, model } = collection;
    const recorded = createSearch({ database, encoder, textEmbeddings, model, log: createLogger('silent') });
    const index = [
      'transaction.begin',
      'search.prepareIndexScan',
      'search.findByIndex',
      'transaction.commit',
    ];
    const query = ofVector(queries[0]);
    await recorded.search(request({ query }));
    expect(statements.splice(0)).toEqual(['search.findExactly', ...index]);
    await recorded.search(request({ query: ofVector(queries[1]), limit: 3 }));
    expect(statements.splice(0)).toEqual(index);
    await recorded.search(request({ query, filter: { tagsAll: ['rare'] } }));
    expect(statements.splice(0)).toEqual(['search.findExactly']);
  });
});

describe('recall@10 at the usual effort', () => {
  // The fewer pass, the longer the index is searched in vain.
  it.each([
    ['everything', undefined, 20],
    ['50 %', 2, 20],
    ['10 %', 10, 20],
    ['1 %', 100, 5],
    ['0.1 %', 1_000, 5],
  ])(
    'is at least 0.99 where %s passes the filter, without a hit less than there are',
    async (_what, every, byIndex) => {
      const filter = every === undefined ? {} : { tagsAll: [`1/${every}`] };
      const found = { AUTO: 0, INDEX: 0 };
      const asked = { AUTO: queries.slice(0, 20), INDEX: queries.slice(0, byIndex) };
      for (const query of asked.AUTO) {
        const wanted = { query: ofVector(query), filter, limit: 10 };
        const truth = new Set(idsOf(await search({ ...wanted, mode: 'EXACT' })));
        expect(truth.size).toBe(10);
        for (const mode of ['AUTO', 'INDEX'] as const) {
          if (!asked[mode].includes(query)) continue;
          const ids = idsOf(await search({ ...wanted, mode }));
          expect(new Set(ids).size).toBe(10);
          found[mode] += ids.filter((id) => truth.has(id)).length;
        }
      }
      for (const mode of ['AUTO', 'INDEX'] as const) {
        expect(found[mode] / (10 * asked[mode].length)).toBeGreaterThanOrEqual(0.99);
      }
    },
  );
});

describe('effort', () => {
  it('is told as efSearch, finds no less when there is more of it, and does not change what a cursor belongs to', async () => {
    const found = { LOW: 0, NORMAL: 0, HIGH: 0, MAXIMUM: 0 };
    const sizes = new Set<number | null>();
    const some = queries.slice(0, 10);
    for (const query of some) {
      const truth = new Set(idsOf(await search({ query: ofVector(query), mode: 'EXACT', limit: 90 })));
      for (const effort of ['LOW', 'NORMAL', 'HIGH', 'MAXIMUM'] as const) {
        const result = await search({ query: ofVector(query), effort, limit: 90 });
        expect(result.plan.strategy).toBe('INDEX');
        sizes.add(result.plan.efSearch);
        found[effort] += idsOf(result).filter((id) => truth.has(id)).length;
      }
    }
    expect([...sizes]).toEqual([100, 200, 500, 1_000]);
    expect(found.LOW).toBeLessThanOrEqual(found.NORMAL);
    expect(found.MAXIMUM / (90 * some.length)).toBeGreaterThanOrEqual(0.999);

    const first = await search({ query: ofVector(queries[0]), effort: 'LOW' });
    const after = first.matches.at(-1)?.position;
    const second = await search({ query: ofVector(queries[0]), effort: 'MAXIMUM', after });
    expect(second.matches[0]?.rank).toBe(21);
    expect(second.plan.efSearch).toBe(1_000);
    const exact = await search({ query: ofVector(queries[0]), mode: 'EXACT' });
    expect(exact.plan.efSearch).toBeNull();
  });
});

describe('the estimated recall', () => {
  it('agrees with what is measured over all queries', async () => {
    const estimates: number[] = [];
    for (const query of queries.slice(0, 5)) {
      const { plan } = await search({ query: ofVector(query) });
      estimates.push((await plan.estimateRecall?.(4)) ?? Number.NaN);
    }
    for (const estimate of estimates) {
      expect(estimate).toBeGreaterThan(0.9);
      expect(estimate).toBeLessThanOrEqual(1);
    }
  });
});

describe('mode INDEX', () => {
  it('finds as many as there are when the filter lets 1 % through', async () => {
    for (const query of queries.slice(0, 10)) {
      const result = await search({
        query: ofVector(query),
        filter: { tagsAll: ['hundredth'] },
        limit: 100,
        mode: 'INDEX',
      });
      expect(result.matches).toHaveLength(100);
      expect(result.hasNextPage).toBe(true);
      expect(result.plan.candidates).toBe(IMAGES / 100);
    }
  });

  it('finds every one of a few', async () => {
    for (const query of queries.slice(0, 10)) {
      const wanted = { query: ofVector(query), filter: { tagsAll: ['rare'] }, limit: 100 };
      const index = await search({ ...wanted, mode: 'INDEX' });
      const exact = await search({ ...wanted, mode: 'EXACT' });
      expect(index.matches).toEqual(exact.matches);
      expect(index).toMatchObject({ hasNextPage: false, plan: { candidates: 4 } });
    }
  });

  it('ends where the threshold ends it', async () => {
    const [match] = (await search({ query: ofVector(queries[4]), mode: 'EXACT' })).matches.slice(15);
    const minSimilarity = match?.similarity ?? 1;
    const pages = await allPages(
      collection.search,
      request({ query: ofVector(queries[4]), minSimilarity, mode: 'INDEX', limit: 6 }),
    );
    expect(pages.map((result) => result.matches.length)).toEqual([6, 6, 4]);
    expect(pages.map(({ plan }) => plan.strategy)).toEqual(['INDEX', 'INDEX', 'INDEX']);
  });
});

describe('settings', () => {
  const settings = async (queryable: Queryable) => {
    const { rows } = await queryable.query(
      `SELECT ${SETTINGS.map((name, index) => `current_setting('${name}', true) AS s${index}`).join(', ')}`,
    );
    return rows[0] as unknown;
  };

  it('of a search never reach another, however many run at once', async () => {
    const { pool } = collection.database;
    const before = await settings(pool);
    const modes = ['INDEX', 'EXACT', 'AUTO'] as const;
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        search({
          query: ofVector(queries[index % 10]),
          mode: modes[index % 3] ?? 'AUTO',
          minSimilarity: index % 2 === 0 ? -1 : undefined,
        }),
      ),
    );
    for (const [index, result] of results.entries()) {
      const alone = await search({
        query: ofVector(queries[index % 10]),
        mode: modes[index % 3] ?? 'AUTO',
        minSimilarity: index % 2 === 0 ? -1 : undefined,
      });
      expect(result.matches).toEqual(alone.matches);
    }
    // Every connection of the pool, all at once so that none is asked twice.
    const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    try {
      for (const client of clients) {
        const values = await settings(client);
        expect([
          before,
          { s0: null, s1: null, s2: null, s3: 'on' },
          { s0: '40', s1: 'off', s2: '20000', s3: 'on' },
        ]).toContainEqual(values);
      }
    } finally {
      for (const client of clients) client.release();
    }
  });

  it('of a search that fails do not stay behind either', async () => {
    const { pool } = collection.database;
    await expect(
      collection.database.transaction(async (transaction) => {
        const set = {
          modelId: collection.model.id,
          dimensions: DIMENSIONS,
          vector: new Float32Array(DIMENSIONS + 1).fill(1),
          filter: {},
          excludeId: undefined,
        };
        await prepareIndexScan(transaction, set, { efSearch: 200, maxScanTuples: 20_000 }, undefined);
        const order = { by: 'similarity', after: undefined } as const;
        await findByIndex(transaction, set, { limit: 1, minSimilarity: undefined, order }, 200);
      }),
    ).rejects.toThrow(/different vector dimensions|expected 24 dimensions/);
    expect(await settings(pool)).toMatchObject({ s3: 'on' });
  });
});

describe('an index that is broken', () => {
  const index = () => vectorIndexName(collection.model.id);
  const wanted = () => ({ query: ofVector(queries[7]), limit: 50 });
  afterAll(() => ensureVectorIndex(collection.database, collection.model));

  it('shows in the estimated recall when it has lost its way', async () => {
    // Almost without links it finds little.
    await collection.database.transaction(async (client) => {
      await client.query(`DROP INDEX ${index()}`);
      await client.query(
        `CREATE INDEX ${index()} ON image_embeddings USING hnsw ((embedding::vector(${DIMENSIONS})) vector_cosine_ops)
         WITH (m = 2, ef_construction = 4) WHERE model_id = ${collection.model.id}`,
      );
    });
    // It may even be in pieces. Where a query meets one that is too small, all images are compared: that is noticed by itself.
    let plan: SearchResult['plan'] | undefined;
    for (const query of queries) {
      ({ plan } = await search({ query: ofVector(query), limit: 50, effort: 'LOW' }));
      if (plan.strategy === 'INDEX') break;
    }
    expect(plan?.strategy).toBe('INDEX');
    expect(await plan?.estimateRecall?.(8)).toBeLessThan(0.9);
    expect((await search({ ...wanted(), mode: 'EXACT' })).plan.estimateRecall).toBeUndefined();
  });

  it('makes searches slow, not wrong, when it is missing, and the plan says that none was used', async () => {
    const exact = await search({ ...wanted(), mode: 'EXACT' });
    await collection.database.pool.query(`DROP INDEX ${index()}`);
    for (const mode of ['AUTO', 'INDEX'] as const) {
      const result = await search({ ...wanted(), mode });
      expect(result.matches).toEqual(exact.matches);
      expect(result.plan).toMatchObject({ strategy: 'EXACT', exhaustive: true, efSearch: null });
    }
  });
});
