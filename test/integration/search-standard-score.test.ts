import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findBackground } from '../../src/db/background.js';
import { createBackground, LEAST_SAMPLE } from '../../src/search/background.js';
import { vectorIndexName } from '../../src/db/vector-index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, seededRandom, topicVectors } from '../support/vectors.js';

let app: TestApp;
let random: () => number;
let topic: () => Float32Array;
let ids: number[];

beforeAll(async () => {
  app = await startTestApp();
  // Nothing here needs it, and thousands of rows come in many times faster without.
  await app.app.database.pool.query(`DROP INDEX ${vectorIndexName(app.app.model.id)}`);
  random = seededRandom(3);
  topic = topicVectors(app.app.model.dimensions, 40, random);
  ids = [];
});
afterAll(() => app.close());

const add = async (count: number, make = topic) => {
  ids.push(
    ...(await insertEmbeddedImages(
      app.app.database.pool,
      app.app.model.id,
      Array.from({ length: count }, make),
    )),
  );
};
const remove = (count: number) =>
  app.app.database.pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [ids.splice(0, count)]);

const connection = z.object({
  edges: z.array(
    z.object({
      cursor: z.string(),
      similarity: z.number(),
      standardScore: z.number().nullable(),
      node: z.object({ id: z.string() }),
    }),
  ),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  background: z
    .object({ size: z.number(), mean: z.number(), deviation: z.number(), drawnAt: z.string() })
    .nullable(),
});
const FIELDS = `edges { cursor similarity standardScore node { id } } pageInfo { hasNextPage endCursor }
  background { size mean deviation drawnAt }`;

async function search(vector: Float32Array, args: Record<string, unknown> = {}) {
  const { data, errors } = await app.graphql(
    `query ($vector: [Float!], $first: Int, $after: String, $minStandardScore: Float, $minSimilarity: Float, $orderBy: MatchOrder, $filter: ImageFilter) {
       search(query: { vector: $vector }, first: $first, after: $after, minStandardScore: $minStandardScore,
         minSimilarity: $minSimilarity, orderBy: $orderBy, filter: $filter) { ${FIELDS} }
     }`,
    { vector: [...vector], ...args },
  );
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return z.object({ search: connection }).parse(data).search;
}

