import type { Database } from '../db/database.js';
import type { ImageFilter, Within } from '../db/image-filter.js';
import { findSavedSearches, type SavedSearchRow } from '../db/saved-searches.js';
import { RequestError } from '../errors.js';
import { leastSimilarity, type Background } from './background.js';
import { parseSavedQuery } from './saved-query.js';
import type { SavedMembership, SavedSearch } from './saved-searches.js';

/**
 * Which images fall within a saved search, over the embeddings of one model.
 *
 * @param background how similar a vector of the model is to images in general
 */
export function createSavedMembership(
  { pool }: Pick<Database, 'pool'>,
  model: { readonly id: number; readonly name: string },
  background: (vector: Float32Array) => Promise<Background | null>,
): SavedMembership {
  return {
    async byIds(ids) {
      if (ids.length === 0) return new Map();
      return new Map((await findSavedSearches(pool, ids)).map((row) => [row.id, toSavedSearch(row)]));
    },

    async within(saved: SavedSearch, filter: ImageFilter): Promise<Within> {
      checkComparable(saved, model);
      const { modelId, vector } = saved;
      return {
        modelId,
        vector,
        leastSimilarity: await leastSimilarity(saved, () => background(vector)),
        filter,
      };
    },
  };
}

/** @throws RequestError OTHER_MODEL */
export function checkComparable(
  saved: SavedSearch,
  model: { readonly id: number; readonly name: string },
): void {
  if (saved.modelId === model.id) return;
  throw new RequestError(
    'OTHER_MODEL',
    `The saved search "${saved.name}" has a vector of another model than ${model.name}, which the images are embedded ` +
      'with. Vectors of two models cannot be compared. Delete the search and save it again.',
  );
}

/** A row as the domain knows it. */
export function toSavedSearch(row: SavedSearchRow): SavedSearch {
  const { embedding, query, ...rest } = row;
  return { ...rest, query: parseSavedQuery(query), vector: embedding };
}
