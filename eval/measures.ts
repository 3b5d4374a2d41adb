import type { Encoder } from '../src/clip/encoder.js';
import { accuracy, calibrationError, classifyEveryday, meanConfidence } from './classes.js';
import { pairAccuracy, searchPairs } from './composition.js';
import { bytesOf, imageMilliseconds, textMilliseconds } from './form.js';
import { embedPictures, LOOKS, type HeldOutArt } from './pictures.js';
import type { Drawing, Questions } from './questions.js';
import type { Figure } from './report.js';
import { recall, searchByName, searchFreely, withoutDiacritics, type Gallery } from './retrieval.js';

/** What one part of the evaluation found. */
export interface Measured {
  readonly figures: readonly Figure[];
  /** One line for every question that was answered wrongly. */
  readonly misses: readonly string[];
}

const ENGLISH = ({ name }: Drawing) => name;
const CZECH = ({ nameCs }: Drawing) => nameCs;

/** Searching by name and freely, among the things and among all drawings of the style. */
export async function measureSearch(
  encoder: Encoder,
  art: HeldOutArt,
  { things, others, freeText }: Questions,
): Promise<Measured> {
  const drawings = [...things, ...others];
  const embeddings = await embedPictures(encoder, drawings, ({ hexcode }) => art.draw(hexcode));
  const all: Gallery = { drawings, embeddings };
  const ofThings: Gallery = { drawings: things, embeddings: embeddings.slice(0, things.length) };
  const search = (gallery: Gallery, wording: typeof ENGLISH) =>
    searchByName(encoder, gallery, things, wording);

  const english = await search(ofThings, ENGLISH);
  const czech = await search(ofThings, CZECH);
  const plain = await search(ofThings, (drawing) => withoutDiacritics(CZECH(drawing)));
  const recallOf = (searches: typeof english, count: number) =>
    recall(
      searches.map(({ rank }) => rank),
      count,
    );
  const share = (what: string, searches: typeof english, count: number, atLeast?: number): Figure => ({
    what: `${what}, recall@${count}`,
    value: recallOf(searches, count),
    unit: 'share',
    ...(atLeast === undefined ? {} : { goal: { atLeast } }),
  });
  const behind = (count: number): Figure => ({
    what: `Czech behind English, recall@${count}`,
    value: 100 * (recallOf(english, count) - recallOf(czech, count)),
    unit: 'points',
    goal: { atMost: 10 },
  });
  const among = `among ${things.length} things`;
  const amongAll = `among all ${drawings.length} drawings`;
  const englishInAll = await search(all, ENGLISH);
  const czechInAll = await search(all, CZECH);
  const free = await searchFreely(encoder, all, freeText);

  return {
    figures: [
      share(`English name ${among}`, english, 1, 0.6),
      share(`English name ${among}`, english, 5, 0.85),
      share(`English name ${among}`, english, 10),
      share(`English name ${amongAll}`, englishInAll, 1),
      share(`English name ${amongAll}`, englishInAll, 5),
      share(`Czech name ${among}`, czech, 1),
      share(`Czech name ${among}`, czech, 5),
      share(`Czech name ${among}`, czech, 10),
      behind(1),
      behind(5),
      share(`Czech name ${amongAll}`, czechInAll, 1),
      share(`Czech name ${amongAll}`, czechInAll, 5),
      share(`Czech name without diacritics ${among}`, plain, 1),
      share(`Czech name without diacritics ${among}`, plain, 5),
      {
        what: `Free text, a right one in the first 5 ${amongAll}`,
        value: free.filter(({ isRight }) => isRight).length,
        unit: `of ${free.length}`,
        goal: { atLeast: 24 },
      },
    ],
    misses: [
      ...[...english, ...czech]
        .filter(({ rank }) => rank > 5)
        .map(({ text, rank, first }) => `name "${text}": found at ${rank}, first "${first}"`),
      ...free
        .filter(({ isRight }) => !isRight)
        .map(({ query, found }) => `free text "${query}": ${found.map(({ name }) => name).join(' · ')}`),
    ],
  };
}

