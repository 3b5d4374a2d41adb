import { RequestError } from '../errors.js';
import { normaliseText } from './normalise-text.js';

/** Stands for the label in a template. */
const PLACEHOLDER = '{label}';

export const MAX_TEMPLATES = 20;

/**
 * Checks templates.
 *
 * @returns them in the form in which texts are encoded, in order
 * @throws RequestError BAD_USER_INPUT for none, too many, an empty or too long one, or one without `{label}`
 */
export function parseTemplates(templates: readonly string[]): string[] {
  if (templates.length < 1 || templates.length > MAX_TEMPLATES) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `Give from 1 to ${MAX_TEMPLATES} templates, not ${templates.length}.`,
    );
  }
  return templates.map((template, index) => {
    const normal = normaliseText(template, `Template ${index + 1}`);
    if (!normal.includes(PLACEHOLDER)) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `Template ${index + 1}, "${normal}", has no ${PLACEHOLDER}: it would say the same of every label. Write ${PLACEHOLDER} where the label belongs, as in "a photo of a ${PLACEHOLDER}".`,
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
