import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import type { ImageFilter } from '../db/image-filter.js';
import { countNearerMatches, type SavedSearchHit } from '../db/saved-search-matches.js';
import {
  countSavedSearches,
  deleteSavedSearch,
  findSavedSearchByName,
  insertSavedSearch,
  listSavedSearches,
} from '../db/saved-searches.js';
import { isStorableText } from '../db/storable-text.js';
import { RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { createLeastSimilarities } from './least-similarities.js';
import { digestOf } from './position.js';
import { createQueryVectors, identified } from './query-vector.js';
import { createSavedMatcher } from './saved-matcher.js';
import { checkComparable, createSavedMembership, toSavedSearch } from './saved-membership.js';
import type { NewMatch, SavedSearch, SavedSearches } from './saved-searches.js';
import type { Match, Search } from './search.js';
import type { TextEmbeddings } from './text-embeddings.js';

const MAX_NAME_CHARACTERS = 200;

/** Saved searches over the embeddings of one model. */
export function createSavedSearches(dependencies: {
  readonly database: Database;
  readonly encoder: Encoder;
  readonly textEmbeddings: TextEmbeddings;
  readonly model: {
    readonly id: number;
    readonly name: string;
    readonly dimensions: number;
    readonly fingerprint: string;
  };
  readonly search: Search;
  /** Ids of images as they become READY or FAILED in any process. */
  readonly processed: (signal: AbortSignal) => AsyncIterable<number>;
  readonly log: Logger;
}): SavedSearches {
  const { database, model, search } = dependencies;
  const { pool } = database;
  const toVector = createQueryVectors(dependencies);
  const leastSimilarityOf = createLeastSimilarities(
    (vector) => search.background(vector),
    () => performance.now(),
  );
  const matcher = createSavedMatcher({ ...dependencies, modelId: model.id });

  const toNewMatch = (saved: SavedSearch, filter: ImageFilter, hit: SavedSearchHit): NewMatch => {
    const { imageId, distance } = hit;
    let placed: Promise<Match> | undefined;
    const place = async (): Promise<Match> => {
      const set = { modelId: model.id, dimensions: model.dimensions, vector: saved.vector, filter };
      const nearer = await countNearerMatches(
        pool,
        { ...set, excludeId: undefined },
        { distance, id: imageId },
      );
      const digest = digestOf({
        fingerprint: model.fingerprint,
        query: identified(saved.vector).identity,
        filter,
        minSimilarity: saved.minSimilarity ?? undefined,
        minStandardScore: saved.minStandardScore ?? undefined,
        excludeId: undefined,
        orderBy: undefined,
        diversity: undefined,
      });
      const rank = nearer + 1;
      return {
        imageId,
        similarity: 1 - distance,
        rank,
        position: { distance, id: imageId, rank, digest },
      };
    };
    return {
      imageId,
      similarity: 1 - distance,
      background: () => search.background(saved.vector),
      place: () => (placed ??= place()),
    };
  };

  return {
    ...createSavedMembership(database, model, (vector) => search.background(vector)),

    async save({ name, query, savedQuery, filter, minSimilarity, minStandardScore }) {
      const trimmed = name.trim();
      const mistake = mistakeInName(trimmed);
      if (mistake !== undefined) return { outcome: 'invalid', field: 'name', message: mistake };
      const taken = await findSavedSearchByName(pool, trimmed);
      if (taken !== undefined) return { outcome: 'name-taken', search: toSavedSearch(taken) };
      const { vector } = await toVector(query);
      const row = await insertSavedSearch(pool, {
        name: trimmed,
        query: JSON.stringify(savedQuery),
        filter,
        minSimilarity: minSimilarity ?? null,
        minStandardScore: minStandardScore ?? null,
        modelId: model.id,
        embedding: vector,
      });
      if (row !== undefined) return { outcome: 'saved', search: toSavedSearch(row) };
      // Somebody else was faster by a moment.
      const other = await findSavedSearchByName(pool, trimmed);
      if (other === undefined) {
        throw new RequestError(
          'UNAVAILABLE',
          'A search of this name was saved and deleted at this moment. Try again.',
        );
      }
      return { outcome: 'name-taken', search: toSavedSearch(other) };
    },

    async byName(name) {
      if (!isStorableText(name)) return undefined;
      const row = await findSavedSearchByName(pool, name.trim());
      return row && toSavedSearch(row);
    },

    async list(afterId, limit) {
      // One more than asked for tells whether there are more.
      const rows = await listSavedSearches(pool, afterId, limit + 1);
      return { searches: rows.slice(0, limit).map(toSavedSearch), hasNextPage: rows.length > limit };
    },

    count: () => countSavedSearches(pool),
    delete: (id) => deleteSavedSearch(pool, id),
    isComparable: (saved) => saved.modelId === model.id,

    run(saved, request) {
      checkComparable(saved, model);
      return search.search({
        ...request,
        query: { kind: 'ready', vector: saved.vector },
        minSimilarity: saved.minSimilarity ?? undefined,
        minStandardScore: higher(saved.minStandardScore, request.minStandardScore),
      });
    },

    watch(saved, filter, signal) {
      checkComparable(saved, model);
      if (saved.minSimilarity === null && saved.minStandardScore === null) {
        throw new RequestError(
          'BAD_USER_INPUT',
          `The saved search "${saved.name}" has neither \`minSimilarity\` nor \`minStandardScore\`, so that every image would match. ` +
            'Save it with one of them.',
        );
      }
      return matcher.watch({
        searchId: saved.id,
        leastSimilarity: () => leastSimilarityOf(saved),
        filter,
        signal,
        toEvent: (hit) => toNewMatch(saved, filter, hit),
      });
    },

    stopWatching() {
      matcher.stop(
        new RequestError(
          'OTHER_MODEL',
          'Another model has become active, under which images are compared from now on. Subscribe again.',
        ),
      );
    },
  };
}

function higher(one: number | null, other: number | undefined): number | undefined {
  return one === null || other === undefined ? (one ?? other) : Math.max(one, other);
}

function mistakeInName(name: string): string | undefined {
  const characters = Array.from(name.slice(0, 2 * MAX_NAME_CHARACTERS + 1)).length;
  if (name === '' || characters > MAX_NAME_CHARACTERS) {
    return `A name has from 1 to ${MAX_NAME_CHARACTERS} characters, spaces at its ends not counted.`;
  }
  if (!isStorableText(name))
    return 'The name has a NUL character or half of a surrogate pair. Write plain Unicode text.';
  return undefined;
}
