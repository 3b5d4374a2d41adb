import { RequestError } from '../errors.js';
import { normaliseText } from '../search/normalise-text.js';

/** Stands for the label in a template. */
const PLACEHOLDER = '{label}';

/** What labels are put into when nobody says otherwise; `schema.graphql` tells it, too. */
export const DEFAULT_TEMPLATES: readonly string[] = ['a photo of a {label}'];

const MAX_LABELS = 100;
const MAX_TEMPLATES = 20;

/**
 * Checks labels.
 *
 * @returns them in the form in which texts are encoded (see `normaliseText`), in order
 * @throws RequestError BAD_USER_INPUT for none, too many, an empty, too long or repeated one
 */
export function parseLabels(labels: readonly string[]): string[] {
  checkNumber(labels.length, MAX_LABELS, 'labels');
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

/**
 * Checks templates.
 *
 * @returns them in the form in which texts are encoded, in order
 * @throws RequestError BAD_USER_INPUT for none, too many, an empty or too long one, or one without `{label}`
 */
export function parseTemplates(templates: readonly string[]): string[] {
  checkNumber(templates.length, MAX_TEMPLATES, 'templates');
  return templates.map((template, index) => {
    const normal = normaliseText(template, `Template ${index + 1}`);
    if (!normal.includes(PLACEHOLDER)) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `Template ${index + 1}, "${normal}", has no ${PLACEHOLDER}: every label would get the same score. Write ${PLACEHOLDER} where the label belongs, as in "a photo of a ${PLACEHOLDER}".`,
      );
    }
    return normal;
  });
}

/**
 * A label's prompts, one a template, in order. The label is taken literally, whatever characters it has.
 *
 * @throws RequestError BAD_USER_INPUT when a template with the label in it is too long
 */
export function fillTemplates(templates: readonly string[], label: string): string[] {
  return templates.map((template, index) =>
    normaliseText(template.split(PLACEHOLDER).join(label), `Template ${index + 1} with the label "${label}"`),
  );
}

function checkNumber(number: number, most: number, what: string): void {
  if (number >= 1 && number <= most) return;
  throw new RequestError('BAD_USER_INPUT', `Give from 1 to ${most} ${what}, not ${number}.`);
}
