import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClassifyImage, createClassifyLabelSet } from '../../src/classification/classify-label-set.js';
import { createLabelSets } from '../../src/classification/create-label-sets.js';
import type { LabelSets } from '../../src/classification/label-sets.js';
import { SCORING_RULES } from '../../src/classification/scoring-rules.js';
import { classifyNext } from '../../src/db/classify.js';
import { beginRun, ensureRun } from '../../src/db/label-runs.js';
import { registerModel } from '../../src/db/models.js';
import { createLogger } from '../../src/log.js';
import { createFakeEncoder } from '../support/fake-encoder.js';
import { openSearchCollection, type SearchCollection } from '../support/search-collection.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';

const DIMENSIONS = 16;
const IMAGES = 300;
const random = seededRandom(6);
const log = createLogger('silent');

let collection: SearchCollection;
let labelSets: LabelSets;
let work: (labelSetId: number) => Promise<void>;
beforeAll(async () => {
  const encoder = createFakeEncoder({ dimensions: DIMENSIONS });
  collection = await openSearchCollection(encoder);
  const { database, model, textEmbeddings } = collection;
  const parts = { database, modelId: model.id, textEmbeddings, jobMaxAttempts: 3, log };
  labelSets = createLabelSets(parts);
  const task = createClassifyLabelSet(parts);
  work = (labelSetId) => task({ labelSetId }, true);
  await addImages(IMAGES);
});
afterAll(() => collection.drop());

const addImages = (count: number) =>
  insertEmbeddedImages(
    collection.database.pool,
    collection.model.id,
    Array.from({ length: count }, () => randomUnitVector(DIMENSIONS, random)),
  );

async function create(name: string, labels = ['a', 'b', 'c']): Promise<number> {
  const created = await labelSets.create({ name, labels: labels.map((label) => ({ name: label })) });
  if (created.outcome !== 'created') throw new Error(JSON.stringify(created));
  return created.labelSet.id;
}

/** How many images the run that readers see has classified, and its version. */
async function seen(labelSetId: number): Promise<{ version: number | null; images: number }> {
  const { rows } = await collection.database.pool.query(
    `SELECT r.version, count(DISTINCT c.image_id)::integer AS images
     FROM label_sets AS s LEFT JOIN label_set_runs AS r ON r.id = s.ready_run_id
     LEFT JOIN classifications AS c ON c.run_id = r.id WHERE s.id = $1 GROUP BY r.version`,
    [labelSetId],
  );
  return z.object({ version: z.int().nullable(), images: z.int() }).parse(rows[0]);
}

/** Begins the run of the newest version as the job does, and classifies but a part of the images: as a process that was killed. */
async function cutOff(labelSetId: number, images: number): Promise<void> {
  const { database, model } = collection;
  const run = await ensureRun(database.pool, labelSetId, model.id);
  if (run === undefined) throw new Error('no run');
  const labels = (await labelSets.labelsOf([labelSetId])).get(labelSetId) ?? [];
  await beginRun(
    database.pool,
    run,
    labels.map(({ id, position }) => ({
      position,
      labelId: id,
      threshold: 0,
      embedding: randomUnitVector(DIMENSIONS, random),
    })),
  );
  await classifyNext(database.pool, SCORING_RULES, run, images);
}

