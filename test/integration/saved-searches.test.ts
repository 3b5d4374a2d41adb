import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connection, startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';
import { addStripes, ready, save, SAVE, SAVED_SEARCH, savedSearch } from '../support/saved-searches.js';

const COUNT = 12;

let striped: StripedApp;
beforeAll(async () => {
  striped = await startStripedApp(COUNT);
});
afterAll(() => striped.app.close());

const CONNECTION =
  'edges { cursor similarity rank node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } plan { strategy candidates }';
const matches = connection.extend({
  edges: z.array(
    z.object({
      cursor: z.string(),
      similarity: z.number(),
      rank: z.number(),
      node: z.object({ id: z.string() }),
    }),
  ),
  plan: z.object({ strategy: z.string(), candidates: z.number() }),
});

/** Runs a saved search by its id. */
async function run(id: string, field: string) {
  const { node } = await striped.ask(
    z.object({ node: z.object({ matches }) }),
    `query ($id: ID!) { node(id: $id) { ... on SavedSearch { matches: ${field} { ${CONNECTION} } } } }`,
    { id },
  );
  return node.matches;
}

describe('a saved search', () => {
  it('is kept as it was given, and found by id, by name and in the list', async () => {
    const input = {
      name: ' Red things ',
      query: { text: 'a  red car' },
      filter: { tagsAny: ['even'], createdAt: { from: '2020-01-01T00:00:00.000Z' }, metadata: {} },
      minSimilarity: -0.5,
    };
    const saved = await save(striped, input);
    expect(saved).toMatchObject({ ...input, name: 'Red things', comparable: true });
    expect(saved.model.name).toBe(striped.app.app.model.name);

    const found = await striped.ask(
      z.object({ byName: savedSearch, byId: savedSearch, node: savedSearch }),
      `query ($id: ID!, $node: ID!) {
         byName: savedSearch(name: "Red things") { ${SAVED_SEARCH} }
         byId: savedSearch(id: $id) { ${SAVED_SEARCH} }
         node(id: $node) { ... on SavedSearch { ${SAVED_SEARCH} } }
       }`,
      { id: saved.id, node: saved.id },
    );
    expect(found).toEqual({ byName: saved, byId: saved, node: saved });
    expect(await striped.codeOf('{ savedSearch { id } }')).toBe('BAD_USER_INPUT');
  });

  it.each<[string, Record<string, unknown>]>([
    ['a text', { query: { text: 'stripes' } }],
    [
      'a text in templates',
      { query: { prompts: { label: 'red', templates: ['{label}', 'a {label} flag'] } } },
    ],
    [
      'a composed query',
      {
        query: {
          combine: [
            { query: { text: 'red' }, weight: 1 },
            { query: { combine: [{ query: { text: 'blue' }, weight: 2 }] }, weight: -0.5 },
          ],
        },
      },
    ],
    ['a filter', { query: { text: 'red' }, filter: { tagsAll: ['odd'] } }],
    ['a nested filter', { query: { text: 'red' }, filter: { not: { or: [{ tagsAll: ['odd'] }] } } }],
    ['a threshold', { query: { text: 'red' }, minSimilarity: 0.1 }],
  ])('of %s finds what the same search finds', async (what, input) => {
    const saved = await save(striped, { name: what, ...input });
    expect(saved).toMatchObject(input);
    const { search } = await striped.ask(
      z.object({ search: matches }),
      `query ($query: SearchQuery!, $filter: ImageFilter, $minSimilarity: Float) {
         search(query: $query, filter: $filter, minSimilarity: $minSimilarity, first: 5) { ${CONNECTION} }
       }`,
      input,
    );
    expect(search.edges.length).toBeGreaterThan(0);
    const again = await run(saved.id, 'matches(first: 5)');
    expect(again.edges.map(({ cursor: _, ...edge }) => edge)).toEqual(
      search.edges.map(({ cursor: _, ...edge }) => edge),
    );
    expect(again.plan).toEqual(search.plan);
  });

  it('of an example image finds it first, in pages, and remembers no bytes', async () => {
    const base64 = (await stripes(3)).toString('base64');
    const byFile = await save(striped, { name: 'by file', query: { image: { base64 } } });
    expect(byFile.query).toEqual({ image: { upload: null } });
    const byId = await save(striped, { name: 'by id', query: { image: { id: striped.ids[3] } } });
    expect(byId.query).toEqual({ image: { id: striped.ids[3] } });

    for (const { id } of [byFile, byId]) {
      const first = await run(id, 'matches(first: 5)');
      expect(first.edges[0]).toMatchObject({ rank: 1, node: { id: striped.ids[3] } });
      const rest = await run(id, `matches(first: 100, after: "${first.pageInfo.endCursor ?? ''}")`);
      const ids = [...first.edges, ...rest.edges].map(({ node }) => node.id);
      expect([...ids].sort()).toEqual([...striped.ids].sort());
      expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    }
    // The one's cursor is not the other's: their queries differ in a bit at least.
    const text = await save(striped, { name: 'another', query: { text: 'green' } });
    const { endCursor } = (await run(byId.id, 'matches(first: 5)')).pageInfo;
    expect(
      await striped.codeOf(
        'query ($id: ID!, $after: String) { savedSearch(id: $id) { matches(after: $after) { nodes { id } } } }',
        { id: text.id, after: endCursor },
      ),
    ).toBe('INVALID_CURSOR');
  });

  it('tells what became READY since a time', async () => {
    const saved = await save(striped, { name: 'news', query: { text: 'blue stripes' } });
    const first = await addStripes(striped.app, 501);
    await ready(striped.app, first);
    const second = await addStripes(striped.app, 502);
    const since = await ready(striped.app, second);
    const third = await addStripes(striped.app, 503);
    await ready(striped.app, third);

    const news = await run(saved.id, `newSince(time: "${since}")`);
    expect(news.edges.map(({ node }) => node.id).sort()).toEqual([second, third].sort());
    expect(news.plan).toEqual({ strategy: 'EXACT', candidates: 2 });
    const page = await run(saved.id, `newSince(time: "${since}", first: 1)`);
    const next = await run(saved.id, `newSince(time: "${since}", after: "${page.pageInfo.endCursor ?? ''}")`);
    expect([...page.edges, ...next.edges]).toEqual(news.edges);
    expect((await run(saved.id, 'newSince(time: "2100-01-01T00:00:00Z")')).edges).toEqual([]);

    // What people write about an image makes it no newer.
    await striped.app.graphql(
      'mutation ($id: ID!) { updateImage(input: { id: $id, title: "old" }) { result { __typename } } }',
      { id: first },
    );
    expect((await run(saved.id, `newSince(time: "${since}")`)).edges).toEqual(news.edges);
  });

  it('is deleted once', async () => {
    const saved = await save(striped, { name: 'short-lived', query: { text: 'x' } });
    const remove = () =>
      striped.app.graphql('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', {
        id: saved.id,
      });
    expect((await remove()).data).toEqual({ deleteSavedSearch: { deletedId: saved.id } });
    expect((await remove()).data).toEqual({ deleteSavedSearch: { deletedId: null } });
    expect(
      (await striped.app.graphql('query ($id: ID!) { savedSearch(id: $id) { id } }', { id: saved.id })).data,
    ).toEqual({ savedSearch: null });
  });
});