describe('a standard score', () => {
  it('is null, and a threshold by it leaves nothing out, while there are too few images', async () => {
    await add(LEAST_SAMPLE - 1);
    const found = await search(topic(), { first: 100, minStandardScore: 50 });
    expect(found.background).toBeNull();
    expect(found.edges).toHaveLength(LEAST_SAMPLE - 1);
    expect(found.edges.every(({ standardScore }) => standardScore === null)).toBe(true);
  });

  it('says how many deviations a similarity lies above what the query has with all images', async () => {
    await add(61);
    const found = await search(topic(), { first: 100 });
    // The sample is the whole collection, so the page tells what mean and deviation must be.
    const similarities = found.edges.map(({ similarity }) => similarity);
    expect(similarities).toHaveLength(90);
    const mean = similarities.reduce((sum, each) => sum + each, 0) / similarities.length;
    const variance =
      similarities.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (similarities.length - 1);
    expect(found.background?.size).toBe(90);
    expect(found.background?.mean).toBeCloseTo(mean, 6);
    expect(found.background?.deviation).toBeCloseTo(Math.sqrt(variance), 6);
    for (const { similarity, standardScore } of found.edges) {
      expect(standardScore).toBeCloseTo((similarity - mean) / Math.sqrt(variance), 4);
    }
  });

  it('is a threshold: for pages, for an order by date, beside minSimilarity, and of the cursor', async () => {
    const query = topic();
    const all = await search(query, { first: 100 });
    const { mean, deviation } = all.background ?? { mean: 0, deviation: 1 };
    const scores = all.edges.map(({ standardScore }) => standardScore ?? Number.NaN);
    const minStandardScore = ((scores[9] ?? 0) + (scores[10] ?? 0)) / 2;
    const ten = all.edges.slice(0, 10).map(({ node }) => node.id);
    const first = await search(query, { first: 6, minStandardScore });
    const second = await search(query, { first: 6, minStandardScore, after: first.pageInfo.endCursor });
    expect([...first.edges, ...second.edges].map(({ node }) => node.id)).toEqual(ten);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    const orderBy = { field: 'CREATED_AT', direction: 'ASC' };
    const dated = await search(query, { first: 100, minStandardScore, orderBy });
    expect(new Set(dated.edges.map(({ node }) => node.id))).toEqual(new Set(ten));
    const stricter = mean + (scores[4] ?? 0) * deviation - 1e-7;
    const both = await search(query, { first: 100, minStandardScore, minSimilarity: stricter });
    expect(both.edges.map(({ node }) => node.id)).toEqual(ten.slice(0, 5));
    await expect(
      search(query, { first: 6, minStandardScore: 0, after: first.pageInfo.endCursor }),
    ).rejects.toThrow(/another search.*minStandardScore/);
    await expect(search(query, { minStandardScore: 1e9 })).rejects.toThrow(/between -1,000 and 1,000/);
  });

  it('does not depend on the filter, and is offered by similar and saved searches too', async () => {
    const query = topic();
    const all = await search(query, { first: 100 });
    const some = all.edges.slice(20, 25).map(({ node }) => node.id);
    const filtered = await search(query, { filter: { ids: some } });
    expect(filtered.edges).toMatchObject(
      all.edges
        .slice(20, 25)
        .map(({ similarity, standardScore, node }) => ({ similarity, standardScore, node })),
    );
    const [id = ''] = some;
    const { data } = await app.graphql(
      `query ($id: ID!) { image(id: $id) { similar(first: 100, minStandardScore: 1) { ${FIELDS} } } }`,
      { id },
    );
    const { similar } = z.object({ image: z.object({ similar: connection }) }).parse(data).image;
    expect(similar.edges.length).toBeGreaterThan(0);
    expect(similar.edges.length).toBeLessThan(80);
    for (const { standardScore } of similar.edges) expect(standardScore).toBeGreaterThanOrEqual(1);
    const saved = await app.graphql(
      `mutation ($input: SaveSearchInput!) { saveSearch(input: $input) { result { ... on SearchSaved { search {
         matches(first: 100, minStandardScore: 1) { ${FIELDS} }
         newSince(time: "2020-01-01T00:00:00Z", first: 100, minStandardScore: 1) { ${FIELDS} }
       } } } } }`,
      { input: { name: 'like it', query: { image: { id } } } },
    );
    const { matches } = z
      .object({ saveSearch: z.object({ result: z.object({ search: z.object({ matches: connection }) }) }) })
      .parse(saved.data).saveSearch.result.search;
    expect(matches.edges.slice(1).map(({ node }) => node.id)).toEqual(
      similar.edges.map(({ node }) => node.id),
    );
  });

  it('is kept by a saved search, for its matches and for filters that name it', async () => {
    const query = topic();
    const all = (await search(query, { first: 100 })).edges;
    const between = (place: number) =>
      ((all[place - 1]?.standardScore ?? 0) + (all[place]?.standardScore ?? 0)) / 2;
    const ids = all.map(({ node }) => node.id);
    const input = { name: 'ten', query: { vector: [...query] }, minStandardScore: between(10) };
    const saved = await app.graphql(
      `mutation ($input: SaveSearchInput!, $higher: Float, $lower: Float) { saveSearch(input: $input) { result { ... on SearchSaved { search {
         id minStandardScore
         ten: matches(first: 100) { ${FIELDS} }
         five: matches(first: 100, minStandardScore: $higher) { ${FIELDS} }
         still: matches(first: 100, minStandardScore: $lower) { ${FIELDS} }
       } } } } }`,
      { input, higher: between(5), lower: between(20) },
    );
    const list = connection.transform(({ edges }) => edges.map(({ node }) => node.id));
    const { id, ...shown } = z
      .object({
        saveSearch: z.object({
          result: z.object({
            search: z.object({
              id: z.string(),
              minStandardScore: z.number(),
              ten: list,
              five: list,
              still: list,
            }),
          }),
        }),
      })
      .parse(saved.data).saveSearch.result.search;
    const ten = ids.slice(0, 10);
    expect(shown).toEqual({
      minStandardScore: input.minStandardScore,
      ten,
      five: ids.slice(0, 5),
      still: ten,
    });
    const named = await search(topic(), { first: 100, filter: { savedSearch: id } });
    expect(named.edges.map(({ node }) => node.id).sort()).toEqual([...ten].sort());
  });
});