describe('a run', () => {
  it('goes on where it was cut off, and is not seen before it is whole', async () => {
    const id = await create('cut off');
    await cutOff(id, 100);
    expect(await seen(id)).toEqual({ version: null, images: 0 });
    expect((await labelSets.progress([id])).get(id)).toMatchObject({
      state: 'CLASSIFYING',
      done: 100,
      total: IMAGES,
    });
    await work(id);
    expect(await seen(id)).toEqual({ version: 1, images: IMAGES });
    expect((await labelSets.progress([id])).get(id)).toMatchObject({
      state: 'READY',
      done: IMAGES,
      secondsLeft: 0,
    });
  });

  it('leaves the version before to readers until it is whole, and clears older ones away', async () => {
    const id = await create('versions');
    await work(id);
    for (const version of [2, 3]) {
      await labelSets.update(id, { labels: [{ name: 'a' }, { name: `new in ${version}` }] });
      await cutOff(id, 100);
      expect(await seen(id)).toEqual({ version: version - 1, images: IMAGES });
      await work(id);
      expect(await seen(id)).toEqual({ version, images: IMAGES });
    }
    const { rows } = await collection.database.pool.query(
      'SELECT version FROM label_set_runs WHERE label_set_id = $1 ORDER BY version',
      [id],
    );
    expect(rows).toEqual([{ version: 2 }, { version: 3 }]);
  });

  it('is given up when the set has changed meanwhile', async () => {
    const id = await create('changed meanwhile');
    await cutOff(id, 100);
    await labelSets.update(id, { labels: [{ name: 'a' }, { name: 'd' }] });
    await work(id);
    expect(await seen(id)).toEqual({ version: 2, images: IMAGES });
  });

  it('may be worked on by several workers at once', async () => {
    const id = await create('several workers');
    await Promise.all([work(id), work(id), work(id)]);
    expect(await seen(id)).toEqual({ version: 1, images: IMAGES });
  });

  it('includes images that are embedded behind its back', async () => {
    const { database } = collection;
    const id = await create('behind its back');
    await cutOff(id, 1_000);
    // Two that became READY after the walk had passed: one whose process classified it, and one whose process was killed.
    const [told, untold] = await addImages(2);
    await createClassifyImage({ database, modelId: collection.model.id })(told ?? 0);
    await database.pool.query('UPDATE label_set_runs SET last_image_id = $1 WHERE label_set_id = $2', [
      untold,
      id,
    ]);
    await work(id);
    expect(await seen(id)).toEqual({ version: 1, images: IMAGES + 2 });
  });

  it('catches up when it is asked for again', async () => {
    const id = await create('again');
    await work(id);
    const before = await seen(id);
    await addImages(1);
    await work(id);
    expect(await seen(id)).toEqual({ version: 1, images: before.images + 1 });
  });

  it('outlives images that are deleted', async () => {
    const id = await create('deleted images');
    await work(id);
    const before = await seen(id);
    await collection.database.pool.query('DELETE FROM images WHERE id = (SELECT max(id) FROM images)');
    expect(await seen(id)).toEqual({ version: 1, images: before.images - 1 });
  });

  it('belongs to the active model, and to none that has been replaced', async () => {
    const { database, model } = collection;
    const id = await create('models');
    await work(id);
    const whole = await seen(id);
    const other = await registerModel(
      database,
      { ...createFakeEncoder({ dimensions: 8 }).card, fingerprint: 'b'.repeat(64) },
      { activate: true },
    );
    await insertEmbeddedImages(database.pool, other.id, [randomUnitVector(8, random)]);
    await expect(work(id)).rejects.toThrow('Another model is active');
    // Until the new model has classified everything, what the old one said is what there is.
    expect(await seen(id)).toEqual(whole);
    const encoder = createFakeEncoder({ dimensions: 8 });
    const textEmbeddings = {
      embed: (texts: readonly string[]) => encoder.encodeTexts(texts),
    };
    const task = createClassifyLabelSet({
      database,
      modelId: other.id,
      textEmbeddings,
      jobMaxAttempts: 3,
      log,
    });
    await task({ labelSetId: id }, true);
    expect(await seen(id)).toEqual({ version: 1, images: 1 });
    expect(
      (await createLabelSets({ database, modelId: other.id, jobMaxAttempts: 3, log }).progress([id])).get(id),
    ).toMatchObject({ state: 'READY' });
    await registerModel(database, { ...model }, { activate: true });
    await work(id);
    expect(await seen(id)).toEqual(whole);
  });
});