/** Zero-shot classification, and whether its scores mean what they say. */
export async function measureClasses(
  encoder: Encoder,
  art: HeldOutArt,
  { everyday }: Questions,
): Promise<Measured> {
  const byLook = await classifyEveryday(encoder, art, everyday, LOOKS);
  const [onWhite = []] = byLook;
  const all = byLook.flat();
  return {
    figures: [
      {
        what: `${everyday.length} everyday classes, top 1 of ${onWhite.length} pictures on white`,
        value: accuracy(onWhite),
        unit: 'share',
        goal: { atLeast: 0.9 },
      },
      {
        what: `The same in ${LOOKS.length} looks, ${all.length} pictures, top 1`,
        value: accuracy(all),
        unit: 'share',
      },
      { what: 'Their mean confidence', value: meanConfidence(all), unit: 'share' },
      {
        what: 'Their expected calibration error',
        value: calibrationError(all),
        unit: 'share',
        goal: { atMost: 0.1 },
      },
    ],
    misses: onWhite
      .filter(({ right, said }) => right !== said)
      .map(
        ({ drawing, right, said, confidence }) =>
          `class "${right}" (${drawing.name}): "${said}", ${confidence.toFixed(2)}`,
      ),
  };
}

/** Colours bound to objects, in pairs that training never shows and in those that it may. */
export async function measureComposition(
  encoder: Encoder,
  art: HeldOutArt,
  { objects }: Questions,
): Promise<Measured> {
  const searches = await searchPairs(encoder, art, objects);
  const unseen = searches.filter(({ wasShown }) => !wasShown);
  const shown = searches.filter(({ wasShown }) => wasShown);
  const what = `Colour and object, ${unseen.length} pairs never shown`;
  return {
    figures: [
      { what, value: pairAccuracy(unseen), unit: 'share', goal: { atLeast: 0.8 } },
      {
        what: `${what}, against the other colours of the object`,
        value: pairAccuracy(unseen, ['beatsColours']),
        unit: 'share',
      },
      {
        what: `${what}, against the other objects of the colour`,
        value: pairAccuracy(unseen, ['beatsObjects']),
        unit: 'share',
      },
      {
        what: `Colour and object, the other ${shown.length} pairs`,
        value: pairAccuracy(shown),
        unit: 'share',
      },
    ],
    misses: unseen
      .filter(({ beatsColours, beatsObjects }) => !(beatsColours && beatsObjects))
      .map(({ text, beatsColours, beatsObjects }) => {
        const stronger = [
          beatsColours ? [] : 'another colour of it',
          beatsObjects ? [] : 'another object of that colour',
        ];
        return `pair "${text}": ${stronger.flat().join(' and ')} came first`;
      }),
  };
}

/** Runs that are timed, of pictures and of texts. */
const TIMED = 200;

/** What the model weighs and how long it takes. Times are of the machine, at the moment. */
export async function measureForm(
  encoder: Encoder,
  art: HeldOutArt,
  { things }: Questions,
  folder: string,
): Promise<Measured> {
  const timed = things.slice(0, TIMED);
  const files = await Promise.all(timed.map(({ hexcode }) => art.draw(hexcode)));
  return {
    figures: [
      {
        what: 'All files of the model',
        value: (await bytesOf(folder)) / 1e6,
        unit: 'MB',
        goal: { atMost: 16 },
      },
      {
        what: 'An image file to its vector, one core, median',
        value: await imageMilliseconds(encoder, files),
        unit: 'ms',
        goal: { atMost: 15 },
      },
      {
        what: 'A text to its vector, one core, median',
        value: await textMilliseconds(folder, timed.map(ENGLISH)),
        unit: 'ms',
        goal: { atMost: 5 },
      },
    ],
    misses: [],
  };
}
