import { RequestError } from '../errors.js';
import { normaliseText } from '../search/normalise-text.js';

/** What labels are put into when nobody says otherwise; `schema.graphql` tells it, too. */
export const DEFAULT_TEMPLATES: readonly string[] = ['a photo of a {label}'];

const MAX_LABELS = 100;

/**
 * Checks labels.
 *
 * @returns them in the form in which texts are encoded (see `normaliseText`), in order
 * @throws RequestError BAD_USER_INPUT for none, too many, an empty, too long or repeated one
 */
export function parseLabels(labels: readonly string[]): string[] {
  if (labels.length < 1 || labels.length > MAX_LABELS) {
    throw new RequestError('BAD_USER_INPUT', `Give from 1 to ${MAX_LABELS} labels, not ${labels.length}.`);
  }
  const normal = labels.map((label, index) => normaliseText(label, `Label ${index + 1}`));
  const seen = new Map<string, number>();
  for (const [index, label] of normal.entries()) {
    const first = seen.get(label);
    if (first !== undefined) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `Labels ${first + 1} and ${index + 1} are both "${label}". Give each label once: the scores of equal labels would share what belongs to one.`,
      );
    }
    seen.set(label, index);
  }
  return normal;
}
