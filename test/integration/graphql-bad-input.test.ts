import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connection, startStripedApp, stripes, type StripedApp } from '../support/striped-app.js';

const COUNT = 1;

let striped: StripedApp;
beforeAll(async () => {
  striped = await startStripedApp(COUNT);
});
afterAll(() => striped.app.close());

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
    const { errors } = await striped.app.graphql(query, variables);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message.length).toBeGreaterThan(20);
  });

  it('says that an example image is unknown', async () => {
    const id = Buffer.from('Image:999999').toString('base64url');
    expect(await striped.codeOf(SEARCH, { query: { image: { id } } })).toBe('NOT_FOUND');
    expect(await striped.codeOf(`{ classify(image: { id: "${id}" }, labels: ["a"]) { label } }`)).toBe(
      'NOT_FOUND',
    );
    expect(await striped.codeOf(`{ image(id: "${id}") { id } }`)).toBeUndefined();
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
    const { errors } = await striped.app.graphql(query);
    expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it('answers forged cursors without an error of the database', async () => {
    const { images } = await striped.ask(
      z.object({ images: connection }),
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
      const code = await striped.codeOf(
        `query ($after: String) { images(first: 1, after: $after, orderBy: { field: ${field} }) { nodes { id } } }`,
        { after: forged(1, 'images', field, 'DESC', digest, key, big) },
      );
      expect([field, key, code]).toEqual([field, key, code === undefined ? undefined : 'INVALID_CURSOR']);
    }
  });

  it('rejects what cannot be stored about an image, as values', async () => {
    const bytes = (await stripes(1000)).toString('base64');
    const { addImages } = await striped.ask(
      z.object({ addImages: z.object({ results: z.array(z.object({ code: z.string().optional() })) }) }),
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