describe('the background sample', () => {
  const background = (options?: Parameters<typeof createBackground>[2]) =>
    createBackground(app.app.database, app.app.model.id, options);
  const stored = () => findBackground(app.app.database.pool, app.app.model.id);

  it('stays the same until the collection has doubled, whoever asks', async () => {
    const before = await stored();
    expect(before).toMatchObject({ imageCount: 90, size: 90 });
    await add(90);
    await Promise.all(Array.from({ length: 4 }, () => background()(topic())));
    expect(await stored()).toEqual(before);
    await add(1);
    const found = await Promise.all(Array.from({ length: 4 }, () => background()(topic())));
    expect(await stored()).toMatchObject({ imageCount: 181, size: 181 });
    expect(new Set(found.map((each) => each?.drawnAt.getTime())).size).toBe(1);
  });

  it('loses images that are deleted, and is drawn again when half are gone', async () => {
    const before = await stored();
    await remove(80);
    expect(await background()(topic())).toMatchObject({ size: 101, drawnAt: before?.drawnAt });
    // None of them is in the sample: it is the old ones that go.
    await add(80);
    await remove(50);
    expect(await background()(topic())).toMatchObject({ size: 131 });
    expect((await stored())?.imageCount).toBe(131);
  });

  it('is a part of a large collection, which is counted once a minute', async () => {
    let minute = 0;
    const ask = background({ now: () => minute * 60_000, sampleSize: 100 });
    await add(170);
    // More than the sample of all 131 images, and more than twice as many as that had.
    expect((await ask(topic()))?.size).toBe(100);
    const drawn = await stored();
    expect(drawn).toMatchObject({ imageCount: 301, size: 100 });
    await ask(topic());
    await add(302);
    expect((await ask(topic()))?.drawnAt).toEqual(drawn?.drawnAt);
    minute = 1;
    expect((await ask(topic()))?.drawnAt).not.toEqual(drawn?.drawnAt);
    expect(await stored()).toMatchObject({ imageCount: 603, size: 100 });
    // Near what all images would give.
    const query = topic();
    const [sampled, whole] = [await ask(query), await wholeCollection(query)];
    expect(Math.abs((sampled?.mean ?? 0) - whole.mean) / whole.deviation).toBeLessThan(0.5);
    expect((sampled?.deviation ?? 0) / whole.deviation).toBeGreaterThan(0.6);
  });

  it('says nothing when all images are the same to the query', async () => {
    await app.app.database.pool.query('DELETE FROM images');
    ids.length = 0;
    const one = topic();
    await add(40, () => one);
    expect(await background()(one)).toBeNull();
  });

  async function wholeCollection(query: Float32Array) {
    const { rows } = await app.app.database.pool.query(
      'SELECT avg(-(embedding <#> $1::vector)) AS mean, stddev_samp(embedding <#> $1::vector) AS deviation FROM image_embeddings',
      [`[${[...query].join(',')}]`],
    );
    return z.object({ mean: z.number(), deviation: z.number() }).parse(rows[0]);
  }
});
