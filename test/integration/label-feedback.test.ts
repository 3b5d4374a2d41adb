import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseVector } from '../../src/db/vector.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { asking, type Asking } from '../support/asking.js';
import { createLabelSet, ready, updateLabelSet } from '../support/label-sets.js';
import { gaussian, insertEmbeddedImages, seededRandom, unit } from '../support/vectors.js';

const NAMES = ['cow', 'horse', 'pig', 'dog'];
const IMAGES = 160;

let app: TestApp;
let asked: Asking;
let set: { id: string; labels: readonly { id: string; name: string }[] };
/** Pictures made of numbers: near what a label says, with so much noise that another label often wins. */
let images: { id: string; actual: number }[];

beforeAll(async () => {
  app = await startTestApp();
  asked = asking(app);
  set = await createLabelSet(asked, { name: 'animals', labels: NAMES.map((name) => ({ name })) });
  await ready(asked, set.id);
  const { database, model } = app.app;
  const { rows } = await database.pool.query(
    'SELECT vector_send(embedding) AS embedding FROM label_embeddings ORDER BY position',
  );
  const directions = rows.map((row) =>
    parseVector(z.object({ embedding: z.instanceof(Buffer) }).parse(row).embedding),
  );
  const random = seededRandom(11);
  const vectors = Array.from({ length: IMAGES }, (_, index) =>
    unit(
      Array.from(
        directions[index % NAMES.length] ?? [],
        (value) => 0.15 * value + (gaussian(random) / 16) * 1.2,
      ),
    ),
  );
  const ids = await insertEmbeddedImages(database.pool, model.id, vectors);
  images = ids.map((id, index) => ({
    id: Buffer.from(`Image:${id}`).toString('base64url'),
    actual: index % NAMES.length,
  }));
  // They were put in behind the program's back; a new version classifies them.
  await updateLabelSet(asked, { id: set.id, threshold: 0.01 });
  await ready(asked, set.id);
});
afterAll(() => app.close());

const said = z.object({ said: z.object({ result: z.record(z.string(), z.unknown()) }) });

async function say(verb: string, image: string, label: string | undefined) {
  const query = `mutation ($image: ID!, $label: ID!) { said: ${verb}(image: $image, label: $label) { result { __typename
    ... on FeedbackStored { image { id } label { name } feedback }
    ... on ImageNotFound { id message } ... on LabelNotFound { id message } } } }`;
  return (await asked.ask(said, query, { image, label })).said.result;
}

/** The id that the database knows something by. */
function rowOf(id: string | undefined): number {
  return Number(
    Buffer.from(id ?? '', 'base64url')
      .toString()
      .split(':')[1],
  );
}

async function feedbackOf(image: string) {
  const { image: found } = await asked.ask(
    z.object({
      image: z.object({
        classifications: z.array(
          z.object({
            feedback: z.string().nullable(),
            label: z.object({ id: z.string() }),
            assigned: z.boolean(),
          }),
        ),
      }),
    }),
    'query ($id: ID!) { image(id: $id) { classifications { feedback label { id } assigned } } }',
    { id: image },
  );
  return found.classifications;
}

const evaluation = z.object({
  version: z.number(),
  accuracy: z.number().nullable(),
  labels: z.array(
    z.object({
      label: z.object({ name: z.string() }),
      truePositives: z.number(),
      falsePositives: z.number(),
      falseNegatives: z.number(),
      trueNegatives: z.number(),
      precision: z.number().nullable(),
      recall: z.number().nullable(),
    }),
  ),
  confusion: z.array(
    z.object({
      actual: z.object({ name: z.string() }),
      predicted: z.object({ name: z.string() }).nullable(),
      imageCount: z.number(),
    }),
  ),
});
async function evaluate(id: string) {
  const { node } = await asked.ask(
    z.object({ node: z.object({ evaluation }) }),
    `query ($id: ID!) { node(id: $id) { ... on LabelSet { evaluation { version accuracy
       labels { label { name } truePositives falsePositives falseNegatives trueNegatives precision recall }
       confusion { actual { name } predicted { name } imageCount } } } } }`,
    { id },
  );
  return node.evaluation;
}

