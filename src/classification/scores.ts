import { dotProduct } from '../search/unit-vector.js';
import type { LabelEmbedding, LabelScore } from './classification.js';
import { SCORING_RULES } from './scoring-rules.js';

/**
 * Scores of labels for an image, best first; equal ones in the order given.
 *
 * Exclusive: the softmax of logit scale × similarity, CLIP's own zero-shot classifier.
 *
 * Independent: sigmoid(logit scale × (similarity − background) + log prior odds). A plain sigmoid would not do: CLIP is
 * trained by softmax alone, so its similarities have no zero of their own (0.2 is nothing, 0.3 is a hit), and their level
 * differs from image to image. What that training does fit is differences: logit scale × the difference of two texts'
 * similarities with one image estimates the logarithm of how many times better the one explains it (InfoNCE; van den Oord
 * et al., "Representation Learning with Contrastive Predictive Coding", 2018, section 2.3). So the label is measured
 * against "anything at all" in the same templates, and Bayes' rule makes a probability of it: 0.5 means that the label
 * explains the image three times better than a neutral word does.
 *
 * Its limits: a model that knows the subject badly is as sure as one that knows it well; a label that nearly fits (a bus
 * for a lorry) beats a neutral word as well. Thresholds belong to a model and should be tried on pictures of one's own.
 */
export function scoreLabels(
  image: Float32Array,
  labels: readonly LabelEmbedding[],
  logitScale: number,
  independent: boolean,
): LabelScore[] {
  const similarities = labels.map(({ embedding }) => dotProduct(image, embedding));
  const scores = independent
    ? labels.map(({ background }, index) => {
        const difference = (similarities[index] ?? 0) - dotProduct(image, background);
        return sigmoid(logitScale * difference + Math.log(SCORING_RULES.priorOdds));
      })
    : softmax(similarities.map((similarity) => logitScale * similarity));
  return labels
    .map(({ label }, index) => ({ label, score: scores[index] ?? 0, similarity: similarities[index] ?? 0 }))
    .sort((a, b) => b.score - a.score || b.similarity - a.similarity);
}

/** Shifted by the largest logit, which changes nothing but cannot overflow. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Math.exp overflows to Infinity for far negative logits, and 1 / Infinity is the 0 that belongs there. */
function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
