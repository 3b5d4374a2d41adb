import { compareWithBackground, countEmbeddedTo, drawBackground, type Comparison } from '../db/background.js';
import type { Database } from '../db/database.js';

/** Images in a sample. A standard score of 3 is then off by less than 0.1 in two of three samples. */
export const SAMPLE_SIZE = 1_000;
/** With fewer, mean and deviation say nothing. The deviation of 30 values is off by 13 % in a third of cases. */
export const LEAST_SAMPLE = 30;
/** A sample is drawn again when the collection has become so many times as large, or so many times as small. */
export const REDRAW_FACTOR = 2;
/** Counting a large collection takes longer than the comparison, so it is done once in a while. */
const COUNT_EVERY_MS = 60_000;
/** Similarities that differ by rounding alone do not deviate. */
const LEAST_DEVIATION = 1e-6;

/** How similar a query is to images in general: what a similarity is measured against. */
export interface Background {
  /** How many images were compared. */
  readonly size: number;
  readonly mean: number;
  /** The standard deviation, more than 0. */
  readonly deviation: number;
  readonly drawnAt: Date;
}

/** How many standard deviations a similarity lies above what the query has with images in general. */
export function standardScore(similarity: number, background: Background): number {
  return (similarity - background.mean) / background.deviation;
}

/** The similarity that has a standard score. */
function similarityOf(score: number, background: Background): number {
  return background.mean + score * background.deviation;
}

/** What says how near an image must be to be a match; what is not given asks for nothing. */
export interface Thresholds {
  readonly minSimilarity?: number | null | undefined;
  readonly minStandardScore?: number | null | undefined;
}

/**
 * The least similarity that both thresholds ask for; undefined where neither asks for any.
 *
 * @param backgroundOf is asked only where there is a standard score; where it knows nothing, the score asks for nothing
 */
export async function leastSimilarity(
  { minSimilarity, minStandardScore }: Thresholds,
  backgroundOf: () => Promise<Background | null>,
): Promise<number | undefined> {
  const least = minSimilarity ?? undefined;
  if (typeof minStandardScore !== 'number') return least;
  const background = await backgroundOf();
  if (background === null) return least;
  return Math.max(least ?? -1, similarityOf(minStandardScore, background));
}

/**
 * Measures queries against the stored sample of a model's images: one statement, and once a minute another that counts a
 * large collection. Draws the sample when there is none, and when the collection has changed too much since.
 *
 * @param options `now`: a clock in milliseconds; `sampleSize`: how many images a sample has at most
 * @returns a function that gives null where there are too few images to say anything, or all of them are the same to the
 *   query
 */
export function createBackground(
  database: Database,
  modelId: number,
  options: { readonly now?: () => number; readonly sampleSize?: number } = {},
): (vector: Float32Array) => Promise<Background | null> {
  const { now = () => performance.now(), sampleSize = SAMPLE_SIZE } = options;
  // A collection that is not larger than this is counted with every comparison.
  const countTo = REDRAW_FACTOR * sampleSize + 1;
  let counted = -Infinity;

  async function isOutdated({ sample, size, population }: Comparison): Promise<boolean> {
    if (sample === undefined) return true;
    // Deleted images fall out, and what is left is still a random sample: it only has to be large enough.
    if (REDRAW_FACTOR * size < Math.min(sampleSize, population)) return true;
    if (size < LEAST_SAMPLE && population >= LEAST_SAMPLE) return true;
    const limit = REDRAW_FACTOR * sample.imageCount;
    if (population < countTo) return population > limit;
    if (now() - counted < COUNT_EVERY_MS) return false;
    counted = now();
    return (await countEmbeddedTo(database.pool, modelId, limit + 1)) > limit;
  }

  return async (vector) => {
    const compare = () => compareWithBackground(database.pool, modelId, vector, countTo);
    let comparison = await compare();
    if (comparison.population >= LEAST_SAMPLE && (await isOutdated(comparison))) {
      await drawBackground(database, modelId, sampleSize, comparison.sample?.drawnAt);
      comparison = await compare();
    }
    const { sample, size, mean, deviation } = comparison;
    if (sample === undefined || size < LEAST_SAMPLE || mean === null || deviation === null) return null;
    if (deviation < LEAST_DEVIATION) return null;
    return { size, mean, deviation, drawnAt: sample.drawnAt };
  };
}
