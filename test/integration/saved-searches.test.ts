import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exportCollection } from '../../src/cli/export/export-collection.js';
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
      minStandardScore: 2.5,
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

describe('a filter that names a saved search', () => {
  const node = z.object({ id: z.string() });
  const everywhere = z.object({
    images: z.object({ totalCount: z.number(), nodes: z.array(node) }),
    random: z.array(node),
    index: z.object({ nodes: z.array(node), plan: z.object({ candidates: z.number() }) }),
    exact: z.object({ nodes: z.array(node) }),
    hybrid: z.object({ nodes: z.array(node) }),
    image: z.object({ similar: z.object({ nodes: z.array(node) }) }),
    duplicateGroups: z.object({ totalCount: z.number() }),
  });
  const EVERYWHERE = `query ($filter: ImageFilter, $id: ID!) {
    images(filter: $filter, first: 100) { totalCount nodes { id } }
    random(filter: $filter, first: 100) { id }
    index: search(query: { text: "sea" }, filter: $filter, mode: INDEX, first: 100) { nodes { id } plan { candidates } }
    exact: search(query: { text: "sea" }, filter: $filter, mode: EXACT, first: 100) { nodes { id } }
    hybrid: search(query: { text: "sea" }, filter: $filter, hybrid: true, first: 100) { nodes { id } }
    image(id: $id) { similar(filter: $filter, first: 100) { nodes { id } } }
    duplicateGroups(filter: $filter) { totalCount }
  }`;
  const sorted = (ids: Iterable<string>) => [...ids].sort();

  it('lets through exactly what the saved search matches, wherever filters are, and combined with other conditions', async () => {
    const all = await save(striped, { name: 'all of it', query: { text: 'sea' } });
    const order = (await run(all.id, 'matches(first: 100)')).edges;
    const near = await save(striped, {
      name: 'near',
      query: { text: 'sea' },
      minSimilarity: order[7]?.similarity,
    });
    const odd = await save(striped, {
      name: 'near and odd',
      query: { text: 'sea' },
      filter: { tagsAny: ['odd'], not: { takenAt: { from: '2020-01-01T00:00:00Z' } } },
      minSimilarity: order[9]?.similarity,
    });
    const everyId = order.map(({ node: { id } }) => id);
    const nearest = new Set(everyId.slice(0, 8));
    const oddIds = new Set((await run(odd.id, 'matches(first: 100)')).edges.map((edge) => edge.node.id));
    const evenIds = new Set(striped.ids.filter((_, seed) => seed % 2 === 0));
    expect(oddIds.size).toBeGreaterThan(0);
    const cases: [object, (id: string) => boolean][] = [
      [{ savedSearch: all.id }, () => true],
      [{ savedSearch: near.id }, (id) => nearest.has(id)],
      [{ savedSearch: odd.id }, (id) => oddIds.has(id)],
      [{ savedSearch: near.id, tagsAll: ['even'] }, (id) => nearest.has(id) && evenIds.has(id)],
      [{ not: { savedSearch: odd.id } }, (id) => !oddIds.has(id)],
      [
        { or: [{ savedSearch: odd.id }, { and: [{ savedSearch: near.id }, { tagsAny: ['even'] }] }] },
        (id) => oddIds.has(id) || (nearest.has(id) && evenIds.has(id)),
      ],
    ];
    for (const [filter, expected] of cases) {
      const ids = sorted(everyId.filter(expected));
      const found = await striped.ask(everywhere, EVERYWHERE, { filter, id: striped.ids[0] });
      expect(found.images.totalCount, JSON.stringify(filter)).toBe(ids.length);
      expect(found.index.plan.candidates).toBe(ids.length);
      for (const list of [found.images.nodes, found.random, found.index.nodes, found.exact.nodes]) {
        expect(sorted(list.map(({ id }) => id))).toEqual(ids);
      }
      expect(sorted(found.hybrid.nodes.map(({ id }) => id))).toEqual(ids);
      expect(sorted(found.image.similar.nodes.map(({ id }) => id))).toEqual(
        ids.filter((id) => id !== striped.ids[0]),
      );
    }
    // By the search itself it is the same list, in the same order.
    const again = await striped.ask(
      z.object({ search: matches, clusters: z.object({ clusteredCount: z.number() }) }),
      `query ($filter: ImageFilter) {
         search(query: { text: "sea" }, filter: $filter, first: 100) { ${CONNECTION} }
         clusters(k: 1, filter: $filter) { clusteredCount }
       }`,
      { filter: { savedSearch: near.id } },
    );
    expect(again.clusters.clusteredCount).toBe(8);

    const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-saved-'));
    try {
      const filter = JSON.stringify({ savedSearch: near.id });
      const wanted = { format: 'jsonl', filter, out: path.join(folder, 'near.jsonl') } as const;
      expect(await exportCollection(striped.app.app.database, wanted)).toBe(8);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(again.search.edges.map((edge) => edge.node.id)).toEqual(everyId.slice(0, 8));
  });

  it('belongs to a cursor by its id', async () => {
    const [one, other] = [
      await save(striped, { name: 'one', query: { text: 'sky' } }),
      await save(striped, { name: 'other', query: { text: 'sky' } }),
    ];
    const page = (field: string, filter: object, after?: string) =>
      striped.app.graphql<Record<'page', z.infer<typeof connection>>>(
        `query ($filter: ImageFilter, $after: String) { page: ${field} { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
        { filter, after },
      );
    for (const field of [
      'images(first: 3, filter: $filter, after: $after)',
      'search(query: { text: "grass" }, first: 3, filter: $filter, after: $after)',
    ]) {
      const first = (await page(field, { savedSearch: one.id })).data.page;
      const after = first.pageInfo.endCursor ?? '';
      const second = (await page(field, { savedSearch: one.id }, after)).data.page;
      const ids = [...first.edges, ...second.edges].map((edge) => edge.node.id);
      expect(new Set(ids).size).toBe(6);
      for (const filter of [{ savedSearch: other.id }, { not: { savedSearch: one.id } }, {}]) {
        expect((await page(field, filter, after)).errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
      }
    }
  });

  it('that is gone matches nothing, and what is none is refused', async () => {
    const gone = await save(striped, { name: 'gone', query: { text: 'sky' } });
    await striped.app.graphql('mutation ($id: ID!) { deleteSavedSearch(id: $id) { deletedId } }', {
      id: gone.id,
    });
    const count = (filter: object) =>
      striped.app.graphql<{ images: { totalCount: number } }>(
        'query ($filter: ImageFilter) { images(filter: $filter) { totalCount } }',
        { filter },
      );
    expect((await count({ savedSearch: gone.id })).data.images.totalCount).toBe(0);
    expect((await count({ or: [{ savedSearch: gone.id }, {}] })).data.images.totalCount).toBeGreaterThan(0);
    for (const id of ['nonsense', '', striped.ids[0]]) {
      const { errors } = await count({ savedSearch: id });
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(errors?.[0]?.message).toMatch(/not the id of a saved search/);
    }
    const many = Array.from({ length: 49 }, (_, index) => ({
      savedSearch: Buffer.from(`SavedSearch:${index + 1}`).toString('base64url'),
    }));
    const twice = `query ($filter: ImageFilter) { a: images(filter: $filter) { totalCount } b: images(filter: $filter) { totalCount } }`;
    expect(await striped.codeOf(twice, { filter: { or: many } })).toBe('TOO_LARGE');
  });

  it('of another model says so, and vectors of two lengths never meet', async () => {
    const saved = await save(striped, { name: 'foreign', query: { text: 'sky' }, minSimilarity: 0 });
    const filter = { savedSearch: saved.id };
    const { pool } = striped.app.app.database;
    const before = await striped.ask(everywhere, EVERYWHERE, { filter, id: striped.ids[0] });
    const { rows } = await pool.query<{ id: number }>(
      `INSERT INTO models (name, source, revision, dtype, dimensions, logit_scale, fingerprint)
       VALUES ('other-clip', 'other', 'local', 'fp32', 3, 100, repeat('a', 64)) RETURNING id`,
    );
    const other = rows[0]?.id;
    await pool.query(
      `INSERT INTO image_embeddings (image_id, model_id, embedding) SELECT id, $1, '[1,0,0]' FROM images`,
      [other],
    );
    const after = await striped.ask(everywhere, EVERYWHERE, { filter, id: striped.ids[0] });
    expect({ ...after, random: [] }).toEqual({ ...before, random: [] });
    await pool.query(`UPDATE searches SET model_id = $1, embedding = '[1,0,0]' WHERE name = 'foreign'`, [
      other,
    ]);
    expect(await striped.codeOf(EVERYWHERE, { filter, id: striped.ids[0] })).toBe('OTHER_MODEL');
    await pool.query(`DELETE FROM searches WHERE name = 'foreign'`);
    await pool.query('DELETE FROM models WHERE id = $1', [other]);
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
    ['filter', { filter: { not: { savedSearch: 'any' } } }, /cannot stand in the filter of a saved search/],
    ['minSimilarity', { minSimilarity: 2 }, /between -1 and 1/],
    ['minStandardScore', { minStandardScore: 1e6 }, /between -1,000 and 1,000/],
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
