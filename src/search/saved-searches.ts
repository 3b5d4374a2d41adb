import type { ImageFilter, Within } from '../db/image-filter.js';
import type { Background } from './background.js';
import type { SavedQuery } from './saved-query.js';
import type { Match, Query, SearchRequest, SearchResult } from './search.js';

/** A search that is kept under a name, with the vector that a model gave for it. */
export interface SavedSearch {
  readonly id: number;
  readonly name: string;
  /** As it was given. */
  readonly query: SavedQuery;
  /** The filter as it was given, as JSON: whoever gave it can read it. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly minSimilarity: number | null;
  readonly minStandardScore: number | null;
  readonly modelId: number;
  readonly vector: Float32Array;
  readonly createdAt: Date;
}

export interface SaveRequest {
  readonly name: string;
  readonly query: Query;
  /** The same query in the form in which it is kept. */
  readonly savedQuery: SavedQuery;
  /** JSON text of an object. */
  readonly filter: string;
  readonly minSimilarity: number | undefined;
  readonly minStandardScore: number | undefined;
}

export type SaveResult =
  | { readonly outcome: 'saved'; readonly search: SavedSearch }
  | { readonly outcome: 'name-taken'; readonly search: SavedSearch }
  | { readonly outcome: 'invalid'; readonly field: 'name'; readonly message: string };

/** What is asked of a saved search when it is run again, beside what it asks for itself. Its own filter comes parsed. */
export type RunRequest = Pick<
  SearchRequest,
  'filter' | 'limit' | 'after' | 'mode' | 'effort' | 'minStandardScore' | 'readySince'
>;

/** A new image within a saved search. */
export interface NewMatch {
  readonly imageId: number;
  readonly similarity: number;
  /** What its standard score is measured against. */
  background(): Promise<Background | null>;
  /** The match with its rank among all, counted when it is first asked for: that compares every image of the filter. */
  place(): Promise<Match>;
}

/** What falls within saved searches, for filters that name them. */
export interface SavedMembership {
  /** One statement. Unknown ids are missing from the map. */
  byIds(ids: readonly number[]): Promise<ReadonlyMap<number, SavedSearch>>;
  /**
   * What an image must be like to fall within a saved search.
   *
   * @param filter its own, parsed
   * @throws RequestError OTHER_MODEL
   */
  within(search: SavedSearch, filter: ImageFilter): Promise<Within>;
}

/** Searches that are kept, run again, and watched. */
export interface SavedSearches extends SavedMembership {
  /** @throws RequestError as Search.search does for the query */
  save(request: SaveRequest): Promise<SaveResult>;
  byName(name: string): Promise<SavedSearch | undefined>;
  /** Newest first. @param afterId only those behind this one */
  list(afterId: number | undefined, limit: number): Promise<SavedSearchPage>;
  count(): Promise<number>;
  /** @returns whether there was one */
  delete(id: number): Promise<boolean>;
  /** Whether its vector can be compared with the images: it is of the model that searches use. */
  isComparable(search: SavedSearch): boolean;
  /** @throws RequestError OTHER_MODEL, and as Search.search does */
  run(search: SavedSearch, request: RunRequest): Promise<SearchResult>;
  /**
   * New images within the search as they become READY in any process, until the signal aborts or the search is deleted.
   *
   * @throws RequestError OTHER_MODEL; BAD_USER_INPUT when the search has neither threshold
   */
  watch(search: SavedSearch, filter: ImageFilter, signal: AbortSignal): AsyncIterableIterator<NewMatch>;
  /** Ends what is watched with RequestError OTHER_MODEL: for when another model becomes active. */
  stopWatching(): void;
}

export interface SavedSearchPage {
  readonly searches: readonly SavedSearch[];
  readonly hasNextPage: boolean;
}
