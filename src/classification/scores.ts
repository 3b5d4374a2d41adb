import { dotProduct, unitVector } from '../search/unit-vector.js';
import type { LabelEmbedding, LabelScore } from './classification.js';

/**
 * The mean direction of unit vectors: summed and brought to length 1 again, so that every prompt weighs the same.
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), section 3.1.4.
 */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (vector[index] ?? 0);
  }
  const mean = unitVector(sum);
  if (mean === undefined) throw new RangeError('The vectors cancel each other out: they have no mean direction.');
  return mean;
}

/**
 * Scores of labels for an image, best first; equal ones in the order given.
 *
 * Exclusive: the softmax of logit scale × similarity, CLIP's own zero-shot classifier.
 *
 * Independent: the same classifier with two classes, the label and "anything at all": the softmax over these two, which
 * is sigmoid(logit scale × (similarity − background)). A plain sigmoid would not do: CLIP is trained with softmax only,
 * so its similarities have no zero of their own (0.2 is nothing, 0.3 is a hit), and that level differs from image to
 * image, because some images are close to every text. The similarity of this very image to neutral prompts measures its
 * level, and the trained scale says what a step above it is worth: 0.5 means "says no more than a neutral prompt".
 */
export function scoreLabels(
  image: Float32Array,
  labels: readonly LabelEmbedding[],
  logitScale: number,
  independent: boolean,
): LabelScore[] {
  const similarities = labels.map(({ embedding }) => dotProduct(image, embedding));
  const logits = labels.map(
    ({ background }, index) =>
      logitScale * ((similarities[index] ?? 0) - (independent ? dotProduct(image, background) : 0)),
  );
  const scores = independent ? logits.map(sigmoid) : softmax(logits);
  return labels
    .map(({ label }, index) => ({ label, score: scores[index] ?? 0, similarity: similarities[index] ?? 0 }))
    .sort((a, b) => b.score - a.score || b.similarity - a.similarity);
}

/** Shifted by the largest logit, which changes nothing but cannot overflow. */
function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Math.exp overflows to Infinity for far negative logits, and 1 / Infinity is the 0 that belongs there. */
function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
