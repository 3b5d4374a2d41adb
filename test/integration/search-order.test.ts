import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, unit } from '../support/vectors.js';

const COUNT = 60;
/** The image at an index is less similar to the query, the higher the index. */
const similarityOf = (index: number) => 1 - index / COUNT;
const dateOf = (index: number) =>
  index % 5 === 0
    ? null
    : new Date(Date.UTC(1999, 0, 1 + ((index * 7) % 12), 12, 0, 0, index % 2)).toISOString();

const page = z.object({
  search: z.object({
    edges: z.array(
      z.object({
        cursor: z.string(),
        rank: z.number(),
        similarity: z.number(),
        node: z.object({ id: z.string(), takenAt: z.string().nullable(), createdAt: z.string() }),
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    plan: z.object({ strategy: z.string(), candidates: z.number().nullable(), exhaustive: z.boolean() }),
  }),
});
type Page = z.infer<typeof page>['search'];

let app: TestApp;
let query: { vector: number[] };
/** Row ids, ascending, in the order of the indices. */
let ids: readonly number[];

/** A unit vector at a given similarity with the query, which lies along the first axis. */
function vectorAt(similarity: number, place = 1): Float32Array {
  const values = Array.from({ length: app.app.model.dimensions }, () => 0);
  values[0] = similarity;
  values[place] = Math.sqrt(1 - similarity ** 2);
  return unit(values);
}

async function insert(indices: readonly number[]): Promise<number[]> {
  const { database, model } = app.app;
  const inserted = await insertEmbeddedImages(
    database.pool,
    model.id,
    indices.map((index) => vectorAt(similarityOf(index), 1 + (index % 20))),
    (index) => ((indices[index] ?? 0) % 2 === 0 ? ['even'] : []),
  );
  await database.pool.query(
    `UPDATE images SET taken_at = given.taken_at, created_at = given.created_at
     FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS given (id, taken_at, created_at)
     WHERE images.id = given.id`,
    [inserted, indices.map(dateOf), indices.map((index) => new Date(Date.UTC(2026, 0, 1 + (index % 4))))],
  );
  return inserted;
}

beforeAll(async () => {
  app = await startTestApp();
  query = { vector: [...vectorAt(1)] };
  ids = await insert(Array.from({ length: COUNT }, (_, index) => index));
});
afterAll(() => app.close());

const SEARCH = `query ($query: SearchQuery!, $first: Int, $after: String, $filter: ImageFilter, $mode: SearchMode,
    $minSimilarity: Float, $orderBy: MatchOrder) {
  search(query: $query, first: $first, after: $after, filter: $filter, mode: $mode, minSimilarity: $minSimilarity,
      orderBy: $orderBy) {
    edges { cursor rank similarity node { id takenAt createdAt } }
    pageInfo { hasNextPage endCursor } plan { strategy candidates exhaustive } } }`;

const post = (variables: Record<string, unknown>) => app.graphql(SEARCH, { query, ...variables });

async function search(variables: Record<string, unknown>): Promise<Page> {
  const { data, errors } = await post(variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return page.parse(data).search;
}

async function walk(
  variables: Record<string, unknown>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Page['edges']> {
  const edges: Page['edges'] = [];
  for (let after: string | null = null; ;) {
    const { edges: more, pageInfo }: Page = await search({ ...variables, after });
    edges.push(...more);
    if (!pageInfo.hasNextPage) return edges;
    after = pageInfo.endCursor;
    await between();
  }
}

const idOf = ({ node }: Page['edges'][number]) =>
  Number(Buffer.from(node.id, 'base64url').toString().split(':')[1]);

const DIRECTIONS = ['ASC', 'DESC'] as const;
const ORDERS = (['TAKEN_AT', 'CREATED_AT'] as const).flatMap((field) =>
  DIRECTIONS.map((direction) => ({ field, direction })),
);

/** What the database should say, computed here. */
function expectedIds(minSimilarity: number, { field, direction }: (typeof ORDERS)[number]): number[] {
  const sign = direction === 'ASC' ? 1 : -1;
  return ids
    .map((id, index) => ({
      id,
      similarity: similarityOf(index),
      date: field === 'TAKEN_AT' ? dateOf(index) : String(index % 4),
    }))
    .filter(({ similarity }) => similarity > minSimilarity)
    .sort((a, b) => {
      if (a.date === b.date) return sign * (a.id - b.id);
      if (a.date === null || b.date === null) return a.date === null ? 1 : -1;
      return sign * (a.date < b.date ? -1 : 1);
    })
    .map(({ id }) => id);
}

describe('matches ordered by date', () => {
  it.each(ORDERS)(
    '%j: those above the threshold, once each, whatever the page and the mode',
    async (orderBy) => {
      const minSimilarity = 0.405;
      const expected = expectedIds(minSimilarity, orderBy);
      expect(expected.length).toBeGreaterThan(30);
      for (const mode of ['AUTO', 'EXACT', 'INDEX']) {
        for (const first of [1, 7, 100]) {
          const edges = await walk({ orderBy, minSimilarity, mode, first });
          expect(edges.map(idOf)).toEqual(expected);
          expect(edges.map(({ rank }) => rank)).toEqual(expected.map((_, index) => index + 1));
          expect(Math.min(...edges.map(({ similarity }) => similarity))).toBeGreaterThan(minSimilarity);
        }
      }
      const { plan } = await search({ orderBy, minSimilarity, mode: 'INDEX' });
      expect(plan).toEqual({ strategy: 'INDEX', candidates: COUNT, exhaustive: false });
    },
  );

  it('keep to a filter', async () => {
    const [orderBy] = ORDERS;
    if (orderBy === undefined) throw new Error('no order');
    const even = new Set(ids.filter((_, index) => index % 2 === 0));
    const edges = await walk({ orderBy, minSimilarity: 0.205, filter: { tagsAny: ['even'] }, first: 4 });
    expect(edges.map(idOf)).toEqual(expectedIds(0.205, orderBy).filter((id) => even.has(id)));
  });

  it.each(ORDERS)('%j: neither repeat nor skip while images come and go', async (orderBy) => {
    const expected = expectedIds(0.405, orderBy);
    const added: number[] = [];
    try {
      for (const mode of ['EXACT', 'INDEX']) {
        const edges = await walk({ orderBy, minSimilarity: 0.405, mode, first: 5 }, async () => {
          const gone = added.splice(0, 2);
          await app.app.database.pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [gone]);
          added.push(...(await insert([1, 5, 8])));
        });
        const met = edges.map(idOf);
        expect(new Set(met).size).toBe(met.length);
        const known = new Set(expected);
        expect(met.filter((id) => known.has(id))).toEqual(expected);
      }
    } finally {
      await app.app.database.pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [added]);
    }
  });

  it('need a threshold, and say so', async () => {
    const { errors } = await post({ orderBy: { field: 'TAKEN_AT' } });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringMatching(/order by date needs `minSimilarity`/) as string,
    });
    const newest = await search({ orderBy: { field: 'TAKEN_AT' }, minSimilarity: 0.405, first: 100 });
    expect(newest.edges.map(idOf)).toEqual(expectedIds(0.405, { field: 'TAKEN_AT', direction: 'DESC' }));
  });

  it('have cursors of their own', async () => {
    const minSimilarity = 0.1;
    const orderBy = { field: 'TAKEN_AT', direction: 'ASC' };
    const { pageInfo } = await search({ orderBy, minSimilarity, first: 3 });
    const after = pageInfo.endCursor ?? '';
    for (const other of [
      { minSimilarity },
      { minSimilarity, orderBy: { ...orderBy, direction: 'DESC' } },
      { minSimilarity, orderBy: { ...orderBy, field: 'CREATED_AT' } },
      { minSimilarity: 0.2, orderBy },
    ]) {
      const { errors } = await post({ ...other, after });
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'INVALID_CURSOR' },
        message: expect.stringMatching(
          /another search: its settings \(minSimilarity, minStandardScore, orderBy, .*\) differs/,
        ) as string,
      });
    }
    const content = z.array(z.unknown()).parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
    for (const date of ['yesterday', '0000-01-01T00:00:00.000Z', "'; --", 5, {}]) {
      const forged = Buffer.from(JSON.stringify([...content.slice(0, -1), date])).toString('base64url');
      const { errors } = await post({ minSimilarity, orderBy, after: forged });
      expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    }
  });
});
