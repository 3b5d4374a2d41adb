import { RequestError } from '../errors.js';
import type { ImageFilter } from '../db/image-filter.js';
import type { MatchPosition, SearchResult } from './search.js';

export const MAX_CLUSTERS = 50;
/** Of more images, so many are clustered: 10 MB of vectors, and about a second of one core for 20 clusters. */
export const MAX_CLUSTERED = 5_000;

/** An image of a cluster. */
export interface ClusterMember {
  readonly imageId: number;
  /** Cosine similarity with the centroid. */
  readonly similarity: number;
}

/** Images that are like each other. */
export interface ImageCluster {
  /** A unit vector of the active model. */
  readonly centroid: Float32Array;
  /** Nearest to the centroid first, ties by id. */
  readonly members: readonly ClusterMember[];
  /** Tells this list of members from others: cursors carry it. */
  readonly digest: string;
}

export interface ImageClusters {
  /** Largest first, ties by the lowest id of their members. */
  readonly clusters: readonly ImageCluster[];
  readonly clusteredCount: number;
  /** Whether every image of the filter was clustered. */
  readonly exhaustive: boolean;
}

/** Shows what there is in a collection, without a query. */
export interface Clusters {
  /** @throws RequestError BAD_USER_INPUT for a number of clusters out of range */
  cluster(request: { readonly k: number; readonly filter: ImageFilter }): Promise<ImageClusters>;
  /** The mean direction of a filter's images (of a sample, where there are many); undefined when there are none. */
  centre(filter: ImageFilter): Promise<Float32Array | undefined>;
}

/**
 * A page of a cluster's members.
 *
 * @throws RequestError INVALID_CURSOR when the position is not one of this cluster, as it is now
 */
export function clusterPage(
  { members, digest }: ImageCluster,
  { limit, after }: { readonly limit: number; readonly after: MatchPosition | undefined },
): SearchResult {
  const skipped = after?.rank ?? 0;
  if (after !== undefined && (after.digest !== digest || members[skipped - 1]?.imageId !== after.id)) {
    throw new RequestError(
      'INVALID_CURSOR',
      'The cursor belongs to another cluster, or to this one before images came or went. Start again without `after`.',
    );
  }
  const page = members.slice(skipped, skipped + limit);
  return {
    matches: page.map(({ imageId, similarity }, index) => {
      const rank = skipped + index + 1;
      return { imageId, similarity, rank, position: { distance: 1 - similarity, id: imageId, rank, digest } };
    }),
    hasNextPage: members.length > skipped + limit,
    plan: {
      strategy: 'EXACT',
      candidates: members.length,
      exhaustive: true,
      efSearch: null,
      encodeMs: 0,
      databaseMs: 0,
    },
  };
}
