import type { Client } from 'graphql-ws';
import pg from 'pg';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { uploadGraphql, webSocketClient } from '../support/graphql-client.js';

const COUNT = 30;

let app: TestApp;
let client: Client;
let ids: string[] = [];

const connection = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    endCursor: z.string().nullable(),
  }),
});

beforeAll(async () => {
  app = await startTestApp();
  client = webSocketClient(app.url);
  const pictures = await Promise.all(Array.from({ length: COUNT }, (_, index) => picture(index)));
  const { body } = await uploadGraphql(
    app.url,
    `mutation (${pictures.map((_, index) => `$f${index}: Upload!`).join(', ')}) {
      addImages(input: { images: [${pictures
        .map(
          (_, index) =>
            `{ source: { upload: $f${index} }, tags: ["${index % 2 === 0 ? 'even' : 'odd'}"], metadata: { index: ${index} } }`,
        )
        .join(
          ', ',
        )}] }) { results { __typename ... on ImageAccepted { image { id } } ... on ImageRejected { message } } }
    }`,
    Object.fromEntries(pictures.map((_, index) => [`f${index}`, null])),
    pictures.map((bytes, index) => ({ path: `variables.f${index}`, name: `picture-${index}.png`, bytes })),
  );
  const added = z
    .object({
      data: z.object({
        addImages: z.object({ results: z.array(z.object({ image: z.object({ id: z.string() }) })) }),
      }),
    })
    .safeParse(body);
  if (!added.success) throw new Error(JSON.stringify(body));
  ids = added.data.data.addImages.results.map(({ image }) => image.id);
  await vi.waitFor(
    async () => {
      expect((await app.graphql('{ stats { readyCount } }')).data).toEqual({ stats: { readyCount: COUNT } });
    },
    { timeout: 90_000, interval: 200 },
  );
});
afterAll(async () => {
  await client.dispose();
  await app.close();
});

/** Stripes of two colours: each picture is another one, and its embedding too. */
async function picture(seed: number): Promise<Buffer> {
  const pixels = Buffer.alloc(64 * 64 * 3);
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const bright = Math.floor((x * ((seed % 5) + 1) + y * (seed % 7)) / 16) % 2 === 0;
      pixels.set(
        [bright ? 250 : (seed * 37) % 256, (seed * 91) % 256, bright ? (seed * 53) % 256 : 10],
        (y * 64 + x) * 3,
      );
    }
  }
  return sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
}

