import { RequestError } from '../errors.js';

/** The largest page, and the longest list of ids. */
export const MAX_ITEMS = 100;
const DEFAULT_PAGE = 20;

/**
 * How many items a page may have.
 *
 * @param value as given; null counts as left out
 * @throws RequestError BAD_USER_INPUT outside of 1 to 100
 */
export function pageSize(value: number | null | undefined, name: 'first' | 'last' | 'k' = 'first'): number {
  const size = value ?? DEFAULT_PAGE;
  if (size < 1 || size > MAX_ITEMS) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`${name}\` is ${size}, but a page has from 1 to ${MAX_ITEMS} items. For more, page on with \`pageInfo\`.`,
    );
  }
  return size;
}

/** @throws RequestError BAD_USER_INPUT when a list has more than `max` items, or fewer than `min` */
export function checkLength(list: readonly unknown[], name: string, min = 0, max = MAX_ITEMS): void {
  if (list.length >= min && list.length <= max) return;
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`${name}\` has ${list.length} items, but takes ${min === 0 ? 'at most' : `from ${min} to`} ${max}.`,
  );
}

/** @throws RequestError BAD_USER_INPUT outside of -1 to 1 */
export function checkSimilarity(value: number | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (value < -1 || value > 1) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`minSimilarity\` is ${value}, but a cosine similarity lies between -1 and 1.`,
    );
  }
  return value;
}

/** @throws RequestError BAD_USER_INPUT outside of 0 to 1 */
export function checkScore(value: number, name = 'minScore'): number {
  if (value >= 0 && value <= 1) return value;
  throw new RequestError('BAD_USER_INPUT', `\`${name}\` is ${value}, but a score lies between 0 and 1.`);
}

/** Beyond it lies nothing: a similarity of 1 is seldom more than 30 deviations above the mean. */
const FURTHEST_SCORE = 1_000;

/** @throws RequestError BAD_USER_INPUT for what no standard score can be */
export function checkStandardScore(value: number | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (Math.abs(value) > FURTHEST_SCORE) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`minStandardScore\` is ${value}, but a standard score lies between -1,000 and 1,000; matches mostly begin at 3 to 4.`,
    );
  }
  return value;
}

/** @throws RequestError BAD_USER_INPUT for too many texts, or a text that is too long */
export function checkTexts(texts: readonly string[], name: string, maxLength = 200): readonly string[] {
  checkLength(texts, name);
  for (const text of texts) {
    if (text.length > maxLength) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`${name}\` contains a text of ${text.length} characters; at most ${maxLength} are allowed.`,
      );
    }
  }
  return texts;
}
