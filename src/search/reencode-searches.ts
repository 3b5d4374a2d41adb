import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { listSavedSearchesOfOthers, type ReencodedSearch } from '../db/saved-searches.js';
import { RequestError } from '../errors.js';
import { createQueryVectors } from './query-vector.js';
import { parseSavedQuery, type SavedQuery } from './saved-query.js';
import type { Query } from './search.js';
import type { TextEmbeddings } from './text-embeddings.js';

const SEARCHES_AT_ONCE = 100;

/**
 * Gives the saved searches of other models their vectors under this one: those of texts and of images of the collection. A vector
 * that was given, and a file or an address of which nothing was kept, cannot be encoded anew; such searches are left out.
 */
export function createReencodeSearches(dependencies: {
  readonly database: Database;
  readonly encoder: Encoder;
  readonly textEmbeddings: TextEmbeddings;
  readonly model: { readonly id: number; readonly dimensions: number };
}): () => Promise<readonly ReencodedSearch[]> {
  const { database, model } = dependencies;
  const toVector = createQueryVectors(dependencies);

  return async () => {
    const reencoded: ReencodedSearch[] = [];
    for (let after = 0; ;) {
      const rows = await listSavedSearchesOfOthers(database.pool, model.id, after, SEARCHES_AT_ONCE);
      for (const { id, query } of rows) {
        const plain = toQuery(parseSavedQuery(query));
        if (plain === undefined) continue;
        try {
          const { vector } = await toVector(plain);
          reencoded.push({ id, embedding: vector });
        } catch (error) {
          // An example image that is gone, or terms that cancel each other out under this model.
          if (!(error instanceof RequestError) || error.code === 'UNAVAILABLE') throw error;
        }
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < SEARCHES_AT_ONCE) return reencoded;
      after = last.id;
    }
  };
}

/** Undefined for what only the model that it was saved with can tell. */
function toQuery(saved: SavedQuery): Query | undefined {
  if ('text' in saved) return { kind: 'text', text: saved.text };
  if ('prompts' in saved) return { kind: 'prompts', ...saved.prompts };
  if ('vector' in saved) return undefined;
  if ('image' in saved) return 'id' in saved.image ? { kind: 'image', id: saved.image.id } : undefined;
  const terms: { query: Query; weight: number }[] = [];
  for (const { query, weight } of saved.combine) {
    const term = toQuery(query);
    if (term === undefined) return undefined;
    terms.push({ query: term, weight });
  }
  return { kind: 'combine', terms };
}