const ask =
  <T>(schema: z.ZodType<T>) =>
  async (query: string, variables?: Record<string, unknown>): Promise<T> => {
    const { data, errors } = await app.graphql(query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return schema.parse(data);
  };
const codeOf = async (query: string, variables?: Record<string, unknown>) => {
  const { errors } = await app.graphql(query, variables);
  return errors?.[0]?.extensions.code;
};

/** Follows the cursors to the end. */
async function walk(field: string, args: string): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: z.infer<typeof connection> = (
      await ask(z.object({ list: connection }))(
        `query ($after: String) { list: ${field}(first: 7, after: $after, ${args}) {
          edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
        { after },
      )
    ).list;
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...page.edges.map(({ node }) => node.id));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return seen;
}

describe('paging', () => {
  it.each([
    'orderBy: { field: CREATED_AT }',
    'orderBy: { field: FILENAME, direction: ASC }',
    'orderBy: { field: BYTE_SIZE, direction: DESC }',
    'orderBy: { field: UPDATED_AT, direction: ASC }, filter: { status: [READY] }',
  ])('through images(%s) meets each image once', async (args) => {
    const seen = await walk('images', args);
    expect(seen).toHaveLength(COUNT);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('through a search meets each image once, in the same order as in one page', async () => {
    const seen = await walk('search', 'query: { text: "red stripes" }');
    const whole = await ask(z.object({ search: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }))(
      '{ search(query: { text: "red stripes" }, first: 100) { nodes { id } } }',
    );
    expect(seen).toEqual(whole.search.nodes.map(({ id }) => id));
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('goes backwards, and counts what matches the filter', async () => {
    const query = `query ($before: String) {
      images(last: 10, before: $before, orderBy: { field: FILENAME, direction: ASC }, filter: { tagsAny: ["odd"] }) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor } totalCount } }`;
    const page = z.object({
      images: z.object({
        edges: z.array(z.unknown()),
        totalCount: z.number(),
        pageInfo: z.object({
          hasPreviousPage: z.boolean(),
          hasNextPage: z.boolean(),
          startCursor: z.string(),
        }),
      }),
    });
    const { images: last } = await ask(page)(query);
    expect(last).toMatchObject({
      totalCount: COUNT / 2,
      pageInfo: { hasPreviousPage: true, hasNextPage: false },
    });
    const { images: first } = await ask(page)(query, { before: last.pageInfo.startCursor });
    expect(first.edges).toHaveLength(5);
    expect(first).toMatchObject({ pageInfo: { hasPreviousPage: false, hasNextPage: true } });
  });

  it('refuses the cursor of another search, filter, threshold or list', async () => {
    const { search } = await ask(z.object({ search: connection }))(
      '{ search(query: { text: "stripes" }, first: 1, filter: { tagsAny: ["odd"] }) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );
    const after = search.pageInfo.endCursor;
    const again = (args: string) =>
      codeOf(`query ($after: String) { search(first: 1, after: $after, ${args}) { nodes { id } } }`, {
        after,
      });
    expect(await again('query: { text: "stripes" }, filter: { tagsAny: ["odd"] }')).toBeUndefined();
    expect(
      await again('query: { text: "stripes" }, filter: { tagsAny: ["odd"] }, mode: EXACT'),
    ).toBeUndefined();
    expect(await again('query: { text: "dots" }, filter: { tagsAny: ["odd"] }')).toBe('INVALID_CURSOR');
    expect(await again('query: { text: "stripes" }')).toBe('INVALID_CURSOR');
    expect(await codeOf('query ($after: String) { images(after: $after) { totalCount } }', { after })).toBe(
      'INVALID_CURSOR',
    );
  });
});

describe('bad input that reaches the database', () => {
  const forged = (...content: unknown[]) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const SEARCH = 'query ($query: SearchQuery!) { search(query: $query) { nodes { id } } }';
  const CLASSIFY = `query ($labels: [String!]!, $templates: [String!]) { images(first: 1) { nodes { classify(labels: $labels, templates: $templates) { label } } } }`;

  it.each([
    ['an empty query', SEARCH, { query: { text: '' } }],
    ['a query of spaces', SEARCH, { query: { text: '  \n ' } }],
    ['a query of 10,000 characters', SEARCH, { query: { text: 'x'.repeat(10_000) } }],
    ['a query with U+0000', SEARCH, { query: { text: 'red\0car' } }],
    ['a vector of the wrong length', SEARCH, { query: { vector: [1, 2, 3] } }],
    ['an empty vector', SEARCH, { query: { vector: [] } }],
    ['a base64 that is none', SEARCH, { query: { image: { base64: 'not base64!' } } }],
    ['an image that is none', SEARCH, { query: { image: { base64: 'aGVsbG8=' } } }],
    ['a private address', SEARCH, { query: { image: { url: 'http://127.0.0.1:1/' } } }],
    ['a file of this machine', SEARCH, { query: { image: { url: 'file:///etc/passwd' } } }],
    ['no label', CLASSIFY, { labels: [] }],
    ['an empty label', CLASSIFY, { labels: ['a', ''] }],
    ['a label twice', CLASSIFY, { labels: ['a', 'a'] }],
    ['101 labels', CLASSIFY, { labels: Array.from({ length: 101 }, (_, index) => `l${index}`) }],
    ['a label of 10,000 characters', CLASSIFY, { labels: ['x'.repeat(10_000)] }],
    ['a label with U+0000', CLASSIFY, { labels: ['a\0b'] }],
    ['a template without the label', CLASSIFY, { labels: ['a'], templates: ['a photo'] }],
    ['21 templates', CLASSIFY, { labels: ['a'], templates: Array.from({ length: 21 }, () => '{label}') }],
    ['a similarity beyond 1', '{ search(query: { text: "x" }, minSimilarity: 1.5) { nodes { id } } }', {}],
  ])('refuses %s, and says why', async (_, query, variables) => {
    const { errors } = await app.graphql(query, variables);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message.length).toBeGreaterThan(20);
  });

  it('says that an example image is unknown', async () => {
    const id = Buffer.from('Image:999999').toString('base64url');
    expect(await codeOf(SEARCH, { query: { image: { id } } })).toBe('NOT_FOUND');
    expect(await codeOf(`{ classify(image: { id: "${id}" }, labels: ["a"]) { label } }`)).toBe('NOT_FOUND');
    expect(await codeOf(`{ image(id: "${id}") { id } }`)).toBeUndefined();
  });

  it.each([
    [
      'tags with U+0000',
      '{ images(filter: { tagsAny: ["a\\u0000b"], tagsNone: ["\\u0000"] }) { totalCount } }',
    ],
    ['tags that are half a character', '{ images(filter: { tagsAll: ["\\ud800"] }) { totalCount } }'],
    ['the year 0', '{ images(filter: { createdAt: { from: "0000-01-01T00:00:00Z" } }) { totalCount } }'],
    [
      'the year 9999',
      '{ images(filter: { createdAt: { before: "9999-12-31T23:59:59.999Z" } }) { totalCount } }',
    ],
    ['a tiny vector', '{ search(query: { text: "x" }, minSimilarity: -1) { nodes { id } } }'],
    ['quotes', `{ search(query: { text: "'; DROP TABLE images; --" }) { nodes { id } } }`],
    ['half a character', '{ search(query: { text: "x\\ud83d" }) { nodes { id } } }'],
  ])('takes %s in its stride', async (_, query) => {
    const { errors } = await app.graphql(query);
    expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it('answers forged cursors without an error of the database', async () => {
    const { images } = await ask(z.object({ images: connection }))(
      '{ images(first: 1, orderBy: { field: FILENAME }) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );
    const [, , , , digest] = z
      .tuple([z.number(), z.string(), z.string(), z.string(), z.string(), z.unknown(), z.number()])
      .parse(JSON.parse(Buffer.from(images.pageInfo.endCursor ?? '', 'base64url').toString()));
    const big = Number.MAX_SAFE_INTEGER;
    for (const [field, key] of [
      ['CREATED_AT', '9999-12-31T23:59:59.999Z'],
      ['CREATED_AT', '1970-01-01T00:00:00Z'],
      ['CREATED_AT', '2026-13-45T99:99:99Z'],
      ['UPDATED_AT', 'infinity'],
      ['UPDATED_AT', null],
      ['FILENAME', "x'; --"],
      ['FILENAME', 'half \ud800'],
      ['FILENAME', 'nul \0'],
      ['FILENAME', null],
      ['BYTE_SIZE', big],
      ['BYTE_SIZE', 1e300],
    ] as const) {
      const code = await codeOf(
        `query ($after: String) { images(first: 1, after: $after, orderBy: { field: ${field} }) { nodes { id } } }`,
        { after: forged(1, 'images', field, 'DESC', digest, key, big) },
      );
      expect([field, key, code]).toEqual([field, key, code === undefined ? undefined : 'INVALID_CURSOR']);
    }
  });

  it('rejects what cannot be stored about an image, as values', async () => {
    const bytes = (await picture(1000)).toString('base64');
    const { addImages } = await ask(
      z.object({ addImages: z.object({ results: z.array(z.object({ code: z.string().optional() })) }) }),
    )(
      'mutation ($input: AddImagesInput!) { addImages(input: $input) { results { ... on ImageRejected { code message } } } }',
      {
        input: {
          images: [
            { source: { base64: bytes }, tags: ['a\0b'] },
            { source: { base64: bytes }, metadata: { text: 'a\0b' } },
            { source: { base64: bytes }, metadata: [1, 2] },
            { source: { base64: bytes }, metadata: 'text' },
            { source: { base64: bytes }, title: 'x'.repeat(1001) },
            { source: { base64: '' } },
            { source: { base64: 'aGVsbG8=' }, filename: 'text.jpg' },
            { source: { base64: bytes.slice(0, 120) } },
            { source: { url: 'http://[::1]/' } },
          ],
        },
      },
    );
    expect(addImages.results.map(({ code }) => code)).toEqual([
      'INVALID_INPUT',
      'INVALID_INPUT',
      'INVALID_INPUT',
      'INVALID_INPUT',
      'INVALID_INPUT',
      'EMPTY',
      'UNSUPPORTED',
      'UNREADABLE',
      'URL_REFUSED',
    ]);
  });
});

describe('statements', () => {
  /** The statements of src/db that an operation runs; those of background work and health are not among them. */
  async function statementsOf(query: string): Promise<string[]> {
    const names: string[] = [];
    const spy = vi.spyOn(pg.Client.prototype, 'query').mockName('query');
    const { errors } = await app.graphql(query);
    for (const [statement] of spy.mock.calls as unknown[][]) {
      const text =
        typeof statement === 'string'
          ? statement
          : z.object({ text: z.string() }).safeParse(statement).data?.text;
      const name = /^\s*\/\* (\S+) \*\//.exec(text ?? '')?.[1];
      if (name !== undefined && !/^(jobs|listener|gateway|worker)/i.test(name)) names.push(name);
    }
    spy.mockRestore();
    expect(errors).toBeUndefined();
    return names.sort();
  }

  it.each([
    [
      'a page with embeddings and scores',
      (first: number) =>
        `{ images(first: ${first}) { nodes { id embedding classify(labels: ["red", "blue"]) { label score } } } }`,
    ],
    [
      'a page with its edges',
      (first: number) =>
        `{ images(first: ${first}) { edges { cursor node { id title } } pageInfo { endCursor hasNextPage } totalCount } }`,
    ],
    [
      'a search',
      (first: number) =>
        `{ search(query: { text: "red" }, first: ${first}) { edges { node { id filename embedding } } plan { strategy } } }`,
    ],
    [
      'nodes by id',
      (first: number) =>
        `{ nodes(ids: [${ids
          .slice(0, first)
          .map((id) => `"${id}"`)
          .join(
            ' ',
          )}]) { ... on Image { filename embedding classify(labels: ["red", "blue"]) { score } } } }`,
    ],
  ])('of %s do not grow with the number of images', async (_, query) => {
    await statementsOf(query(2)); // The first time, new texts are encoded and stored.
    const few = await statementsOf(query(2));
    const many = await statementsOf(query(29));
    expect(few.length).toBeGreaterThan(0);
    expect(many).toEqual(few);
    expect(many.length).toBeLessThanOrEqual(6);
  });
});

describe('an image', () => {
  it('finds similar ones, and never itself', async () => {
    const [id] = ids;
    const { image } = await ask(
      z.object({
        image: z.object({
          similar: z.object({
            edges: z.array(
              z.object({ rank: z.number(), similarity: z.number(), node: z.object({ id: z.string() }) }),
            ),
          }),
        }),
      }),
    )(
      'query ($id: ID!) { image(id: $id) { similar(first: 100) { edges { rank similarity node { id } } } } }',
      { id },
    );
    expect(image.similar.edges).toHaveLength(COUNT - 1);
    expect(image.similar.edges.map(({ node }) => node.id)).not.toContain(id);
    expect(image.similar.edges.map(({ rank }) => rank)).toEqual(
      Array.from({ length: COUNT - 1 }, (_, index) => index + 1),
    );
  });

  it('has a unit vector, with which a search finds it first', async () => {
    const { image } = await ask(z.object({ image: z.object({ embedding: z.array(z.number()) }) }))(
      'query ($id: ID!) { image(id: $id) { embedding } }',
      { id: ids[3] },
    );
    expect(Math.hypot(...image.embedding)).toBeCloseTo(1, 4);
    const { search } = await ask(z.object({ search: connection }))(
      'query ($vector: [Float!]!) { search(query: { vector: $vector }, first: 1) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
      { vector: image.embedding },
    );
    expect(search.edges[0]?.node.id).toBe(ids[3]);
  });

  it('that is uploaded as a query finds the same bytes first, and is not added', async () => {
    const { body } = await uploadGraphql(
      app.url,
      'query ($file: Upload!) { search(query: { image: { upload: $file } }, first: 1) { nodes { id } } classify(image: { upload: $file }, labels: ["red", "blue"]) { label score } stats { imageCount } }',
      { file: null },
      [{ path: 'variables.file', name: 'query.png', bytes: await picture(4) }],
    );
    expect(body).toMatchObject({
      data: { search: { nodes: [{ id: ids[4] }] }, stats: { imageCount: COUNT } },
    });
    const { classify } = z
      .object({ data: z.object({ classify: z.array(z.object({ score: z.number() })) }) })
      .parse(body).data;
    expect(classify.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  });

  it('can be changed, tells over WebSocket when it is processed, and is gone when deleted', async () => {
    const events: unknown[] = [];
    const stop = client.subscribe(
      { query: 'subscription { imageProcessed { id status title tags } }' },
      { next: ({ data }) => events.push(data), error: () => undefined, complete: () => undefined },
    );
    const added = await new Promise((resolve, reject) => {
      void picture(2000).then((bytes) =>
        client.subscribe(
          {
            query:
              'mutation ($base64: String!) { addImages(input: { images: [{ source: { base64: $base64 }, title: "New" }] }) { results { ... on ImageAccepted { image { id } } } } }',
            variables: { base64: bytes.toString('base64') },
          },
          { next: resolve, error: reject, complete: () => undefined },
        ),
      );
    });
    const id = z
      .object({
        data: z.object({
          addImages: z.object({ results: z.tuple([z.object({ image: z.object({ id: z.string() }) })]) }),
        }),
      })
      .parse(added).data.addImages.results[0].image.id;
    await expect
      .poll(() => events, { timeout: 30_000 })
      .toContainEqual({
        imageProcessed: { id, status: 'READY', title: 'New', tags: [] },
      });
    stop();

    const { data } = await app.graphql(
      'mutation ($input: UpdateImageInput!) { updateImage(input: $input) { result { ... on ImageUpdated { image { title tags metadata } } ... on InvalidInput { field message } } } }',
      { input: { id, title: null, tags: ['b', ' a ', 'b'], metadata: { nested: { list: [1, null] } } } },
    );
    expect(data).toEqual({
      updateImage: {
        result: { image: { title: null, tags: ['a', 'b'], metadata: { nested: { list: [1, null] } } } },
      },
    });
    expect(
      (
        await app.graphql('mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds notFoundIds } }', {
          ids: [id, id],
        })
      ).data,
    ).toEqual({
      deleteImages: { deletedIds: [id], notFoundIds: [] },
    });
    expect(
      (await app.graphql('query ($id: ID!) { image(id: $id) { id } node(id: $id) { id } }', { id })).data,
    ).toEqual({
      image: null,
      node: null,
    });
  });

  it('takes metadata as a literal too', async () => {
    const { data } = await app.graphql(
      'mutation ($id: ID!) { updateImage(input: { id: $id, metadata: { a: 1, b: [true, { c: "d" }] } }) { result { ... on ImageUpdated { image { metadata } } ... on InvalidInput { field message } } } }',
      { id: ids[0] },
    );
    expect(data).toEqual({
      updateImage: { result: { image: { metadata: { a: 1, b: [true, { c: 'd' }] } } } },
    });
  });
});
