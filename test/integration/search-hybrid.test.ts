import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, unit } from '../support/vectors.js';

/** The image at an index is less similar to the query, the higher the index. */
const COUNT = 200;
const QUERY = 'červené auto';

const answer = z.object({
  search: z.object({
    edges: z.array(
      z.object({
        cursor: z.string(),
        rank: z.number(),
        similarity: z.number(),
        sources: z.array(z.object({ list: z.enum(['VECTOR', 'TEXT']), rank: z.number() })).nullable(),
        node: z.object({ id: z.string() }),
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    plan: z.object({
      strategy: z.string(),
      fusion: z
        .object({ words: z.array(z.string()), vectorMatches: z.number(), textMatches: z.number() })
        .nullable(),
    }),
  }),
});
type Found = z.infer<typeof answer>['search'];

const SEARCH = `query ($query: SearchQuery!, $first: Int, $after: String, $filter: ImageFilter, $hybrid: Boolean, $mode: SearchMode,
    $minSimilarity: Float, $orderBy: MatchOrder, $diversity: Float) {
  search(query: $query, first: $first, after: $after, filter: $filter, hybrid: $hybrid, mode: $mode, minSimilarity: $minSimilarity,
      orderBy: $orderBy, diversity: $diversity) {
    edges { cursor rank similarity sources { list rank } node { id } }
    pageInfo { hasNextPage endCursor } plan { strategy fusion { words vectorMatches textMatches } } } }`;

let app: TestApp;
/** Row ids, ascending, in the order of the indices. */
let ids: number[];

const post = (variables: Record<string, unknown>) =>
  app.graphql(SEARCH, { query: { text: QUERY }, hybrid: true, ...variables });
async function search(variables: Record<string, unknown> = {}): Promise<Found> {
  const { data, errors } = await post(variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return answer.parse(data).search;
}
const idOf = ({ node }: Found['edges'][number]) =>
  Number(Buffer.from(node.id, 'base64url').toString().split(':')[1]);
/** Indices of the images that were found by their words, in the order of the text list. */
const inText = ({ edges }: Found) =>
  edges
    .flatMap((edge) => (edge.sources ?? []).map((source) => ({ index: ids.indexOf(idOf(edge)), ...source })))
    .filter(({ list }) => list === 'TEXT')
    .sort((a, b) => a.rank - b.rank)
    .map(({ index }) => index);

async function describeImage(
  index: number,
  what: { title?: string; tags?: string[]; filename?: string },
): Promise<void> {
  await app.app.database.pool.query('UPDATE images SET title = $2, tags = $3, filename = $4 WHERE id = $1', [
    ids[index],
    what.title ?? null,
    what.tags ?? [],
    what.filename ?? null,
  ]);
}

/** Images whose similarity with the query falls from 0.99 to nearly 0. */
async function insert(count: number, similarityOf: (index: number) => number): Promise<number[]> {
  const { database, model } = app.app;
  await search({ first: 1 });
  const { rows } = await database.pool.query(
    'SELECT embedding::text AS embedding FROM text_embeddings WHERE text = $1',
    [QUERY],
  );
  const [{ embedding }] = z.tuple([z.object({ embedding: z.string() })]).parse(rows);
  const along = z.array(z.number()).parse(JSON.parse(embedding));
  // At right angles to the query in one plane of each pair of places.
  const across = unit(along.map((_, place) => (place % 2 === 0 ? -1 : 1) * (along[place ^ 1] ?? 0)));
  return insertEmbeddedImages(
    database.pool,
    model.id,
    Array.from({ length: count }, (_, index) => {
      const similarity = similarityOf(index);
      return unit(
        along.map(
          (value, place) => similarity * value + Math.sqrt(1 - similarity ** 2) * (across[place] ?? 0),
        ),
      );
    }),
    () => [],
  );
}

beforeAll(async () => {
  app = await startTestApp();
  ids = await insert(COUNT, (index) => 0.99 * (1 - index / COUNT));
});
afterAll(() => app.close());

describe('the text list', () => {
  it('finds words of titles, tags and file names, whatever their case and diacritics', async () => {
    await describeImage(190, { title: 'Moje ČERVENÉ auto' });
    await describeImage(191, { filename: 'dovolena_2024-Cervene.Auto(1).JPG' });
    await describeImage(192, { tags: ['auto', 'červené'] });
    await describeImage(193, { title: 'automobil, červenější' });
    await describeImage(194, { filename: 'autobahn.jpg' });
    const found = await search();
    // A title says more than a tag, a tag more than a file name; and the words must be whole.
    expect(inText(await search({ first: 100 }))).toEqual([190, 192, 191]);
    expect(found.plan.fusion).toEqual({ words: ['cervene', 'auto'], vectorMatches: 150, textMatches: 3 });
    expect(found.edges.slice(0, 2).map((edge) => ids.indexOf(idOf(edge)))).toEqual([0, 190]);
    expect(found.edges.map(({ rank }) => rank)).toEqual(found.edges.map((_, index) => index + 1));
    expect(found.edges[1]?.similarity).toBeCloseTo(0.99 * (1 - 190 / COUNT), 3);
  });

  it('puts what both lists have before what one has', async () => {
    await describeImage(100, { title: 'auto' });
    const { edges } = await search({ first: 1 });
    expect(edges.map((edge) => [ids.indexOf(idOf(edge)), edge.sources])).toEqual([
      [
        100,
        [
          { list: 'VECTOR', rank: 101 },
          { list: 'TEXT', rank: expect.any(Number) as number },
        ],
      ],
    ]);
    await describeImage(100, {});
  });

  it('lets a rare word count for more than a common one', async () => {
    for (let index = 120; index < 130; index++) await describeImage(index, { title: 'fotka auto' });
    await describeImage(130, { title: 'fotka mrože' });
    const found = await search({ query: { text: 'fotka auto mrože' }, first: 100 });
    expect(inText(found)[0]).toBe(130);
    for (let index = 120; index <= 130; index++) await describeImage(index, {});
  });

  it('takes any text as words, and none as an operator', async () => {
    for (const text of [
      "auto's & !červené | ((",
      'auto:* <-> \\',
      '"auto" -červené',
      "'; DROP TABLE images; --",
    ]) {
      expect((await search({ query: { text }, first: 100 })).plan.fusion?.vectorMatches).toBe(150);
    }
    const nothing = await search({ query: { text: '!!! ???' } });
    expect(nothing.plan.fusion).toMatchObject({ words: [], textMatches: 0 });
    const long = Array.from({ length: 100 }, (_, index) => `w${index}`).join(' ');
    expect((await search({ query: { text: long } })).plan.fusion?.words).toHaveLength(32);
  });

  it('looks for the label of a query in templates', async () => {
    const prompts = { label: 'auto', templates: ['a photo of a {label}'] };
    expect((await search({ query: { prompts } })).plan.fusion?.words).toEqual(['auto']);
  });
});

describe('a hybrid search', () => {
  it('applies the filter to both lists, and minSimilarity to that of vectors', async () => {
    const filter = { filename: 'cervene' };
    const filtered = await search({ filter });
    expect(filtered.edges.map((edge) => ids.indexOf(idOf(edge)))).toEqual([191]);
    expect(filtered.plan.fusion).toMatchObject({ vectorMatches: 1, textMatches: 1 });
    const { plan, edges } = await search({ minSimilarity: 0.9, first: 100 });
    expect(plan.fusion?.textMatches).toBe(3);
    expect(edges).toHaveLength((plan.fusion?.vectorMatches ?? 0) + 3);
    expect(Math.min(...edges.map(({ similarity }) => similarity))).toBeLessThan(0.1);
  });

  it('says nothing of lists when it is not asked for', async () => {
    const { edges, plan } = await search({ hybrid: false, first: 2 });
    expect(edges.map(({ sources }) => sources)).toEqual([null, null]);
    expect(plan.fusion).toBeNull();
  });

  it('gives the same list by the index', async () => {
    const [exact, index] = await Promise.all(['EXACT', 'INDEX'].map((mode) => search({ mode, first: 100 })));
    expect(index?.edges.map(idOf)).toEqual(exact?.edges.map(idOf));
  });

  it('pages to its end without repeating or skipping, while images are added and deleted', async () => {
    const whole = await walk(7);
    expect(whole).toHaveLength(153);
    expect(new Set(whole).size).toBe(153);
    expect(await walk(100)).toEqual(whole);

    let step = 0;
    const added: number[] = [];
    const deleted: number[] = [];
    const meanwhile = await walk(20, async () => {
      step += 1;
      added.push(...(await insert(3, () => 0.95 - step / 100)));
      const gone = whole[5 * step];
      if (gone === undefined) return;
      deleted.push(gone);
      await app.app.database.pool.query('DELETE FROM images WHERE id = $1', [gone]);
    });
    expect(new Set(meanwhile).size).toBe(meanwhile.length);
    // What was in reach at the beginning and still is; the last ones may have been pushed out of the lists' 150 by new ones.
    const stayed = whole.filter((id) => !deleted.includes(id)).slice(0, 153 - added.length - deleted.length);
    expect(stayed.filter((id) => !meanwhile.includes(id))).toEqual([]);
  });

  it('refuses a cursor of another search', async () => {
    const { pageInfo } = await search({ first: 2 });
    const after = pageInfo.endCursor;
    for (const variables of [
      { hybrid: false },
      { query: { text: 'Červené AUTO' } },
      { filter: { tagsAny: ['auto'] } },
      { minSimilarity: 0.2 },
    ]) {
      expect((await post({ after, ...variables })).errors?.[0]).toMatchObject({
        extensions: { code: 'INVALID_CURSOR' },
      });
    }
    const plain = await search({ first: 2, hybrid: false });
    expect((await post({ after: plain.pageInfo.endCursor })).errors?.[0]).toMatchObject({
      extensions: { code: 'INVALID_CURSOR' },
    });
  });

  it.each([
    [{ query: { image: { id: 'SW1hZ2U6MQ' } } }, /the query must be a `text` or `prompts`/],
    [
      { query: { combine: [{ query: { text: 'auto' } }] } },
      /Leave `hybrid` out for images, vectors and composed/,
    ],
    [{ diversity: 0.3 }, /an order of its own/],
    [{ minSimilarity: 0, orderBy: { field: 'TAKEN_AT' } }, /an order of its own/],
  ])('refuses %j', async (variables, message) => {
    expect((await post(variables)).errors?.[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringMatching(message) as string,
    });
  });
});

async function walk(
  first: number,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number[]> {
  const seen: number[] = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo }: Found = await search({ first, after });
    seen.push(...edges.map(idOf));
    if (!pageInfo.hasNextPage) return seen;
    after = pageInfo.endCursor;
    await between();
  }
}
