import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, unit } from '../support/vectors.js';

const GROUPS = 4;
const A_GROUP = 10;

const answer = z.object({
  search: z.object({
    edges: z.array(
      z.object({ rank: z.number(), similarity: z.number(), node: z.object({ tags: z.array(z.string()) }) }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

let app: TestApp;
let vector: number[];

/** Groups of images that are nearly alike, each group a little less similar to the query than the one before. */
beforeAll(async () => {
  app = await startTestApp();
  const { database, model } = app.app;
  const along = (parts: Readonly<Record<number, number>>) =>
    unit(Array.from({ length: model.dimensions }, (_, place) => parts[place] ?? 0));
  vector = [...along({ 0: 1 })];
  const vectors = Array.from({ length: GROUPS * A_GROUP }, (_, index) => {
    const group = Math.floor(index / A_GROUP);
    return along({ 0: 0.8 - 0.05 * group, [1 + group]: 0.6, [10 + (index % A_GROUP)]: 0.02 });
  });
  await insertEmbeddedImages(database.pool, model.id, vectors, (index) => [
    `group-${Math.floor(index / A_GROUP)}`,
  ]);
});
afterAll(() => app.close());

const SEARCH = `query ($query: SearchQuery!, $first: Int, $after: String, $diversity: Float, $orderBy: MatchOrder,
    $minSimilarity: Float, $filter: ImageFilter) {
  search(query: $query, first: $first, after: $after, diversity: $diversity, orderBy: $orderBy,
      minSimilarity: $minSimilarity, filter: $filter) {
    edges { rank similarity node { tags } } pageInfo { hasNextPage endCursor } } }`;
const post = (variables: Record<string, unknown>) => app.graphql(SEARCH, { query: { vector }, ...variables });
const search = async (variables: Record<string, unknown>) => {
  const { data, errors } = await post(variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return answer.parse(data).search;
};
const groups = ({ edges }: z.infer<typeof answer>['search']) => edges.map(({ node }) => node.tags[0]);

describe('diversity', () => {
  it('shows one of each group before a second of any', async () => {
    expect(new Set(groups(await search({ first: 4 })))).toEqual(new Set(['group-0']));
    const diverse = await search({ first: 8, diversity: 0.5 });
    expect(groups(diverse).slice(0, 4)).toEqual(['group-0', 'group-1', 'group-2', 'group-3']);
    expect(diverse.edges.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // Similarities stay those with the query.
    expect(diverse.edges[0]?.similarity).toBeGreaterThan(diverse.edges[3]?.similarity ?? 1);
    expect(groups(await search({ first: 3, diversity: 0.5 }))).toEqual(groups(diverse).slice(0, 3));
  });

  it('keeps to the filter and the threshold', async () => {
    const filter = { tagsAny: ['group-2', 'group-3'] };
    expect(groups(await search({ first: 2, diversity: 1, filter }))).toEqual(['group-2', 'group-3']);
    const above = await search({ first: 100, diversity: 1, minSimilarity: 0.775 });
    expect(new Set(groups(above))).toEqual(new Set(['group-0', 'group-1']));
    expect(above.edges).toHaveLength(2 * A_GROUP);
  });

  it('is one page, and says so', async () => {
    const { pageInfo } = await search({ first: 2, diversity: 0.3 });
    expect(pageInfo.hasNextPage).toBe(false);
    const refusal = async (variables: Record<string, unknown>) => (await post(variables)).errors?.[0];
    const after = pageInfo.endCursor;
    expect(await refusal({ after, diversity: 0.3 })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringMatching(/one page, chosen from the 150 most similar/) as string,
    });
    expect(await refusal({ after })).toMatchObject({ extensions: { code: 'INVALID_CURSOR' } });
    expect((await search({ first: 2, diversity: 0 })).pageInfo.hasNextPage).toBe(true);
  });

  it.each([
    [{ diversity: 1.1 }, /between 0 .* and 1, and is not 1\.1/],
    [{ diversity: -0.1 }, /not -0\.1/],
    [{ diversity: 0.5, minSimilarity: 0, orderBy: { field: 'TAKEN_AT' } }, /Leave it or `orderBy` out/],
  ])('refuses %j', async (variables, message) => {
    const { errors } = await post(variables);
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringMatching(message) as string,
    });
  });
});
