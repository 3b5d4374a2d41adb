import { RequestError } from '../errors.js';
import { unitVector } from './unit-vector.js';

/** How deep `combine` may stand within `combine`; one that holds no other is 1 deep. */
const MAX_DEPTH = 4;
/** How many texts, images and vectors one query may be made of, over all of its levels. */
const MAX_TERMS = 32;
const MAX_WEIGHT = 100;

/**
 * A sum this short, as a share of the weights' sizes, has no direction that means anything: what is left of terms that
 * cancel each other out is the rounding of 32-bit numbers and of 8-bit weights.
 */
const VANISHED = 1e-3;

/** A term of a composed query. `Q` is the query as a request gives it, or as the search takes it. */
export interface Term<Q> {
  readonly query: Q;
  readonly weight: number;
}

/** The place of a term among the terms, as messages name it: `[1, 0]` is term 2.1. */
export type TermPath = readonly number[];

/**
 * Checks how a query is composed, before anything of it is read or encoded.
 *
 * @param termsOf the terms of a composed query; undefined for a plain one
 * @returns how many plain queries it is made of
 * @throws RequestError BAD_USER_INPUT for too many or too deep terms, weights out of range, or none but zeros
 */
export function checkComposition<Q>(query: Q, termsOf: (query: Q) => readonly Term<Q>[] | undefined): number {
  let plain = 0;
  const check = (part: Q, path: TermPath): void => {
    const terms = termsOf(part);
    if (terms === undefined) {
      plain += 1;
      if (plain > MAX_TERMS) {
        throw refused(
          `The query has more than ${MAX_TERMS} texts, images and vectors in all. Leave some out.`,
        );
      }
      return;
    }
    if (path.length === MAX_DEPTH) {
      throw refused(
        `The query has \`combine\` more than ${MAX_DEPTH} levels deep. Bring inner terms out, with their weights multiplied.`,
      );
    }
    checkWeights(terms, path);
    for (const [index, term] of terms.entries()) check(term.query, [...path, index]);
  };
  check(query, []);
  return plain;
}

/** Runs what concerns one term; a mistake in it is told with the place of the term. */
export function inTerm<T>(path: TermPath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw placed(error, path);
  }
}

/** The same error with the place of the term that it is about. */
export function placed(error: unknown, path: TermPath): unknown {
  if (!(error instanceof RequestError) || path.length === 0) return error;
  return new RequestError(error.code, `Term ${nameOf(path)} of the query: ${error.message}`, {
    cause: error,
  });
}

/**
 * The weighted sum of unit vectors, brought to length 1. Multiplying all weights by one positive number changes nothing.
 *
 * @throws RequestError BAD_USER_INPUT when the terms cancel each other out
 */
export function weightedDirection(
  terms: readonly { readonly vector: Float32Array; readonly weight: number }[],
  path: TermPath,
): Float32Array {
  const sum = new Float64Array(terms[0]?.vector.length ?? 0);
  let weights = 0;
  for (const { vector, weight } of terms) {
    weights += Math.abs(weight);
    for (let index = 0; index < sum.length; index++) {
      sum[index] = (sum[index] ?? 0) + weight * (vector[index] ?? 0);
    }
  }
  const direction = Math.hypot(...sum) < VANISHED * weights ? undefined : unitVector(sum);
  if (direction !== undefined) return direction;
  throw placed(
    refused(
      'The terms cancel each other out: their weighted sum is shorter than a thousandth of the sum of the sizes of the ' +
        'weights, so it has no direction to look in. Change a weight, or leave out what is added and taken away again.',
    ),
    path,
  );
}

function checkWeights(terms: readonly { readonly weight: number }[], path: TermPath): void {
  if (terms.length < 1 || terms.length > MAX_TERMS) {
    throw placed(refused(`\`combine\` takes from 1 to ${MAX_TERMS} terms, not ${terms.length}.`), path);
  }
  for (const [index, { weight }] of terms.entries()) {
    if (Math.abs(weight) <= MAX_WEIGHT) continue;
    throw placed(
      refused(
        `The weight is ${weight}, but weights lie between -${MAX_WEIGHT} and ${MAX_WEIGHT}. Only their ratios matter: divide all by the same number.`,
      ),
      [...path, index],
    );
  }
  if (terms.every(({ weight }) => weight === 0)) {
    throw placed(
      refused('All weights of `combine` are 0, so nothing is looked for. Give at least one another weight.'),
      path,
    );
  }
}

function nameOf(path: TermPath): string {
  return path.map((index) => index + 1).join('.');
}

function refused(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message);
}
