import type { SavedQuery } from '../search/saved-query.js';
import type { ImageSource, SearchQuery } from './generated/types.js';
import { requireImageId, toGlobalId } from './global-ids.js';

/**
 * A query in the form in which it is kept: with the row's id of an image, and without a file's bytes.
 *
 * @throws RequestError BAD_USER_INPUT for what is not the id of an image
 */
export function toSavedQuery(input: SearchQuery): SavedQuery {
  if (input.text !== undefined) return { text: input.text };
  if (input.vector !== undefined) return { vector: input.vector };
  if (input.prompts !== undefined) return { prompts: input.prompts };
  if (input.image !== undefined) return { image: toSavedImage(input.image) };
  return {
    combine: input.combine.map(({ query, weight }) => ({ query: toSavedQuery(query), weight: weight ?? 1 })),
  };
}

function toSavedImage(input: ImageSource): Extract<SavedQuery, { image: unknown }>['image'] {
  if (input.id !== undefined) return { id: requireImageId(input.id, 'query.image.id') };
  return input.url === undefined ? { file: true } : { url: input.url };
}

/** What was kept in the form of SearchQuery, as JSON; null stands in the place of a file's bytes. */
export function savedQueryJson(query: SavedQuery): unknown {
  if ('combine' in query) {
    return {
      combine: query.combine.map((term) => ({ query: savedQueryJson(term.query), weight: term.weight })),
    };
  }
  if (!('image' in query)) return query;
  const { image } = query;
  if ('id' in image) return { image: { id: toGlobalId('Image', image.id) } };
  return { image: 'url' in image ? image : { upload: null } };
}
