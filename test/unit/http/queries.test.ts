import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postGraphql } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.services.calls.length = 0;
  server.services.failures.clear();
});

const ask = async (query: string, variables?: Record<string, unknown>) =>
  (await postGraphql(server.url, query, variables)).body;

const imageId = (id: number) => Buffer.from(`Image:${id}`).toString('base64url');

describe('GraphQL over HTTP', () => {
  it('answers a query', async () => {
    const { status, headers, body } = await postGraphql(
      server.url,
      '{ images(first: 2) { nodes { id filename createdAt url thumbnailUrl(width: 161) } } }',
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('application/json');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const sha256 = '5'.padStart(64, '0');
    expect(body.data).toMatchObject({
      images: {
        nodes: [
          {
            id: imageId(5),
            filename: 'image-5.png',
            createdAt: '2026-01-01T00:00:05.000Z',
            url: `${server.url}/originals/${sha256}`,
            thumbnailUrl: `${server.url}/thumbnails/240/${sha256}`,
          },
          { id: imageId(4) },
        ],
      },
    });
  });

  it('pages both ways with cursors, and counts only when asked', async () => {
    const first = await ask(
      '{ images(first: 2) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );
    expect(server.services.calls).toEqual(['images.list']);
    const { images } = first.data as { images: { pageInfo: { endCursor: string } } };
    expect(images).toMatchObject({
      edges: [{ node: { id: imageId(5) } }, { node: { id: imageId(4) }, cursor: images.pageInfo.endCursor }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const second = await ask(
      'query ($after: String) { images(first: 2, after: $after) { nodes { id } totalCount pageInfo { hasPreviousPage } } }',
      { after: images.pageInfo.endCursor },
    );
    expect(second.data).toEqual({
      images: {
        nodes: [{ id: imageId(3) }, { id: imageId(2) }],
        totalCount: 5,
        pageInfo: { hasPreviousPage: true },
      },
    });
    const back = await ask('query ($before: String) { images(last: 1, before: $before) { nodes { id } } }', {
      before: images.pageInfo.endCursor,
    });
    expect(back.data).toEqual({ images: { nodes: [{ id: imageId(5) }] } });
  });

  it.each([
    ['first: 0', /`first` is 0, but a page has from 1 to 100 items/],
    ['first: -1', /`first` is -1/],
    ['first: 100000', /`first` is 100000, but a page has from 1 to 100 items/],
    ['last: 0', /`last` is 0/],
    ['first: 2, last: 2', /`first` and `last` cannot be used together/],
    ['filter: { ids: ["Zm9v"] }', /`filter.ids` contains "Zm9v", which is not the id of an image/],
    [
      `filter: { ids: [${'"SW1hZ2U6NQ" '.repeat(101)}] }`,
      /`filter.ids` has 101 items, but takes at most 100/,
    ],
    [`filter: { tagsAny: ["${'x'.repeat(201)}"] }`, /`filter.tagsAny` contains a text of 201 characters/],
    ['filter: { createdAt: { from: "yesterday" } }', /DateTime cannot represent/],
    ['orderBy: { field: SIZE }', /Value "SIZE" does not exist in "ImageOrderField"/],
  ])('refuses images(%s)', async (args, message) => {
    const body = await ask(`{ images(${args}) { nodes { id } } }`);
    expect(body.errors?.[0]?.message).toMatch(message);
    expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(body.errors?.[0]?.extensions.code);
    expect(server.services.calls).toEqual([]);
  });

  it('treats explicit nulls as left out', async () => {
    const body = await ask(
      `{
        images(first: null, after: null, last: null, before: null, filter: null, orderBy: null) { nodes { id } }
        search(query: { text: "x" }, filter: null, first: null, after: null, minSimilarity: null, mode: null) {
          nodes { id thumbnailUrl(width: null) classify(labels: ["a"], templates: null, independent: null) { label } }
        }
      }`,
    );
    expect(body.errors).toBeUndefined();
  });

  it('finds nodes of each type, and null for everything that is none', async () => {
    const body = await ask(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } node(id: "nonsense") { id } image(id: "TW9kZWw6MQ") { id } }',
      {
        ids: [
          imageId(2),
          'TW9kZWw6MQ',
          imageId(99),
          Buffer.from('Image:9007199254740993').toString('base64url'),
          Buffer.from('Image:99999999999999999999').toString('base64url'),
          Buffer.from('Image:-1').toString('base64url'),
          `${imageId(2)}=`,
          "1'; DROP TABLE images",
        ],
      },
    );
    expect(body).toEqual({
      data: {
        nodes: [
          { __typename: 'Image', id: imageId(2) },
          { __typename: 'Model', id: 'TW9kZWw6MQ' },
          ...Array.from({ length: 6 }, () => null),
        ],
        node: null,
        image: null,
      },
    });
    expect(server.services.calls.sort()).toEqual(['images.byIds', 'search.models']);
  });

  it('searches, and pages with cursors that belong to the search', async () => {
    const query = `query ($after: String) {
      search(query: { text: "red car" }, first: 2, after: $after) {
        edges { cursor rank similarity node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        plan { strategy candidates exhaustive }
      }
    }`;
    const { search } = (await ask(query)).data as { search: { pageInfo: { endCursor: string } } };
    expect(search).toMatchObject({
      edges: [
        { rank: 1, similarity: 0.99, node: { id: imageId(1) } },
        { rank: 2, node: { id: imageId(2) } },
      ],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
      plan: { strategy: 'EXACT', candidates: 5, exhaustive: true },
    });
    const next = await ask(query, { after: search.pageInfo.endCursor });
    expect(next.data).toMatchObject({
      search: { edges: [{ rank: 3 }, { rank: 4 }], pageInfo: { hasPreviousPage: true } },
    });
  });

  it('leaves an image out that was deleted between the search and the load', async () => {
    const [deleted] = server.services.rows.splice(1, 1);
    const { search } = server.services;
    const original = search.search.bind(search);
    Object.assign(search, {
      search: async (request: Parameters<typeof original>[0]) => {
        const result = await original(request);
        const [match] = result.matches;
        return match ? { ...result, matches: [match, { ...match, imageId: 2, rank: 2 }] } : result;
      },
    });
    const body = await ask('{ search(query: { text: "x" }, first: 2) { edges { rank } nodes { id } } }');
    Object.assign(search, { search: original });
    if (deleted) server.services.rows.splice(1, 0, deleted);
    expect(body).toEqual({ data: { search: { edges: [{ rank: 1 }], nodes: [{ id: imageId(1) }] } } });
  });

  it('takes an image of the collection as a query, and reads others first', async () => {
    const byId = await ask(`{ search(query: { image: { id: "${imageId(1)}" } }) { nodes { id } } }`);
    expect(byId.errors).toBeUndefined();
    expect(server.services.calls).not.toContain('images.read');
    const byBytes = await ask('{ search(query: { image: { base64: "aGVsbG8=" } }) { nodes { id } } }');
    expect(byBytes.errors).toBeUndefined();
    expect(server.services.received.at(-1)?.toString()).toBe('hello');
    const refused = await ask('{ classify(image: { url: "http://127.0.0.1/" }, labels: ["a"]) { label } }');
    expect(refused.errors?.[0]).toMatchObject({
      message: '`image` is not accepted: http://127.0.0.1/ is not allowed.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    const foreign = await ask('{ search(query: { image: { id: "TW9kZWw6MQ" } }) { nodes { id } } }');
    expect(foreign.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/`query.image.id` contains "TW9kZWw6MQ"/) as string,
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it.each([
    ['garbage', 'not-a-cursor'],
    ['empty', ''],
    ['long', 'A'.repeat(100_000)],
    [
      'of a list of images',
      Buffer.from('[1,"images","CREATED_AT","DESC","x","2026-01-01T00:00:00.000Z",1]').toString('base64url'),
    ],
    ['of another search', Buffer.from('[1,"matches",0.1,1,1,"other"]').toString('base64url')],
    ['with a number that is none', Buffer.from('[1,"matches",1e999,1,1,"x"]').toString('base64url')],
    ['with an id beyond bigint', Buffer.from('[1,"matches",0.1,1e30,1,"x"]').toString('base64url')],
  ])('refuses a search cursor that is %s', async (_, after) => {
    const body = await ask(
      'query ($after: String) { search(query: { text: "x" }, after: $after) { nodes { id } } }',
      { after },
    );
    expect(body.errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
  });

  it('answers similar with nothing, and a plan, for an image that is not embedded', async () => {
    const { RequestError } = await import('../../../src/errors.js');
    server.services.failures.set('search.search', new RequestError('IMAGE_NOT_READY', 'not yet'));
    const body = await ask(
      `{ image(id: "${imageId(1)}") { similar { edges { rank } pageInfo { hasNextPage endCursor } plan { strategy candidates } } } }`,
    );
    expect(body).toEqual({
      data: {
        image: {
          similar: {
            edges: [],
            pageInfo: { hasNextPage: false, endCursor: null },
            plan: { strategy: 'EXACT', candidates: 0 },
          },
        },
      },
    });
  });

  it('embeds labels once for all images of an operation, and loads embeddings and images in one go', async () => {
    const body = await ask(
      `{ images { nodes { embedding a: classify(labels: ["x", "y"]) { label score } b: classify(labels: ["x", "y"]) { label } } } }`,
    );
    expect(body.errors).toBeUndefined();
    expect(server.services.calls.sort()).toEqual([
      'classification.embedLabels',
      'images.list',
      'search.embeddings',
    ]);
  });

  it('refuses to classify an image that is not ready, and says what to do', async () => {
    const { fakeRow } = await import('./fake-services.js');
    server.services.rows.push(fakeRow(77, { status: 'PENDING' }));
    const body = await ask(
      `{ image(id: "${imageId(77)}") { status embedding classify(labels: ["x"]) { label } } }`,
    );
    server.services.rows.pop();
    expect(body.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/not been embedded yet/) as string,
      path: ['image', 'classify'],
      extensions: { code: 'IMAGE_NOT_READY' },
    });
  });

  it('counts more bytes than an Int holds', async () => {
    expect((await ask('{ stats { byteSize imageCount activeModel { name } } }')).data).toEqual({
      stats: { byteSize: 5e9, imageCount: 5, activeModel: { name: 'fake-clip' } },
    });
  });
});
