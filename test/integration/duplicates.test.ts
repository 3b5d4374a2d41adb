import { readFile, readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { enqueueDuplicateSearch } from '../../src/jobs/queue.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';

const PICTURES = new URL('../../samples/pictures/', import.meta.url);
const sample = (name: string) => readFile(new URL(name, PICTURES));

/** Versions of a picture of 384 × 384 pixels, as people make them. */
const VERSIONS: Readonly<Record<string, (file: Buffer) => Promise<Buffer>>> = {
  'half.jpg': (file) => sharp(file).flatten({ background: '#fff' }).resize(192).jpeg().toBuffer(),
  'compressed.jpg': (file) => sharp(file).flatten({ background: '#fff' }).jpeg({ quality: 40 }).toBuffer(),
  'converted.png': (file) => sharp(file).png().toBuffer(),
  'cropped.jpg': (file) =>
    sharp(file)
      .flatten({ background: '#fff' })
      .extract({ left: 8, top: 8, width: 368, height: 368 })
      .jpeg()
      .toBuffer(),
};
const ORIGINALS = ['castle.webp', 'tiger.webp', 'rose.jpg'];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function ask<T>(schema: z.ZodType<T>, query: string, variables?: Record<string, unknown>): Promise<T> {
  const { data, errors } = await app.graphql(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return schema.parse(data);
}

const added = z.object({
  addImages: z.object({ results: z.array(z.object({ image: z.object({ id: z.string() }) })) }),
});

/** Adds pictures and waits until they are READY and their pairs are recorded. */
async function add(files: readonly { filename: string; bytes: Buffer }[]): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < files.length; start += 40) {
    const images = files.slice(start, start + 40).map(({ filename, bytes }) => ({
      filename,
      tags: [filename.split('.')[0]],
      source: { base64: bytes.toString('base64') },
    }));
    const { addImages } = await ask(
      added,
      `mutation ($images: [AddImageInput!]!) {
        addImages(input: { images: $images }) { results { ... on ImageAccepted { image { id } } } }
      }`,
      { images },
    );
    ids.push(...addImages.results.map(({ image }) => image.id));
  }
  await settled();
  return ids;
}

/** Resolves when no image waits for anything. */
async function settled(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await app.app.database.pool.query(
        `SELECT FROM images AS i WHERE i.status = 'PENDING'
           OR NOT EXISTS (SELECT FROM duplicate_searches AS s WHERE s.image_id = i.id) LIMIT 1`,
      );
      expect(rows).toHaveLength(0);
    },
    { timeout: 150_000, interval: 100 },
  );
}

// The first test, so that no statistics of others are still to come.
it('reads a few images for each that is added, however many there are', async () => {
  const { database, model } = app.app;
  const random = seededRandom(7);
  const vectors = Array.from({ length: 1_000 }, () => randomUnitVector(model.dimensions, random));
  const ids = await insertEmbeddedImages(database.pool, model.id, vectors);
  await database.pool.query(
    'INSERT INTO duplicate_searches (model_id, image_id) SELECT $1::integer, unnest($2::bigint[])',
    [model.id, ids],
  );
  const read = async () => {
    const { rows } = await database.pool.query<{ images: string; searches: string }>(
      `SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot(),
         (SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'images') AS images,
         pg_stat_get_tuples_inserted('duplicate_searches'::regclass) AS searches`,
    );
    return { images: Number(rows[0]?.images), searches: Number(rows[0]?.searches) };
  };
  // A connection's statistics come some time after its statements, and all at once.
  await expect.poll(async () => (await read()).searches).toBe(ids.length);
  const before = await read();
  const fox = await sharp(await sample('rose.jpg'))
    .modulate({ hue: 90 })
    .jpeg()
    .toBuffer();
  await ask(
    added,
    'mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) { results { ... on ImageAccepted { image { id } } } } }',
    { images: [{ filename: 'fox.jpg', source: { base64: fox.toString('base64') } }] },
  );
  await expect.poll(async () => (await read()).searches).toBe(before.searches + 1);
  expect((await read()).images - before.images).toBeLessThan(700);
  await database.pool.query('DELETE FROM images');
});

const duplicates = z.object({
  image: z.object({
    duplicates: z.object({
      edges: z.array(
        z.object({ similarity: z.number(), rank: z.int(), node: z.object({ filename: z.string() }) }),
      ),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      plan: z.object({ strategy: z.string(), exhaustive: z.boolean(), candidates: z.int() }),
    }),
  }),
});

