import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages } from '../support/vectors.js';

/** Groups of images that look as these words say, to the model. */
const GROUPS = ['guitar', 'pizza', 'dog'];
const A_GROUP = 12;

const score = z.object({ label: z.string(), score: z.number(), similarity: z.number() });
const cluster = z.object({
  imageCount: z.number(),
  cohesion: z.number(),
  representatives: z.array(z.object({ id: z.string(), tags: z.array(z.string()) })),
  suggestedLabels: z.array(score),
  images: z.object({
    edges: z.array(
      z.object({ similarity: z.number(), rank: z.number(), node: z.object({ id: z.string() }) }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
const clustersAnswer = z.object({
  clusters: z.object({ clusteredCount: z.number(), exhaustive: z.boolean(), clusters: z.array(cluster) }),
});

let app: TestApp;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-words-'));
  await writeFile(
    path.join(folder, 'menu.txt'),
    '\uFEFF# What is eaten here\n\npizza\r\n  noodle   soup \npizza\nice cream\n',
  );
  app = await startTestApp({ VOCABULARY_FOLDER: folder });
  const { encoder, database, model } = app.app;
  const words = await encoder.encodeTexts(GROUPS);
  const vectors = GROUPS.flatMap((_, group) =>
    Array.from({ length: A_GROUP + group }, (_, index) => {
      const vector = Float32Array.from(words[group] ?? []);
      vector[index] = (vector[index] ?? 0) + 0.05;
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    }),
  );
  const groupAt = GROUPS.flatMap((word, group) => Array.from({ length: A_GROUP + group }, () => word));
  await insertEmbeddedImages(database.pool, model.id, vectors, (index) => [groupAt[index] ?? '']);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const CLUSTERS = `query ($k: Int!, $filter: ImageFilter, $first: Int, $after: String) { clusters(k: $k, filter: $filter) {
  clusteredCount exhaustive clusters { imageCount cohesion representatives(first: 2) { id tags }
    suggestedLabels(first: 3) { label score similarity }
    images(first: $first, after: $after) { edges { similarity rank node { id } } pageInfo { hasNextPage endCursor } } } } }`;
async function clusters(variables: Record<string, unknown>) {
  const { data, errors } = await app.graphql(CLUSTERS, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return clustersAnswer.parse(data).clusters;
}
async function suggest(argumentsText: string) {
  const { data, errors } = await app.graphql(
    `{ suggestLabels(${argumentsText}) { label score similarity } }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return z.object({ suggestLabels: z.array(score) }).parse(data).suggestLabels;
}
const refusal = async (query: string) => (await app.graphql(query)).errors?.[0];

describe('clusters', () => {
  it('finds the groups of the collection, largest first, and says what they are', async () => {
    const found = await clusters({ k: 3 });
    expect(found).toMatchObject({ clusteredCount: 39, exhaustive: true });
    expect(found.clusters.map(({ imageCount }) => imageCount)).toEqual([14, 13, 12]);
    expect(found.clusters.map(({ representatives }) => representatives.map(({ tags }) => tags[0]))).toEqual([
      ['dog', 'dog'],
      ['pizza', 'pizza'],
      ['guitar', 'guitar'],
    ]);
    for (const [index, word] of ['dog', 'pizza', 'guitar'].entries()) {
      const { suggestedLabels, cohesion } = found.clusters[index] ?? { suggestedLabels: [], cohesion: 0 };
      expect(suggestedLabels.map(({ label }) => label)).toContain(word);
      expect(cohesion).toBeGreaterThan(0.95);
    }
    expect(await clusters({ k: 3 })).toEqual(found);
  });

  it('keeps to the filter, and to what there is', async () => {
    const filter = { tagsAny: ['pizza'] };
    expect((await clusters({ k: 2, filter })).clusteredCount).toBe(13);
    expect(await clusters({ k: 2, filter: { tagsAny: ['nothing'] } })).toEqual({
      clusteredCount: 0,
      exhaustive: true,
      clusters: [],
    });
  });

  it('pages through the images of a cluster', async () => {
    const filter = { tagsAny: ['guitar'] };
    const ids: string[] = [];
    const similarities: number[] = [];
    for (let after: string | null = null; ;) {
      const {
        clusters: [only],
      } = await clusters({ k: 1, filter, first: 5, after });
      if (only === undefined) throw new Error('no cluster');
      ids.push(...only.images.edges.map(({ node }) => node.id));
      similarities.push(...only.images.edges.map(({ similarity }) => similarity));
      if (!only.images.pageInfo.hasNextPage) break;
      after = only.images.pageInfo.endCursor;
    }
    expect(new Set(ids).size).toBe(A_GROUP);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    const {
      clusters: [other],
    } = await clusters({ k: 1, filter, first: 1 });
    const { errors } = await app.graphql(CLUSTERS, {
      k: 1,
      filter: { tagsAny: ['dog'] },
      after: other?.images.pageInfo.endCursor,
    });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'INVALID_CURSOR' } });
  });

  it.each([0, 51])('refuses k: %i', async (k) => {
    expect(await refusal(`{ clusters(k: ${k}) { clusteredCount } }`)).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringMatching(/from 1 to 50 clusters/) as string,
    });
  });
});

describe('suggestLabels', () => {
  it('finds the words for the images of a filter and for one image, in English and Czech', async () => {
    const words = await suggest('filter: { tagsAny: ["guitar"] }, first: 100');
    expect(words[0]?.label).toBe('guitar');
    expect(words).toHaveLength(100);
    expect(words.reduce((sum, { score }) => sum + score, 0)).toBeLessThanOrEqual(1.000001);
    const czech = await suggest('filter: { tagsAny: ["guitar"] }, vocabulary: "czech", first: 3');
    expect(czech.map(({ label }) => label)).toContain('kytara');
    const { data } = await app.graphql(
      '{ images(first: 1, filter: { tagsAny: ["dog"] }) { nodes { id suggestedLabels(first: 5) { label } } } }',
    );
    const { images } = z
      .object({
        images: z.object({
          nodes: z.tuple([
            z.object({ id: z.string(), suggestedLabels: z.array(z.object({ label: z.string() })) }),
          ]),
        }),
      })
      .parse(data);
    const [{ id, suggestedLabels }] = images.nodes;
    expect(suggestedLabels.map(({ label }) => label)).toContain('dog');
    const same = await suggest(`image: { id: "${id}" }, first: 5`);
    expect(same.map(({ label }) => label)).toEqual(suggestedLabels.map(({ label }) => label));
  });

  it('takes vocabularies of the operator', async () => {
    const { data } = await app.graphql('{ vocabularies { name wordCount } }');
    const { vocabularies } = z
      .object({ vocabularies: z.array(z.object({ name: z.string(), wordCount: z.number() })) })
      .parse(data);
    expect(vocabularies.map(({ name }) => name)).toEqual(['czech', 'english', 'menu']);
    expect(vocabularies[2]?.wordCount).toBe(3);
    const words = await suggest('filter: { tagsAny: ["pizza"] }, vocabulary: "menu"');
    expect(words.map(({ label }) => label)[0]).toBe('pizza');
    expect(words.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  });

  it('encodes a vocabulary once', async () => {
    const count = async () => {
      const { rows } = await app.app.database.pool.query(
        'SELECT count(*)::int AS count FROM text_embeddings',
      );
      return z.tuple([z.object({ count: z.number() })]).parse(rows)[0].count;
    };
    await suggest('filter: {}');
    const before = await count();
    expect(before).toBeGreaterThan(700);
    await suggest('filter: {}');
    expect(await count()).toBe(before);
  });

  it('says what is wrong', async () => {
    expect(await refusal('{ suggestLabels { label } }')).toMatchObject({
      message: expect.stringMatching(/either `image` or `filter`/) as string,
    });
    expect(await refusal('{ suggestLabels(filter: {}, vocabulary: "../etc") { label } }')).toMatchObject({
      extensions: { code: 'NOT_FOUND' },
      message: expect.stringMatching(/There are: czech, english, menu/) as string,
    });
    expect(await refusal('{ suggestLabels(filter: {}, first: 101) { label } }')).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(await suggest('filter: { tagsAny: ["nothing"] }')).toEqual([]);
  });
});