describe('what cannot be saved is told', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['name', { name: '  ' }, /from 1 to 200 characters/],
    ['name', { name: 'x'.repeat(201) }, /from 1 to 200 characters/],
    ['name', { name: 'a\0b' }, /NUL/],
    ['query', { query: { text: ' ' } }, /empty/],
    ['query', { query: { vector: [1, 2] } }, /2 numbers/],
    ['query', { query: { image: { id: 'nonsense' } } }, /not the id of an image/],
    ['filter', { filter: { tagsAll: ['x'.repeat(300)] } }, /300 characters/],
    ['minSimilarity', { minSimilarity: 2 }, /between -1 and 1/],
  ])('by its %s: %j', async (field, wrong, message) => {
    const { data } = await striped.app.graphql(SAVE, {
      input: { name: 'wrong', query: { text: 'red' }, ...wrong },
    });
    expect(data).toEqual({
      saveSearch: {
        result: {
          __typename: 'InvalidInput',
          field: `input.${field}`,
          message: expect.stringMatching(message) as string,
        },
      },
    });
  });

  it('as a name that is taken, also when many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        striped.app.graphql<{ saveSearch: { result: { __typename: string; search: { name: string } } } }>(
          SAVE,
          { input: { name: 'contested', query: { text: 'red' } } },
        ),
      ),
    );
    const results = answers.map(({ data }) => data.saveSearch.result);
    expect(results.map(({ __typename }) => __typename).sort()).toEqual([
      'SavedSearchNameTaken',
      'SavedSearchNameTaken',
      'SavedSearchNameTaken',
      'SearchSaved',
    ]);
    expect(new Set(results.map(({ search }) => search.name))).toEqual(new Set(['contested']));
  });
});

it('the list pages through all, newest first, while searches come and go', async () => {
  const names = Array.from({ length: 5 }, (_, index) => `listed ${index}`);
  for (const name of names) await save(striped, { name, query: { text: name } });
  const page = z.object({
    savedSearches: z.object({
      totalCount: z.number(),
      nodes: z.array(z.object({ id: z.string(), name: z.string() })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string() }),
    }),
  });
  const ask = (after?: string) =>
    striped.ask(
      page,
      'query ($after: String) { savedSearches(first: 2, after: $after) { totalCount nodes { id name } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
  const first = (await ask()).savedSearches;
  expect(first.nodes.map(({ name }) => name)).toEqual(['listed 4', 'listed 3']);
  await striped.app.graphql('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', {
    id: first.nodes[1]?.id,
  });
  await save(striped, { name: 'newer', query: { text: 'newer' } });
  const second = (await ask(first.pageInfo.endCursor)).savedSearches;
  expect(second.nodes.map(({ name }) => name)).toEqual(['listed 2', 'listed 1']);
  expect(second.totalCount).toBe(first.totalCount);
  expect(await striped.codeOf('{ savedSearches(after: "nonsense") { totalCount } }')).toBe('INVALID_CURSOR');
});
