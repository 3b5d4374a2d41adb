import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { makePicture } from '../support/pictures.js';
import { insertEmbeddedImages, unit } from '../support/vectors.js';

const match = z.object({ similarity: z.number(), node: z.object({ id: z.string() }) });
const found = z.object({
  search: z.object({
    edges: z.array(match),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

let app: TestApp;
let dimensions: number;
/** Global ids of images whose embeddings are `axis` 0, 1 and 2. */
let axes: readonly [string, string, string];

const globalId = (id: number) => Buffer.from(`Image:${id}`).toString('base64url');
/** The unit vector along one of the model's dimensions. */
const axis = (index: number) => Array.from({ length: dimensions }, (_, place) => (place === index ? 1 : 0));

beforeAll(async () => {
  app = await startTestApp();
  dimensions = app.app.model.dimensions;
  const vectors = [0, 1, 2].map((index) => Float32Array.from(axis(index)));
  const ids = await insertEmbeddedImages(app.app.database.pool, app.app.model.id, vectors);
  const [a = 0, b = 0, c = 0] = ids;
  axes = [globalId(a), globalId(b), globalId(c)];
});
afterAll(() => app.close());

const SEARCH = `query ($query: SearchQuery!, $first: Int, $after: String, $filter: ImageFilter) {
  search(query: $query, first: $first, after: $after, filter: $filter) {
    edges { similarity node { id } } pageInfo { hasNextPage endCursor } } }`;

const post = (query: unknown, variables: Record<string, unknown> = {}) =>
  app.graphql(SEARCH, { query, ...variables });

async function search(query: unknown, variables?: Record<string, unknown>) {
  const { data, errors } = await post(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return found.parse(data).search;
}

/** The similarities with the images on the axes: the first three numbers of the query's unit vector. */
async function components(query: unknown): Promise<number[]> {
  const { edges } = await search(query, { filter: { ids: axes } });
  return axes.map((id) => edges.find(({ node }) => node.id === id)?.similarity ?? Number.NaN);
}

const term = (query: unknown, weight?: number) => ({ query, ...(weight !== undefined && { weight }) });
const vectorTerm = (index: number, weight?: number) => term({ vector: axis(index) }, weight);
const combine = (...terms: unknown[]) => ({ combine: terms });
const text = (words: string, weight?: number) => term({ text: words }, weight);

describe('the arithmetic', () => {
  it('is what the documentation shows on three vectors', async () => {
    const documentation = await readFile(new URL('../../docs/search.md', import.meta.url), 'utf8');
    const queries: Record<string, unknown> = {
      'a + b': combine(vectorTerm(0), vectorTerm(1)),
      '3a + 4b': combine(vectorTerm(0, 3), vectorTerm(1, 4)),
      '30a + 40b': combine(vectorTerm(0, 30), vectorTerm(1, 40)),
      'a − 0.5b': combine(vectorTerm(0, 1), vectorTerm(1, -0.5)),
      '−a': combine(vectorTerm(0, -1)),
      'a + b + c': combine(vectorTerm(0), vectorTerm(1), vectorTerm(2)),
      '(a + b) + c': combine(term(combine(vectorTerm(0), vectorTerm(1))), vectorTerm(2)),
    };
    const shown = new Map(
      [...documentation.matchAll(/^\| `(.+?)` \|.*\| \((.+?)\) \|$/gm)].map(([, sum = '', vector = '']) => [
        sum,
        vector.split(', ').map((value) => Number(value.replace('−', '-'))),
      ]),
    );
    expect([...shown.keys()]).toEqual(Object.keys(queries));
    for (const [sum, query] of Object.entries(queries)) {
      const similarities = await components(query);
      for (const [place, value] of (shown.get(sum) ?? []).entries()) {
        expect(similarities[place], sum).toBeCloseTo(value, 3);
      }
    }
  });

  it('is the same for texts, images of the collection, other images and templates', async () => {
    const { encoder } = app.app;
    const bytes = await makePicture(3, { width: 64, height: 64, format: 'png' });
    const templates = ['a photo of a {label}', 'a drawing of a {label}'];
    const [beach = [], people = [], photo = [], drawing = []] = await encoder.encodeTexts([
      'a beach',
      'people',
      'a photo of a red car',
      'a drawing of a red car',
    ]);
    const [picture = []] = await encoder.encodeImages([bytes]);
    const sum = (...terms: (readonly [ArrayLike<number>, number])[]) =>
      unit(
        Array.from({ length: dimensions }, (_, place) =>
          terms.reduce((total, [vector, weight]) => total + weight * (vector[place] ?? 0), 0),
        ),
      );
    const car = sum([photo, 1], [drawing, 1]);
    for (const [query, expected] of [
      [combine(text('a beach'), text('people', -1)), sum([beach, 1], [people, -1])],
      [{ prompts: { label: 'red car', templates } }, car],
      [
        combine(
          term({ image: { id: axes[1] } }, 0.5),
          term({ image: { base64: bytes.toString('base64') } }),
          term({ prompts: { label: ' red  car', templates } }, -0.25),
          term(combine(text('people', 2), vectorTerm(0)), 0.75),
        ),
        sum([axis(1), 0.5], [picture, 1], [car, -0.25], [sum([people, 2], [axis(0), 1]), 0.75]),
      ],
    ] as const) {
      for (const [place, similarity] of (await components(query)).entries()) {
        expect(similarity).toBeCloseTo(expected[place] ?? Number.NaN, 4);
      }
    }
  });

  it('finds what several example images have in common', async () => {
    const between = unit(axis(0).map((value, place) => value + (axis(1)[place] ?? 0)));
    const [id = 0] = await insertEmbeddedImages(app.app.database.pool, app.app.model.id, [between]);
    const examples = combine(term({ image: { id: axes[0] } }), term({ image: { id: axes[1] } }));
    expect((await search(examples)).edges[0]).toMatchObject({ node: { id: globalId(id) } });
  });
});

describe('what cannot be answered', () => {
  const code = async (query: unknown) => {
    const { errors } = await post(query);
    return [errors?.[0]?.extensions.code, errors?.[0]?.message];
  };

  it('is said with the place of the term', async () => {
    const unknown = { image: { id: globalId(999_999) } };
    for (const [query, message, expected = 'BAD_USER_INPUT'] of [
      [combine(text('a'), text('  ')), /^Term 2 of the query: The query is empty/],
      [combine(text('a'), term(unknown)), /^Term 2 of the query: There is no image/, 'NOT_FOUND'],
      [
        combine(text('a'), term(combine(text('b'), vectorTerm(0), term(unknown)))),
        /^Term 2\.3 of the query: There is no image/,
        'NOT_FOUND',
      ],
      [combine(term({ vector: [1, 2] })), /^Term 1 of the query: The query vector has 2 numbers/],
      [
        combine(term({ prompts: { label: 'a', templates: ['a photo'] } })),
        /^Term 1 of the query: Template 1, "a photo", has no \{label\}/,
      ],
      [
        combine(term({ image: { base64: 'aGVsbG8=' } })),
        /`query\.combine\[0\]\.query\.image` is not accepted/,
      ],
    ] as const) {
      const [actual, said] = await code(query);
      expect([actual, said]).toEqual([expected, expect.stringMatching(message)]);
    }
  });

  it('is a sum that vanishes', async () => {
    expect(await code(combine(text('red car', 2), text(' red   car', -2)))).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(/^The terms cancel each other out/),
    ]);
    const nothing = combine(vectorTerm(0), vectorTerm(0, -1));
    expect(await code(combine(text('a'), term(nothing, 0.001)))).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(/^Term 2 of the query: The terms cancel each other out/),
    ]);
  });
});

describe('cursors', () => {
  it('page through a composed query, and belong to it', async () => {
    const query = combine(vectorTerm(0, 3), vectorTerm(1, 2), vectorTerm(2));
    const whole = await search(query, { first: 100 });
    const ids: string[] = [];
    const cursors: string[] = [];
    for (let after: string | null = null; ;) {
      const { edges, pageInfo }: z.infer<typeof found>['search'] = await search(query, { first: 1, after });
      ids.push(...edges.map(({ node }) => node.id));
      after = pageInfo.endCursor;
      cursors.push(after ?? '');
      if (!pageInfo.hasNextPage) break;
    }
    expect(ids).toEqual(whole.edges.map(({ node }) => node.id));
    expect(ids.length).toBeGreaterThan(2);

    const [after] = cursors;
    for (const other of [
      combine(vectorTerm(0, 3), vectorTerm(1, 2), vectorTerm(2, 1.5)),
      combine(vectorTerm(0, 3), vectorTerm(1, 2)),
      combine(term(combine(vectorTerm(0, 3), vectorTerm(1, 2))), vectorTerm(2)),
      { vector: axis(0) },
    ]) {
      const { errors } = await post(other, { after });
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'INVALID_CURSOR' },
        message: expect.stringMatching(/belongs to another search: its query differs/) as string,
      });
    }
  });
});
