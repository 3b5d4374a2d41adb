import { coerceInputValue, isInputObjectType } from 'graphql';
import { RequestError } from '../errors.js';
import type { SavedMembership } from '../search/saved-searches.js';
import type { ImageFilter as ImageFilterInput } from './generated/types.js';
import { parseImageFilter } from './image-filter.js';
import type { ImageFilter } from './mappers.js';
import { findNamed, namedBy, type SavedSearchSource } from './read-image-filter.js';
import { createSchema } from './schema.js';

/**
 * Reads a filter in the form of ImageFilter of the schema, outside of a request.
 *
 * @throws RequestError BAD_USER_INPUT when it is no JSON, or no such filter; OTHER_MODEL
 */
export async function readFilterJson(text: string, savedSearches: SavedMembership): Promise<ImageFilter> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestError('BAD_USER_INPUT', `The filter is no JSON. Write it as in {"tagsAny": ["fruit"]}.`);
  }
  const schema = createSchema();
  const type = schema.getType('ImageFilter');
  if (!isInputObjectType(type)) throw new Error('The schema has no input ImageFilter.');
  const input = coerceInputValue(value, type, (path, _value, error) => {
    const place = path.length === 0 ? '' : ` (at ${path.join('.')})`;
    throw new RequestError(
      'BAD_USER_INPUT',
      `The filter is no ImageFilter of schema.graphql${place}: ${error.message}`,
    );
  }) as ImageFilterInput;
  const source: SavedSearchSource = {
    find: async (id) => (await savedSearches.byIds([id])).get(id) ?? null,
    within: (saved, filter) => savedSearches.within(saved, filter),
  };
  return parseImageFilter(input, await findNamed(namedBy(input), source, schema));
}
