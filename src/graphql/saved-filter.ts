import { coerceInputValue, isInputObjectType, type GraphQLSchema } from 'graphql';
import { RequestError } from '../errors.js';
import type { SavedSearch } from '../search/saved-searches.js';
import type { ImageFilter as ImageFilterInput, InputMaybe } from './generated/types.js';
import { parseImageFilter } from './image-filter.js';
import type { ImageFilter } from './mappers.js';

/** The JSON text in which a filter is kept: as it was given. */
export function savedFilterJson(filter: InputMaybe<ImageFilterInput>): string {
  return JSON.stringify(filter ?? {});
}

/**
 * The filter of a saved search, read as if it came with this request.
 *
 * @throws RequestError BAD_USER_INPUT when it is not understood any more
 */
export function parseSavedFilter(saved: SavedSearch, schema: GraphQLSchema): ImageFilter {
  const type = schema.getType('ImageFilter');
  if (!isInputObjectType(type)) throw new Error('The schema has no input ImageFilter.');
  const coerced = coerceInputValue(saved.filter, type, (_path, _value, error) => {
    throw new RequestError(
      'BAD_USER_INPUT',
      `The filter of the saved search "${saved.name}" is not understood by this version (${error.message}). Save it again.`,
      { cause: error },
    );
  });
  return parseImageFilter(coerced as ImageFilterInput);
}
