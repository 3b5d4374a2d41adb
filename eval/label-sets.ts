/**
 * How label sets do on the sample collection's drawings in the style that the bundled model's training never saw (Twemoji): the
 * accuracy of an exclusive set of all their names, by templates, and what calibration gains from a simulated person's feedback.
 *
 *     npx tsx eval/label-sets.ts
 *
 * Through the product itself, on an embedded database in a temporary folder.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { openApp, type App } from '../src/app.js';
import { DEFAULT_TEMPLATES } from '../src/classification/prompts.js';
import { TEMPLATE_PRESETS } from '../src/classification/template-presets.js';
import { loadConfig } from '../src/config.js';
import { createLogger } from '../src/log.js';

const SAMPLES = path.resolve(import.meta.dirname, '../samples');
const listed = z.object({
  pictures: z.array(
    z.object({ file: z.string(), name: z.string(), metadata: z.object({ style: z.string() }) }),
  ),
});

interface Picture {
  readonly id: number;
  readonly name: string;
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-eval-'));
const config = loadConfig({}, { PICTOGRAPH_DATA: folder, CLIP_MODEL: 'pictogram-clip', LOG_LEVEL: 'warn' });
const app = await openApp(config, createLogger('warn'));
try {
  await app.work();
  await measure(app);
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure(app: App): Promise<void> {
  const pictures = await addPictures(app);
  const names = pictures.map(({ name }) => name);
  console.log(`${pictures.length} drawings (Twemoji), one exclusive set of their ${names.length} names.\n`);
  console.log('templates    accuracy  log loss');
  const candidates = [{ preset: 'default', templates: DEFAULT_TEMPLATES }, ...TEMPLATE_PRESETS];
  for (const { preset, templates } of candidates) {
    const id = await classify(app, { name: preset, labels: names.map((name) => ({ name })), templates });
    const right = await truth(app, id, pictures);
    const hits = right.filter(({ isAssigned }) => isAssigned).length;
    const loss = right.reduce((sum, { score }) => sum - Math.log(Math.max(score, 1e-4)), 0) / right.length;
    console.log(
      `${preset.padEnd(12)} ${percent(hits / right.length).padStart(8)} ${loss.toFixed(3).padStart(9)}`,
    );
  }
  for (const independent of [false, true]) {
    const name = independent ? 'independent' : 'exclusive';
    const labels = names.map((label) => ({ name: label }));
    const id = await classify(app, { name, labels, independent, templates: ['{label}'] });
    await giveFeedback(app, id, pictures);
    const result = await app.labelFeedback.calibrate(id);
    if (result.outcome !== 'calibrated' && result.outcome !== 'no-gain')
      throw new Error(JSON.stringify(result));
    const { temperature, bias, learnedExamples, heldOutExamples, before, after } = result.calibration;
    console.log(
      `\nCalibration of an ${name} set: ${result.outcome}, temperature ${temperature.toFixed(2)}` +
        `${bias === null ? '' : `, bias ${bias.toFixed(2)}`}, ${learnedExamples} examples learned from, ${heldOutExamples} held out.`,
    );
    for (const measureName of ['logLoss', 'calibrationError', 'agreement'] as const) {
      console.log(
        `  ${measureName.padEnd(17)} ${before[measureName].toFixed(3)} → ${after[measureName].toFixed(3)}`,
      );
    }
  }
}

async function addPictures(app: App): Promise<Picture[]> {
  const { pictures } = listed.parse(
    JSON.parse(await readFile(path.join(SAMPLES, 'collection.json'), 'utf8')),
  );
  const added: Picture[] = [];
  for (const { file, name, metadata } of pictures) {
    if (metadata.style !== 'Twemoji') continue;
    const result = await app.images.add({ kind: 'file', path: path.join(SAMPLES, file) }, {});
    if (result.outcome === 'rejected') throw new Error(`${file}: ${result.message}`);
    added.push({ id: result.image.id, name });
  }
  while ((await app.images.progress()).pending > 0) await delay(200);
  return added;
}

async function classify(app: App, input: Parameters<App['labelSets']['create']>[0]): Promise<number> {
  const created = await app.labelSets.create(input);
  if (created.outcome !== 'created') throw new Error(JSON.stringify(created));
  const { id } = created.labelSet;
  while ((await app.labelSets.progress([id])).get(id)?.state !== 'READY') await delay(100);
  return id;
}

/** For each picture whether it has the label of its name, and what that scores; 0 where it is too little to be stored. */
async function truth(app: App, labelSetId: number, pictures: readonly Picture[]) {
  const labelSet = (await app.labelSets.byIds([labelSetId])).get(labelSetId);
  const labels = (await app.labelSets.labelsOf([labelSetId])).get(labelSetId) ?? [];
  const found = await app.classifications.ofImages(
    pictures.map(({ id }) => id),
    labelSet?.name,
  );
  return pictures.map(({ id, name }) => {
    const labelId = labels.find((label) => label.name === name)?.id;
    const all = found.get(id) ?? [];
    const own = all.find((each) => each.labelId === labelId);
    const rival = all.find((each) => each.labelId !== labelId);
    return {
      id,
      labelId,
      isAssigned: own?.assigned === true,
      score: own?.score ?? 0,
      rivalId: rival?.labelId,
    };
  });
}

/** A person who accepts the right label of every picture, and rejects one that the model took for the best but one, or the best. */
async function giveFeedback(app: App, labelSetId: number, pictures: readonly Picture[]): Promise<void> {
  const labels = (await app.labelSets.labelsOf([labelSetId])).get(labelSetId) ?? [];
  for (const [index, { id, labelId, rivalId }] of (await truth(app, labelSetId, pictures)).entries()) {
    if (labelId === undefined) continue;
    const other = labels[(index + 1) % labels.length]?.id ?? labelId;
    await app.labelFeedback.give({ imageId: id, labelId, accepted: true });
    await app.labelFeedback.give({ imageId: id, labelId: rivalId ?? other, accepted: false });
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