const quality = z.object({ logLoss: z.number(), calibrationError: z.number(), agreement: z.number() });
const calibrated = z.object({
  calibrateLabelSet: z.object({
    result: z.object({
      __typename: z.string(),
      accepted: z.number().optional(),
      rejected: z.number().optional(),
      labelSet: z.object({ version: z.number(), calibration: z.unknown() }).optional(),
      report: z
        .object({
          temperature: z.number(),
          bias: z.number().nullable(),
          learnedExamples: z.number(),
          heldOutExamples: z.number(),
          before: quality,
          after: quality,
        })
        .optional(),
    }),
  }),
});
async function calibrate(id: string) {
  const { calibrateLabelSet } = await asked.ask(
    calibrated,
    `mutation ($id: ID!) { calibrateLabelSet(id: $id) { result { __typename
       ... on LabelSetCalibrated { labelSet { version calibration { temperature bias } } report { ...Report } }
       ... on CalibrationWithoutGain { report { ...Report } }
       ... on TooFewExamples { accepted rejected message } ... on LabelSetNotReady { message } } } }
     fragment Report on CalibrationReport { temperature bias learnedExamples heldOutExamples
       before { logLoss calibrationError agreement } after { logLoss calibrationError agreement } }`,
    { id },
  );
  return calibrateLabelSet.result;
}

describe('feedback', () => {
  it('is stored, shown, replaced and taken back, and changes no classification', async () => {
    const [image] = images;
    if (image === undefined) throw new Error('no images');
    const before = await feedbackOf(image.id);
    const label = before[0]?.label.id;
    expect(before.map(({ feedback }) => feedback)).toEqual(before.map(() => null));
    expect(await say('acceptClassification', image.id, label)).toMatchObject({
      __typename: 'FeedbackStored',
      image: { id: image.id },
      feedback: 'ACCEPTED',
    });
    expect((await feedbackOf(image.id))[0]).toEqual({ ...before[0], feedback: 'ACCEPTED' });
    expect(await say('rejectClassification', image.id, label)).toMatchObject({ feedback: 'REJECTED' });
    expect((await feedbackOf(image.id))[0]).toEqual({ ...before[0], feedback: 'REJECTED' });
    expect(await say('withdrawFeedback', image.id, label)).toMatchObject({ feedback: null });
    expect(await feedbackOf(image.id)).toEqual(before);
  });

  it('is refused where there is no such image or label', async () => {
    const [image] = images;
    const gone = Buffer.from('Image:999999').toString('base64url');
    expect(await say('acceptClassification', gone, set.labels[0]?.id)).toMatchObject({
      __typename: 'ImageNotFound',
      id: gone,
    });
    expect(await say('acceptClassification', image?.id ?? '', set.id)).toMatchObject({
      __typename: 'LabelNotFound',
      id: set.id,
    });
  });
});

describe('a set that little was said of', () => {
  it('is evaluated all the same, and not calibrated', async () => {
    expect(await evaluate(set.id)).toEqual({ version: 2, accuracy: null, labels: [], confusion: [] });
    for (const { id, actual } of images.slice(0, 10)) {
      await say('acceptClassification', id, set.labels[actual]?.id);
    }
    expect(await calibrate(set.id)).toMatchObject({
      __typename: 'TooFewExamples',
      accepted: 10,
      rejected: 0,
    });
  });
});

