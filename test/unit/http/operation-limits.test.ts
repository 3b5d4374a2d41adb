import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postGraphql, webSocketClient, type GraphqlAnswer } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer({ images: 120 });
});
afterAll(() => server.close());
beforeEach(() => {
  server.services.calls.length = 0;
});

type Variables = Record<string, unknown>;

const overHttp = async (query: string, variables?: Variables): Promise<GraphqlAnswer> =>
  (await postGraphql(server.url, query, variables)).body;

async function overWebSocket(query: string, variables: Variables = {}): Promise<GraphqlAnswer> {
  const client = webSocketClient(server.url);
  try {
    return await new Promise<GraphqlAnswer>((resolve, reject) => {
      let answer: GraphqlAnswer = {};
      client.subscribe(
        { query, variables },
        {
          next: (result) => (answer = result as GraphqlAnswer),
          error: (errors) => {
            if (Array.isArray(errors)) resolve({ errors: errors as GraphqlAnswer['errors'] & object });
            else reject(errors instanceof Error ? errors : new Error(String(errors)));
          },
          complete: () => {
            resolve(answer);
          },
        },
      );
    });
  } finally {
    await client.dispose();
  }
}

/** `similar` in `similar`: 3 levels each. */
const nested = (levels: number): string =>
  levels === 0 ? '{ id }' : `{ similar(first: 1) { nodes ${nested(levels - 1)} } }`;

const deepest = `{ images(first: 1) { nodes ${nested(3)} } }`;
const tooDeep = `{ images(first: 1) { nodes ${nested(4)} } }`;
const tooDeepByFragments = `
  query { images(first: 1) { nodes { ...A } } }
  fragment A on Image { similar(first: 1) { nodes { ...B } } }
  fragment B on Image { similar(first: 1) { nodes { ...C } } }
  fragment C on Image { similar(first: 1) { nodes { ...D } } }
  fragment D on Image { similar(first: 1) { nodes { ... on Node { id } } } }`;
const aliases = (count: number) =>
  `{ ${Array.from({ length: count }, (_, index) => `a${index}: stats { imageCount }`).join(' ')} }`;
const aliasesByFragments = `
  query { ${Array.from({ length: 4 }, (_, index) => `s${index}: stats { ...F }`).join(' ')} }
  fragment F on CollectionStats { ${Array.from({ length: 8 }, (_, index) => `c${index}: imageCount`).join(' ')} }`;
const mutations = `mutation { ${Array.from({ length: 11 }, (_, index) => `m${index}: retryFailedImages { retriedCount }`).join(' ')} }`;
const mutationsByFragments = `
  mutation { ...F a: retryFailedImages { retriedCount } }
  fragment F on Mutation { ${Array.from({ length: 10 }, (_, index) => `m${index}: retryFailedImages { retriedCount }`).join(' ')} }`;

