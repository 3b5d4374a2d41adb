import type { ImageFilter } from '../db/image-filter.js';
import type { MatchPosition, SearchResult } from './search.js';

/**
 * What makes two images near duplicates: their perceptual hashes differ in at most so many of 64 bits, and the cosine
 * similarity of their embeddings reaches a threshold. Neither alone would do; docs/duplicates.md has the measurements.
 */
export const MAX_HASH_DISTANCE = 16;
/** The threshold unless another is asked for. */
export const DEFAULT_SIMILARITY = 0.95;
/** Pairs are recorded from here on: a lower threshold finds no more groups. */
export const LEAST_RECORDED_SIMILARITY = 0.8;
/** Nearest neighbours that an image is compared with when its pairs are recorded. */
export const NEIGHBOURS = 100;
/** Pairs that groups are made of at most, the most similar ones. */
export const MAX_PAIRS = 100_000;
/** The most images of a group that can be listed. */
export const MAX_LISTED = 100;

interface DuplicatesRequest {
  readonly imageId: number;
  /** From 1 to 100. */
  readonly limit: number;
  readonly after?: MatchPosition | undefined;
  readonly minSimilarity: number;
}

/** A place in a list of groups. */
export interface GroupPosition {
  /** The lowest id of the group's images. */
  readonly lowestId: number;
  /** Digest over filter, model and threshold: a cursor of another list is refused. */
  readonly digest: string;
}

export interface DuplicateGroupsRequest {
  readonly filter: ImageFilter;
  /** From 1 to 100. */
  readonly limit: number;
  readonly after?: GroupPosition | undefined;
  readonly minSimilarity: number;
}

/** Images that are near duplicates of each other, directly or by way of others. */
export interface DuplicateGroup {
  /** The one to keep first, then in the order of that choice; at most `MAX_LISTED`. */
  readonly imageIds: readonly [number, ...number[]];
  readonly imageCount: number;
  /** The cosine similarity of its most similar pair. */
  readonly bestSimilarity: number;
  readonly position: GroupPosition;
}

export interface DuplicateGroups {
  readonly groups: readonly DuplicateGroup[];
  readonly hasNextPage: boolean;
  /** All groups, on all pages. */
  readonly totalCount: number;
  /** Whether every recorded pair was looked at. */
  readonly exhaustive: boolean;
}

/** Finds images that show the same picture, and not just the same thing. */
export interface Duplicates {
  /**
   * The near duplicates of one image, compared at this moment. None when it is not READY, or has no perceptual hash.
   *
   * @throws RequestError INVALID_CURSOR
   */
  ofImage(request: DuplicatesRequest): Promise<SearchResult>;
  /**
   * All near duplicates as groups, in the order of their first images: what was recorded when images became READY.
   *
   * @throws RequestError INVALID_CURSOR
   */
  groups(request: DuplicateGroupsRequest): Promise<DuplicateGroups>;
  /**
   * Looks for near duplicates of a READY image among the others, and records the pairs. Does nothing for other images.
   *
   * @param embedding the image's, where it is known
   */
  readonly record: (imageId: number, embedding?: Float32Array) => Promise<void>;
}