describe('a set that much was said of', () => {
  /** What a person would say who looks at every picture and at the label that it has. */
  async function sayAll() {
    const { classifications, labelFeedback } = app.app;
    const rows = images.map((image) => rowOf(image.id));
    const found = await classifications.ofImages(rows, 'animals');
    for (const [index, { actual }] of images.entries()) {
      const imageId = rows[index] ?? 0;
      const right = rowOf(set.labels[actual]?.id);
      const best = found.get(imageId)?.find(({ assigned }) => assigned)?.labelId;
      await labelFeedback.give({ imageId, labelId: right, accepted: true });
      if (best !== undefined && best !== right)
        await labelFeedback.give({ imageId, labelId: best, accepted: false });
    }
  }

  it('is evaluated with a confusion matrix, precision and recall', async () => {
    await sayAll();
    const { confusion, labels, accuracy, version } = await evaluate(set.id);
    expect(version).toBe(2);
    expect(confusion.reduce((sum, { imageCount }) => sum + imageCount, 0)).toBe(IMAGES);
    const right = confusion.filter(({ actual, predicted }) => actual.name === predicted?.name);
    const correct = right.reduce((sum, { imageCount }) => sum + imageCount, 0);
    expect(accuracy).toBeCloseTo(correct / IMAGES, 9);
    // Better than chance, and far from perfect.
    expect(accuracy).toBeGreaterThan(0.4);
    expect(accuracy).toBeLessThan(0.95);
    for (const { label, truePositives, falsePositives, falseNegatives, precision, recall } of labels) {
      const row = confusion.filter(({ actual }) => actual.name === label.name);
      const column = confusion.filter(({ predicted }) => predicted?.name === label.name);
      const hits = right.find(({ actual }) => actual.name === label.name)?.imageCount ?? 0;
      const sum = (cells: typeof row) => cells.reduce((total, { imageCount }) => total + imageCount, 0);
      expect(truePositives).toBe(hits);
      expect(falseNegatives).toBe(sum(row) - hits);
      expect(falsePositives).toBe(sum(column) - hits);
      expect(precision).toBeCloseTo(hits / sum(column), 9);
      expect(recall).toBeCloseTo(hits / sum(row), 9);
    }
    expect(labels.map(({ label }) => label.name)).toEqual(NAMES);
  });

  it('learns to be less sure, and shows what that gains on examples that it did not see', async () => {
    const { __typename, report, labelSet } = await calibrate(set.id);
    expect(__typename).toBe('LabelSetCalibrated');
    expect(labelSet).toMatchObject({
      version: 3,
      calibration: { temperature: report?.temperature, bias: null },
    });
    if (report === undefined) throw new Error('no report');
    expect(report.learnedExamples + report.heldOutExamples).toBeGreaterThan(IMAGES);
    expect(report.heldOutExamples).toBeGreaterThan(IMAGES / 5);
    expect(report.temperature).toBeGreaterThan(1.5);
    expect(report.after.logLoss).toBeLessThan(0.95 * report.before.logLoss);
    expect(report.after.calibrationError).toBeLessThan(report.before.calibrationError);

    await ready(asked, set.id);
    const { labelSet: after } = await asked.ask(
      z.object({
        labelSet: z.object({ diff: z.object({ settings: z.array(z.object({ setting: z.string() })) }) }),
      }),
      '{ labelSet(name: "animals") { diff(from: 2, to: 3) { settings { setting } } } }',
    );
    expect(after.diff.settings).toEqual([{ setting: 'CALIBRATION' }]);
    // A second time there is nothing more to learn, or next to nothing.
    const again = await calibrate(set.id);
    expect(again.report?.temperature).toBeCloseTo(report.temperature, 1);
  });

  it('forgets what it has learned when its labels change, but not when a threshold does', async () => {
    await ready(asked, set.id);
    const calibration = async () => {
      const { labelSet } = await asked.ask(
        z.object({ labelSet: z.object({ calibration: z.unknown() }) }),
        '{ labelSet(name: "animals") { calibration { temperature } } }',
      );
      return labelSet.calibration;
    };
    await updateLabelSet(asked, { id: set.id, threshold: 0.2 });
    expect(await calibration()).not.toBeNull();
    await updateLabelSet(asked, { id: set.id, templates: ['{label}'] });
    expect(await calibration()).toBeNull();
    await ready(asked, set.id);
  });

  it('of independent labels learns a bias as well', async () => {
    const independent = await createLabelSet(asked, {
      name: 'independent animals',
      independent: true,
      labels: NAMES.map((name) => ({ name })),
    });
    await ready(asked, independent.id);
    for (const { id, actual } of images) {
      const imageId = rowOf(id);
      const [right, wrong] = [actual, (actual + 1) % NAMES.length].map((index) =>
        rowOf(independent.labels[index]?.id),
      );
      await app.app.labelFeedback.give({ imageId, labelId: right ?? 0, accepted: true });
      await app.app.labelFeedback.give({ imageId, labelId: wrong ?? 0, accepted: false });
    }
    expect((await evaluate(independent.id)).confusion).toEqual([]);
    const { __typename, report } = await calibrate(independent.id);
    expect(__typename).toBe('LabelSetCalibrated');
    expect(report?.bias).not.toBeNull();
    expect(report?.after.logLoss).toBeLessThan(report?.before.logLoss ?? 0);
    await ready(asked, independent.id);
    const { labels } = await evaluate(independent.id);
    expect(labels).toHaveLength(NAMES.length);
    for (const each of labels) {
      const { truePositives, falsePositives, falseNegatives, trueNegatives } = each;
      expect(truePositives + falsePositives + falseNegatives + trueNegatives).toBe(IMAGES / 2);
    }
  });
});