describe.each([
  ['HTTP', overHttp],
  ['WebSocket', overWebSocket],
])('limits over %s', (_, send) => {
  it.each([
    ['deep', tooDeep, /nested more than 10 levels deep/],
    ['deep through fragments', tooDeepByFragments, /nested more than 10 levels deep/],
    ['full of aliases', aliases(31), /more than 30 aliases/],
    ['full of aliases through fragments', aliasesByFragments, /more than 30 aliases/],
    ['full of mutations', mutations, /more than 10 mutations/],
    ['full of mutations through fragments', mutationsByFragments, /more than 10 mutations/],
  ])('refuse a document that is %s', async (_name, query, message) => {
    const { errors } = await send(query);
    expect(errors?.map((error) => error.message).join()).toMatch(message);
    expect(errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(server.services.calls).toEqual([]);
  });

  it('refuse a document of too many tokens', async () => {
    const { errors } = await send(`{ ${'__typename '.repeat(4_001)} }`);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/more that 4000 tokens/) as string,
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  });

  it('refuse variables that are nested deeper than any input', async () => {
    const query = 'query ($filter: ImageFilter) { images(filter: $filter) { totalCount } }';
    let filter: unknown = {};
    for (let level = 0; level < 1_000; level++) filter = { and: [filter] };
    const { errors } = await send(query, { filter });
    expect(errors?.[0]?.message).toMatch(/variables are nested more than 150 levels deep/);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(server.services.calls).toEqual([]);
    const { errors: none } = await send(query, { filter: { and: [{ not: { or: [{ not: {} }] } }] } });
    expect(none).toBeUndefined();
  });

  it('refuse a query that is composed beyond measure, before anything of it is read', async () => {
    const query = 'query ($query: SearchQuery!) { search(query: $query) { nodes { id } } }';
    const image = { query: { image: { base64: 'aGVsbG8=' } } };
    const composed = (...terms: unknown[]) => ({ query: { combine: [image, ...terms] } });
    let deep: unknown = { text: 'a' };
    for (let level = 0; level < 5; level++) deep = { combine: [{ query: deep }] };
    const wide = Array.from({ length: 32 }, () => ({ query: { text: 'a' } }));
    for (const [variables, message] of [
      [{ query: deep }, /more than 4 levels deep/],
      [composed(...wide), /from 1 to 32 terms, not 33/],
      [composed({ query: { text: 'a' }, weight: 101 }), /^Term 2 of the query: The weight is 101/],
      [composed({ query: { combine: [] } }), /^Term 2 of the query: `combine` takes from 1 to 32/],
      [{ query: { combine: [{ ...image, weight: 0 }] } }, /All weights of `combine` are 0/],
      [composed({ query: { prompts: { label: 'a', templates: [] } } }), /`templates` has 0 items/],
    ] as const) {
      const { errors } = await send(query, variables);
      expect(errors?.[0]?.message).toMatch(message);
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    }
    expect(server.services.calls).toEqual([]);
  });

  it('bound what aliases multiply: terms of queries, prompts and image files', async () => {
    const searches = (count: number, query: string) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: search(query: ${query}, first: 1) { nodes { id } }`).join(' ')} }`;
    const texts = `{ combine: [${'{ query: { text: "a" } } '.repeat(30)}] }`;
    expect((await send(searches(6, texts))).errors).toBeUndefined();
    expect((await send(searches(7, texts))).errors?.[0]).toMatchObject({
      message: expect.stringMatching(/more than 200 query terms/) as string,
      extensions: { code: 'TOO_LARGE' },
    });
    const prompts = `{ prompts: { label: "a", templates: [${'"{label}" '.repeat(20)}] } }`;
    const many = `{ combine: [${`{ query: ${prompts} } `.repeat(26)}] }`;
    expect((await send(searches(4, many))).errors?.[0]?.message).toMatch(/more than 2000 prompts/);
    const images = `{ combine: [${'{ query: { image: { base64: "aGVsbG8=" } } } '.repeat(11)}] }`;
    expect((await send(searches(1, images))).errors?.[0]?.message).toMatch(
      /more than 10 image files to encode/,
    );
  });

  it('let what is within them pass', async () => {
    for (const query of [deepest, aliases(30)]) expect((await send(query)).errors).toBeUndefined();
  });

  it('let introspection pass, as IDEs and generators ask for it', async () => {
    const { data, errors } = await send(
      getIntrospectionQuery({
        inputValueDeprecation: true,
        schemaDescription: true,
        specifiedByUrl: true,
        oneOf: true,
      }),
    );
    expect(errors).toBeUndefined();
    expect(data).toHaveProperty('__schema.types');
  });

  it('bound what lists multiply: searches', async () => {
    const { errors } = await send('{ images(first: 51) { nodes { similar(first: 1) { nodes { id } } } } }');
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/more than 50 searches/) as string,
      extensions: { code: 'TOO_LARGE' },
    });
    expect(server.services.calls.filter((call) => call === 'search.search')).toHaveLength(50);
  });

  it('bound what lists multiply: images, embeddings and prompts', async () => {
    const pages = `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: images(first: 100) { nodes { id } }`).join(' ')} }`;
    expect((await send(pages)).errors?.[0]?.message).toMatch(/more than 2000 images/);
    const embeddings = `{ images(first: 100) { nodes { ${Array.from({ length: 11 }, (_, index) => `e${index}: embedding`).join(' ')} } } }`;
    expect((await send(embeddings)).errors?.[0]?.message).toMatch(/more than 1000 embeddings/);
    const labels = JSON.stringify(Array.from({ length: 100 }, (_, index) => `label ${index}`));
    const prompts = `{ images(first: 1) { nodes { ${Array.from({ length: 21 }, (_, index) => `c${index}: classify(labels: ${labels}, templates: ["${index} {label}"]) { score }`).join(' ')} } } }`;
    expect((await send(prompts)).errors?.[0]?.message).toMatch(/more than 2000 prompts/);
  });
});

it('validates hostile documents of the largest allowed size without keeping the server busy', async () => {
  const fields = (name: (index: number) => string, count: number) =>
    Array.from({ length: count }, (_, index) => name(index)).join(' ');
  const hostile = [
    `{ ${fields(() => 'stats { imageCount }', 990)} }`,
    `{ ${fields((index) => `...F${index}`, 300)} } ${fields((index) => `fragment F${index} on Query { stats { imageCount } ...F${(index + 1) % 300} }`, 300)}`,
    `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
    `{ ${fields(() => '...@include(if: true)', 5).replaceAll('...@', '... @')} { id } }`,
    `query { images(filter: { ids: [${fields(() => '"x"', 3_900)}] }) { nodes { id } } }`,
    `{ ${'nodes(ids: []) { id } '.repeat(400)} }`,
  ];
  // Each fragment spreads the next one three times: 3 to the power of 100 paths, and nothing at their end.
  for (const root of ['query', 'mutation']) {
    const type = root === 'query' ? 'Query' : 'Mutation';
    hostile.push(
      `${root} { ...F0 } ${fields((index) => `fragment F${index} on ${type} { ${`...F${index + 1} `.repeat(3)} }`, 100)}`,
    );
  }
  for (const query of hostile) {
    const startedAt = performance.now();
    await overHttp(query);
    // Not a measurement: without a bound these would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }
});

it('tells nothing about the schema where introspection is off', async () => {
  const production = await startFakeServer({ variables: { PICTOGRAPH_IDE: 'false' } });
  const introspection = await postGraphql(production.url, '{ __schema { types { name } } }');
  const typo = await postGraphql(production.url, '{ imagez { id } }');
  const client = webSocketClient(production.url);
  const overSocket = await new Promise((resolve) => {
    client.subscribe(
      { query: '{ __schema { types { name } } }' },
      { next: resolve, error: resolve, complete: () => undefined },
    );
  });
  await client.dispose();
  await production.close();
  expect(introspection.body.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(typo.body.errors?.[0]?.message).toBe('Cannot query field "imagez" on type "Query".');
  expect(overSocket).toEqual([
    expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
    expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
  ]);
});
