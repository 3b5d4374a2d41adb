import { createClassification } from '../src/classification/create-classification.js';
import { DEFAULT_TEMPLATES } from '../src/classification/prompts.js';
import type { Encoder } from '../src/clip/encoder.js';
import { embedPictures, type HeldOutArt, type LOOKS } from './pictures.js';
import type { Drawing, EverydayClass } from './questions.js';

/** What the classifier made of a picture. */
export interface Prediction {
  readonly drawing: Drawing;
  readonly right: string;
  /** The label of the highest score. */
  readonly said: string;
  /** That score, from 0 to 1. */
  readonly confidence: number;
}

/**
 * Classifies every drawing of the classes, in every look, as the product does by default: its own template, and a
 * softmax of the similarities times the model's logit scale.
 *
 * @returns one list a look, in order
 */
export async function classifyEveryday(
  encoder: Encoder,
  art: HeldOutArt,
  classes: readonly EverydayClass[],
  looks: readonly (typeof LOOKS)[number][],
): Promise<Prediction[][]> {
  const classification = createClassification({
    textEmbeddings: { embed: (texts) => encoder.encodeTexts(texts) },
    encoder,
    logitScale: encoder.card.logitScale,
  });
  const labels = await classification.embedLabels({
    labels: classes.map(({ label }) => label),
    templates: DEFAULT_TEMPLATES,
    independent: false,
  });
  const shown = classes.flatMap(({ label, drawings }) => drawings.map((drawing) => ({ label, drawing })));

  const predictions: Prediction[][] = [];
  for (const look of looks) {
    const embeddings = await embedPictures(encoder, shown, ({ drawing }) => art.draw(drawing.hexcode, look));
    predictions.push(
      embeddings.flatMap((embedding, index) => {
        const [first] = classification.score(embedding, labels, false);
        const of = shown[index];
        if (first === undefined || of === undefined) return [];
        return { drawing: of.drawing, right: of.label, said: first.label, confidence: first.score };
      }),
    );
  }
  return predictions;
}

/** The share of predictions that are right. */
export function accuracy(predictions: readonly Prediction[]): number {
  return mean(predictions.map(({ right, said }) => Number(right === said)));
}

export function meanConfidence(predictions: readonly Prediction[]): number {
  return mean(predictions.map(({ confidence }) => confidence));
}

/**
 * The expected calibration error: predictions are sorted by confidence into bins of equal width, and the difference of
 * mean confidence and accuracy in each is averaged, weighted by how many fell into it. Guo et al., "On Calibration of
 * Modern Neural Networks" (2017), section 2.
 */
export function calibrationError(predictions: readonly Prediction[], bins = 15): number {
  // A confidence of 1 belongs to the last bin, not to one of its own.
  const binOf = ({ confidence }: Prediction) => Math.min(bins - 1, Math.floor(confidence * bins));
  const binned = Array.from({ length: bins }, (_, bin) => predictions.filter((each) => binOf(each) === bin));
  return binned
    .filter(({ length }) => length > 0)
    .reduce(
      (sum, bin) => sum + (bin.length / predictions.length) * Math.abs(meanConfidence(bin) - accuracy(bin)),
      0,
    );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
