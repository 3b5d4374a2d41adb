/**
 * What resolvers get as a parent for each type that is not passed along as the schema draws it: codegen.ts names these.
 */
import type {
  CollectionCounts,
  ImageListRequest,
  ImagePage,
  Images,
  IngestProgress,
} from '../images/images.js';
import type { NewMatch, SavedSearch, SavedSearchPage } from '../search/saved-searches.js';
import type { SearchLog } from '../search/search-log.js';
import type { DuplicateGroup, DuplicateGroups } from '../search/duplicates.js';
import type { Match, ModelSummary, SearchPlan, SearchResult } from '../search/search.js';

export type ImageFilter = ImageListRequest['filter'];
export type ImageOrder = ImageListRequest['orderBy'];

export type ImageParent = Awaited<ReturnType<Images['list']>>['images'][number];
export type ModelParent = ModelSummary;
export type SavedSearchParent = SavedSearch;
export type NodeParent = ImageParent | ModelParent | SavedSearchParent;
export type SearchLogParent = SearchLog;

export interface ImageConnectionParent {
  readonly page: ImagePage;
  readonly filter: ImageFilter;
  readonly orderBy: ImageOrder;
}

export interface ImageMatchConnectionParent {
  readonly result: SearchResult;
  readonly hasPreviousPage: boolean;
}

export type SearchPlanParent = SearchPlan;

/** A match of a search, or a new one of a saved search, whose place is only looked for when it is asked for. */
export type ImageMatchEdgeParent = { readonly image: ImageParent } & (
  { readonly match: Match } | { readonly newMatch: NewMatch }
);

export interface SavedSearchConnectionParent {
  readonly page: SavedSearchPage;
  readonly hasPreviousPage: boolean;
}

export interface DuplicateGroupConnectionParent extends DuplicateGroups {
  readonly hasPreviousPage: boolean;
}
export type DuplicateGroupParent = DuplicateGroup;

export type CollectionStatsParent = CollectionCounts;
export type IngestProgressParent = IngestProgress;

export interface ImageNotFoundParent {
  /** The id as the client gave it, whatever it was. */
  readonly id: string;
}
