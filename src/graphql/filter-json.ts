import { coerceInputValue, isInputObjectType } from 'graphql';
import { RequestError } from '../errors.js';
import type { ImageFilter as ImageFilterInput } from './generated/types.js';
import { parseImageFilter } from './image-filter.js';
import type { ImageFilter } from './mappers.js';
import { createSchema } from './schema.js';

/**
 * Reads a filter in the form of ImageFilter of the schema, outside of a request.
 *
 * @throws RequestError BAD_USER_INPUT when it is no JSON, or no such filter
 */
export function parseFilterJson(text: string): ImageFilter {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestError('BAD_USER_INPUT', `The filter is no JSON. Write it as in {"tagsAny": ["fruit"]}.`);
  }
  const type = createSchema().getType('ImageFilter');
  if (!isInputObjectType(type)) throw new Error('The schema has no input ImageFilter.');
  const coerced = coerceInputValue(value, type, (path, _value, error) => {
    const place = path.length === 0 ? '' : ` (at ${path.join('.')})`;
    throw new RequestError(
      'BAD_USER_INPUT',
      `The filter is no ImageFilter of schema.graphql${place}: ${error.message}`,
    );
  });
  return parseImageFilter(coerced as ImageFilterInput);
}
