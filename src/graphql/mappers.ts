/**
 * What resolvers get as a parent for each type that is not passed along as the schema draws it: codegen.ts names these.
 */
import type { CollectionCounts, ImageListRequest, ImagePage, Images } from '../images/images.js';
import type { Match, ModelSummary, SearchResult } from '../search/search.js';

export type ImageFilter = ImageListRequest['filter'];
export type ImageOrder = ImageListRequest['orderBy'];

export type ImageParent = Awaited<ReturnType<Images['list']>>['images'][number];
export type ModelParent = ModelSummary;
export type NodeParent = ImageParent | ModelParent;

export interface ImageConnectionParent {
  readonly page: ImagePage;
  readonly filter: ImageFilter;
  readonly orderBy: ImageOrder;
}

export interface ImageMatchConnectionParent {
  readonly result: SearchResult;
  readonly hasPreviousPage: boolean;
}

export interface ImageMatchEdgeParent {
  readonly match: Match;
  readonly image: ImageParent;
}

export type CollectionStatsParent = CollectionCounts;

export interface ImageNotFoundParent {
  /** The id as the client gave it, whatever it was. */
  readonly id: string;
}