async function duplicatesOf(id: string | undefined, args = 'first: 20') {
  const { image } = await ask(
    duplicates,
    `query ($id: ID!) {
      image(id: $id) {
        duplicates(${args}) {
          edges { similarity rank node { filename } }
          pageInfo { hasNextPage endCursor }
          plan { strategy exhaustive candidates }
        }
      }
    }`,
    { id },
  );
  return image.duplicates;
}

const groups = z.object({
  duplicateGroups: z.object({
    nodes: z.array(
      z.object({
        imageCount: z.int(),
        bestSimilarity: z.number(),
        suggestedKeep: z.object({ filename: z.string() }),
        images: z.array(z.object({ id: z.string(), filename: z.string() })),
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    totalCount: z.int(),
    exhaustive: z.boolean(),
  }),
});

async function groupsOf(args = 'first: 20', imageArgs = '') {
  const { duplicateGroups } = await ask(
    groups,
    `{
      duplicateGroups(${args}) {
        nodes { imageCount bestSimilarity suggestedKeep { filename } images${imageArgs} { id filename } }
        pageInfo { hasNextPage endCursor }
        totalCount
        exhaustive
      }
    }`,
  );
  return duplicateGroups;
}

async function codeOf(query: string): Promise<string | undefined> {
  return (await app.graphql(query)).errors?.[0]?.extensions.code;
}

const versionsOf = async (original: string) =>
  Promise.all(
    Object.entries(VERSIONS).map(async ([version, make]) => ({
      filename: `${original.split('.')[0] ?? ''}.${version}`,
      bytes: await make(await sample(original)),
    })),
  );
const namesOf = (original: string) => {
  const [stem = ''] = original.split('.');
  return [...Object.keys(VERSIONS).map((version) => `${stem}.${version}`), original].sort();
};

describe('near duplicates', () => {
  const idOf = new Map<string, string>();
  const remember = (files: readonly { filename: string }[], ids: readonly string[]) => {
    for (const [index, { filename }] of files.entries()) idOf.set(filename, ids[index] ?? '');
  };

  it('are none among 120 pictures of different things, and of the same things in two styles', async () => {
    const names = (await readdir(PICTURES)).sort();
    const files = await Promise.all(
      names.map(async (filename) => ({ filename, bytes: await sample(filename) })),
    );
    remember(files, await add(files));
    expect(await groupsOf()).toMatchObject({ nodes: [], totalCount: 0, exhaustive: true });
    expect((await duplicatesOf(idOf.get('automobile.jpg'))).edges).toEqual([]);
  });

  it('are found in versions of a picture, whoever of them asks', async () => {
    const files = (await Promise.all(ORIGINALS.map(versionsOf))).flat();
    remember(files, await add(files));
    for (const original of ORIGINALS) {
      for (const name of namesOf(original)) {
        const found = await duplicatesOf(idOf.get(name));
        expect(found.edges.map(({ node }) => node.filename).sort(), name).toEqual(
          namesOf(original).filter((other) => other !== name),
        );
        expect(found.plan).toMatchObject({ strategy: 'EXACT', exhaustive: true });
      }
    }
  });

  it('come nearest first, in pages that neither repeat nor skip, and above the threshold', async () => {
    const id = idOf.get('castle.webp');
    const all = (await duplicatesOf(id)).edges;
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, index) => index + 1));
    expect(all).toEqual(all.toSorted((a, b) => b.similarity - a.similarity));
    const first = await duplicatesOf(id, 'first: 3');
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await duplicatesOf(id, `first: 3, after: "${first.pageInfo.endCursor ?? ''}"`);
    expect([...first.edges, ...second.edges]).toEqual(all);
    expect(second.pageInfo.hasNextPage).toBe(false);
    const threshold = all[1]?.similarity ?? 0;
    const near = await duplicatesOf(id, `minSimilarity: ${threshold}`);
    expect(near.edges).toEqual(all.filter(({ similarity }) => similarity >= threshold));
  });

  it('are grouped, with the largest image as the one to keep', async () => {
    const { nodes, totalCount } = await groupsOf();
    expect(totalCount).toBe(ORIGINALS.length);
    expect(nodes.map(({ images }) => images.map(({ filename }) => filename).sort())).toEqual(
      ORIGINALS.toSorted().map(namesOf),
    );
    for (const { imageCount, images, suggestedKeep, bestSimilarity } of nodes) {
      expect(imageCount).toBe(images.length);
      expect(images[0]?.filename).toBe(suggestedKeep.filename);
      expect(bestSimilarity).toBeGreaterThan(0.98);
      // Of the whole and uncompressed ones the PNG has most bytes; the half one has fewest pixels.
      expect(suggestedKeep.filename).toMatch(/converted\.png$/);
      expect(images.at(-1)?.filename).toMatch(/half\.jpg$/);
    }
    const [short] = (await groupsOf('first: 1', '(first: 2)')).nodes;
    expect(short).toMatchObject({ imageCount: 5, images: nodes[0]?.images.slice(0, 2) });
  });

  it('are grouped in pages that neither repeat nor skip', async () => {
    const all = (await groupsOf()).nodes;
    const first = await groupsOf('first: 2');
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await groupsOf(`first: 2, after: "${first.pageInfo.endCursor ?? ''}"`);
    expect([...first.nodes, ...second.nodes]).toEqual(all);
    expect(second).toMatchObject({ totalCount: all.length, pageInfo: { hasNextPage: false } });
  });

  it('are grouped among the images that match a filter, and above the threshold', async () => {
    const tigers = await groupsOf('filter: { tagsAny: ["tiger"] }');
    expect(tigers.nodes.map(({ imageCount }) => imageCount)).toEqual([5]);
    const large = await groupsOf('filter: { tagsAny: ["tiger"], width: { min: 384 } }');
    expect(large.nodes.map(({ imageCount }) => imageCount)).toEqual([3]);
    expect((await groupsOf('minSimilarity: 1')).nodes.flatMap(({ images }) => images).length).toBeLessThan(
      15,
    );
  });

  it('are joined by a new version', async () => {
    const bytes = await sharp(await sample('rose.jpg'))
      .resize(300)
      .webp()
      .toBuffer();
    remember([{ filename: 'rose.small.webp' }], await add([{ filename: 'rose.small.webp', bytes }]));
    const roses = await groupsOf('filter: { tagsAny: ["rose"] }');
    expect(roses.nodes.map(({ imageCount }) => imageCount)).toEqual([6]);
    expect((await duplicatesOf(idOf.get('rose.small.webp'))).edges).toHaveLength(5);
  });

  it('are found again for images from before there were hashes', async () => {
    const { pool } = app.app.database;
    const before = await groupsOf();
    await pool.query('UPDATE images SET perceptual_hash = NULL');
    await pool.query('DELETE FROM duplicate_pairs');
    await pool.query('DELETE FROM duplicate_searches');
    expect((await groupsOf()).totalCount).toBe(0);
    await enqueueDuplicateSearch(pool, 5);
    await settled();
    expect(await groupsOf()).toEqual(before);
  });

  it('leave their groups when they are deleted, and the last one has none', async () => {
    const remove = (names: readonly string[]) =>
      ask(
        z.object({ deleteImages: z.object({ deletedIds: z.array(z.string()).length(names.length) }) }),
        'mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { deletedIds } }',
        { ids: names.map((name) => idOf.get(name)) },
      );
    await remove(['tiger.converted.png']);
    const [tigers] = (await groupsOf('filter: { tagsAny: ["tiger"] }')).nodes;
    expect(tigers).toMatchObject({ imageCount: 4 });
    expect(tigers?.suggestedKeep.filename).not.toBe('tiger.converted.png');
    await remove(['tiger.half.jpg', 'tiger.compressed.jpg', 'tiger.cropped.jpg']);
    expect((await groupsOf('filter: { tagsAny: ["tiger"] }')).nodes).toEqual([]);
    expect((await duplicatesOf(idOf.get('tiger.webp'))).edges).toEqual([]);
  });

  it('refuse a threshold that is no similarity, and cursors of other lists', async () => {
    expect(await codeOf('{ duplicateGroups(minSimilarity: 2) { totalCount } }')).toBe('BAD_USER_INPUT');
    expect(await codeOf('{ duplicateGroups(first: 0) { totalCount } }')).toBe('BAD_USER_INPUT');
    const cursor = (await groupsOf('first: 1')).pageInfo.endCursor ?? '';
    for (const args of ['minSimilarity: 0.99', 'filter: { tagsAny: ["rose"] }']) {
      const query = `{ duplicateGroups(first: 1, after: "${cursor}", ${args}) { totalCount } }`;
      expect(await codeOf(query), args).toBe('INVALID_CURSOR');
    }
    expect(await codeOf(`{ images(after: "${cursor}") { totalCount } }`)).toBe('INVALID_CURSOR');
    const id = idOf.get('rose.jpg') ?? '';
    const foreign = (await duplicatesOf(idOf.get('castle.webp'), 'first: 1')).pageInfo.endCursor ?? '';
    expect(await codeOf(`{ image(id: "${id}") { duplicates(after: "${foreign}") { nodes { id } } } }`)).toBe(
      'INVALID_CURSOR',
    );
    expect(await codeOf(`{ image(id: "${id}") { duplicates(minSimilarity: -3) { nodes { id } } } }`)).toBe(
      'BAD_USER_INPUT',
    );
  });
});
