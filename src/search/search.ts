import type { ImageFilter } from '../db/image-filter.js';
import type { VectorIndexState } from '../db/vector-index-state.js';
import type { Background } from './background.js';
import type { MatchSource } from './fuse.js';
import type { FusionPlan } from './hybrid.js';

/** What to look for, once its bytes have been read. */
export type Query = PlainQuery | CombinedQuery;

/** What has a vector of its own. */
export type PlainQuery =
  | { readonly kind: 'text'; readonly text: string }
  /** A label in several templates, as in zero-shot classification: the mean direction of its prompts. */
  | { readonly kind: 'prompts'; readonly label: string; readonly templates: readonly string[] }
  | { readonly kind: 'image'; readonly id: number }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'vector'; readonly vector: readonly number[] };

/** The weighted sum of its terms' unit vectors; a negative weight means "less like this". */
export interface CombinedQuery {
  readonly kind: 'combine';
  readonly terms: readonly { readonly query: Query; readonly weight: number }[];
}

export type SearchMode = 'AUTO' | 'EXACT' | 'INDEX';

/** How far the index is searched: more finds more of the nearest images, and takes longer. */
export type SearchEffort = 'LOW' | 'NORMAL' | 'HIGH' | 'MAXIMUM';

/** An order of matches by date; images whose date is not known come last. */
export interface MatchOrder {
  readonly field: 'CREATED_AT' | 'TAKEN_AT';
  readonly direction: 'ASC' | 'DESC';
}

/** A unit vector of the active model that was made before: by a saved search. */
export interface ReadyQuery {
  readonly kind: 'ready';
  readonly vector: Float32Array;
}

export interface SearchRequest {
  readonly query: Query | ReadyQuery;
  readonly filter: ImageFilter;
  /** From 1 to 100. */
  readonly limit: number;
  readonly after?: MatchPosition | undefined;
  readonly minSimilarity?: number | undefined;
  /** Leaves out matches below this standard score (see `Background`). Where there is no background, nothing. */
  readonly minStandardScore?: number | undefined;
  /** Left out: most similar first. Else a threshold says what is a match at all, and is required. */
  readonly orderBy?: MatchOrder | undefined;
  /** From 0 to 1: how much a match must differ from those before it (see `diversify`). More than 0: one page. */
  readonly diversity?: number | undefined;
  /** Looks for the words of the query in titles, tags and file names as well, and fuses both lists. Needs a query with a text. */
  readonly hybrid?: boolean | undefined;
  readonly mode: SearchMode;
  /** Left out: NORMAL. */
  readonly effort?: SearchEffort | undefined;
  /** An image that is left out of its own matches. */
  readonly excludeId?: number | undefined;
  /** Only images that became READY at this time or later. Searched exactly: they are few. */
  readonly readySince?: Date | undefined;
  /** Whether the search may be written into the search log; left out: it is not. */
  readonly logged?: boolean | undefined;
}

/** A place in a list of matches: what a cursor carries. */
export interface MatchPosition {
  /** Cosine distance exactly as the database computed it. */
  readonly distance: number;
  readonly id: number;
  readonly rank: number;
  /** Where matches are ordered by date: the date, in ISO 8601, or null where it is not known. */
  readonly date?: string | null | undefined;
  /** Of a hybrid search: the images up to and with this one, which later pages leave out. */
  readonly shown?: readonly number[] | undefined;
  /** Digests of model, query, filter and settings: a cursor of another search is refused, and it is said what differs. */
  readonly digest: string;
}

export interface Match {
  readonly imageId: number;
  /** Cosine similarity, from -1 to 1. */
  readonly similarity: number;
  /** From 1. */
  readonly rank: number;
  /** Of a hybrid search: the lists that it came from. */
  readonly sources?: readonly MatchSource[] | undefined;
  readonly position: MatchPosition;
}

export interface SearchPlan {
  readonly strategy: 'EXACT' | 'INDEX';
  /** How many READY images match the filter; null: more than the planner counts. */
  readonly candidates: number | null;
  readonly exhaustive: boolean;
  /** How many candidates the index kept in sight; null: no index was used. */
  readonly efSearch: number | null;
  /** Of a hybrid search; everything else here is then about its vector list. */
  readonly fusion?: FusionPlan | undefined;
  readonly encodeMs: number;
  readonly databaseMs: number;
  /**
   * Asks the index and an exact comparison for the 10 nearest of queries near this one. Left out where the answer is exact.
   *
   * @param sample how many queries, each of them two searches
   * @returns the share of the true ones that the index found
   */
  readonly estimateRecall?: (sample: number) => Promise<number>;
}

export interface SearchResult {
  readonly matches: readonly Match[];
  readonly hasNextPage: boolean;
  readonly plan: SearchPlan;
  /**
   * What standard scores of these matches are measured against, compared when it is first asked for; null where there are
   * too few images. Left out: these matches have no query vector that could be compared.
   */
  readonly background?: () => Promise<Background | null>;
}

/** A model that embedded something here. */
export interface ModelSummary {
  readonly id: number;
  readonly name: string;
  readonly revision: string;
  readonly dtype: string;
  readonly dimensions: number;
  readonly logitScale: number;
  readonly fingerprint: string;
  readonly active: boolean;
  readonly state: 'EMBEDDING' | 'PAUSED' | 'RETIRED';
  readonly imageCount: number;
  readonly createdAt: Date;
}

/** Finds images by meaning. */
export interface Search {
  /** @throws RequestError BAD_USER_INPUT, INVALID_CURSOR, NOT_FOUND, IMAGE_NOT_READY, UNAVAILABLE */
  search(request: SearchRequest): Promise<SearchResult>;
  /** How similar a unit vector of the model is to images in general; null where there are too few to say. */
  background(vector: Float32Array): Promise<Background | null>;
  /**
   * Finds one nearest neighbour, as searches on a large collection do.
   *
   * @returns whether the model's index is there and whole; without it searches are right and slow
   */
  probe(): Promise<boolean>;
  /** The vector indexes of all models by the model's id, in one statement. */
  vectorIndexes(): Promise<ReadonlyMap<number, VectorIndexState>>;
  /** Stored unit vectors under the active model, in one statement. Images without one are missing from the map. */
  embeddings(imageIds: readonly number[]): Promise<ReadonlyMap<number, Float32Array>>;
  /** Every model, oldest first, in one statement. */
  models(): Promise<readonly ModelSummary[]>;
}
