/**
 * Is it a match? Precision and recall of a cut by standard score against a cut by raw cosine, on the sample collection with the
 * bundled model: its 120 pictures, searched by their names, by their tags (in two wordings each), and by each other. Prints
 * Markdown.
 *
 *     npx tsx eval/match-cut.ts
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { BUNDLED_MODEL_NAME } from '../src/clip/bundled-model.js';
import { loadEncoder } from '../src/clip/load-encoder.js';
import { createLogger } from '../src/log.js';
import { dotProduct } from '../src/search/unit-vector.js';

const SAMPLES = path.resolve(import.meta.dirname, '../samples');
const WORDINGS = ['{}', 'a picture of a {}'];
/** What is not in the collection: whatever comes is wrong. */
const ABSENT = [
  'skyscraper',
  'wedding dress',
  'volcano',
  'x-ray',
  'traffic jam',
  'passport',
  'tennis racket',
  'snowman',
];
const collection = z.object({
  pictures: z.array(z.object({ file: z.string(), name: z.string(), tags: z.array(z.string()) })),
});

type Picture = z.infer<typeof collection>['pictures'][number];

/** A picture as the answer to a query. */
interface Answer {
  readonly similarity: number;
  readonly standardScore: number;
  readonly right: boolean;
}

const { pictures } = collection.parse(
  JSON.parse(await readFile(path.join(SAMPLES, 'collection.json'), 'utf8')),
);
const encoder = await loadEncoder({
  source: BUNDLED_MODEL_NAME,
  revision: 'main',
  dtype: 'fp32',
  hubEndpoint: 'http://127.0.0.1:1',
  cacheFolder: '',
  visionWorkers: 1,
  logitScale: undefined,
  imagePixels: 1_000_000,
  log: createLogger('warn'),
});
try {
  const images = await encoder.encodeImages(
    await Promise.all(pictures.map(({ file }) => readFile(path.join(SAMPLES, file)))),
  );
  const names = [...new Set(pictures.map(({ name }) => name))];
  const tags = [...new Set(pictures.flatMap((picture) => picture.tags))];
  const ofTexts = async (texts: readonly string[], isRight: (text: string, picture: Picture) => boolean) => {
    const asked = texts.flatMap((text) =>
      WORDINGS.map((wording) => ({ text, prompt: wording.replace('{}', text) })),
    );
    const vectors = await encoder.encodeTexts(asked.map(({ prompt }) => prompt));
    return vectors.flatMap((vector, index) =>
      answersOf(vector, images, (picture) => isRight(asked[index]?.text ?? '', picture)),
    );
  };
  const named = await ofTexts(names, (text, { name }) => name === text);
  const absent = await ofTexts(ABSENT, () => false);
  const tagged = await ofTexts(tags, (text, picture) => picture.tags.includes(text));
  // Things of which the collection has two drawings: the other one is right.
  const twins = pictures.flatMap((picture, index) => {
    const image = images[index];
    if (image === undefined || !pictures.some((other) => other !== picture && other.name === picture.name))
      return [];
    return answersOf(image, images, (other) => other.name === picture.name, picture);
  });

  console.log('| Queries | answers | right | best F1 by similarity | by standard score |');
  console.log('|---|---|---|---|---|');
  for (const [group, answers] of [
    ['a name, such as `fire engine`', named],
    ['an example image, for its twin', twins],
    ['names, images, and things that are not there, with one cut', [...named, ...twins, ...absent]],
    ['a tag, such as `animal`, that fits up to a fifth of the collection', tagged],
  ] as const) {
    const right = answers.filter((answer) => answer.right).length;
    const best = (['similarity', 'standardScore'] as const).map((by) => bestF1(answers, by));
    console.log(`| ${group} | ${answers.length} | ${right} | ${best.join(' | ')} |`);
  }
  console.log('\n| One cut for names, images and what is not there | precision | recall |');
  console.log('|---|---|---|');
  for (const [by, cuts] of [
    ['similarity', [0.3, 0.35, 0.4, 0.5, 0.7]],
    ['standardScore', [2.5, 3, 3.5, 4]],
  ] as const) {
    for (const cut of cuts) {
      const { precision, recall } = atCut([...named, ...twins, ...absent], by, cut);
      console.log(`| \`${by}\` from ${cut} | ${precision.toFixed(2)} | ${recall.toFixed(2)} |`);
    }
  }
} finally {
  await encoder.close();
}

/** Pictures as answers to a query; the background sample is the whole collection, as it is with so few. */
function answersOf(
  query: Float32Array,
  images: readonly Float32Array[],
  isRight: (picture: Picture) => boolean,
  leftOut?: Picture,
): Answer[] {
  const similarities = images.map((image) => dotProduct(query, image));
  const mean = similarities.reduce((sum, each) => sum + each, 0) / similarities.length;
  const deviation = Math.sqrt(
    similarities.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (similarities.length - 1),
  );
  return pictures.flatMap((picture, index) => {
    const similarity = similarities[index] ?? Number.NaN;
    if (picture === leftOut) return [];
    return [{ similarity, standardScore: (similarity - mean) / deviation, right: isRight(picture) }];
  });
}

type Measure = 'similarity' | 'standardScore';

function atCut(answers: readonly Answer[], by: Measure, cut: number) {
  const shown = answers.filter((answer) => answer[by] >= cut);
  const right = shown.filter((answer) => answer.right).length;
  return { precision: right / shown.length, recall: right / answers.filter((answer) => answer.right).length };
}

/** The best balance of precision and recall (their harmonic mean), and the cut that has it. */
function bestF1(answers: readonly Answer[], by: Measure): string {
  const ordered = answers.toSorted((a, b) => b[by] - a[by]);
  const rightOnes = answers.filter(({ right }) => right).length;
  let found = 0;
  let best = { f1: 0, cut: Number.NaN };
  for (const [index, answer] of ordered.entries()) {
    if (answer.right) found += 1;
    const f1 = (2 * found) / (index + 1 + rightOnes);
    if (f1 > best.f1) best = { f1, cut: answer[by] };
  }
  return `${best.f1.toFixed(2)} (from ${best.cut.toFixed(2)})`;
}
