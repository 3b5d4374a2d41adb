import { createHash } from 'node:crypto';
import type { Database, Queryable } from '../db/database.js';
import { findDuplicatesOf, listDuplicatePairs, rankImages, recordDuplicates } from '../db/duplicates.js';
import { findImageEmbeddings } from '../db/image-embeddings.js';
import { findByIndex, prepareIndexScan, type FoundMatch } from '../db/search.js';
import { RequestError } from '../errors.js';
import { connect } from './duplicate-groups.js';
import {
  LEAST_RECORDED_SIMILARITY,
  MAX_HASH_DISTANCE,
  MAX_LISTED,
  MAX_PAIRS,
  NEIGHBOURS,
  type DuplicateGroupsRequest,
  type Duplicates,
} from './duplicates.js';
import { COUNTED_CANDIDATES } from './plan.js';
import { canonicalFilter, checkPosition, digestOf } from './position.js';

/** Near duplicates under one model. */
export function createDuplicates(dependencies: {
  readonly database: Database;
  readonly model: { readonly id: number; readonly dimensions: number; readonly fingerprint: string };
}): Duplicates {
  const { database, model } = dependencies;
  const { pool } = database;

  return {
    async ofImage({ imageId, limit, after, minSimilarity }) {
      const digest = digestOf({
        fingerprint: model.fingerprint,
        query: Buffer.from('duplicates'),
        filter: {},
        minSimilarity,
        excludeId: imageId,
        orderBy: undefined,
        diversity: undefined,
      });
      if (after !== undefined) checkPosition(after, digest);
      const started = performance.now();
      const { candidates, matches } = await findDuplicatesOf(
        pool,
        { id: imageId, modelId: model.id },
        { limit: limit + 1, minSimilarity, order: { by: 'similarity', after } },
        MAX_HASH_DISTANCE,
      );
      return {
        matches: matches.slice(0, limit).map(({ imageId: id, distance }, index) => {
          const rank = (after?.rank ?? 0) + index + 1;
          return { imageId: id, similarity: 1 - distance, rank, position: { distance, id, rank, digest } };
        }),
        hasNextPage: matches.length > limit,
        plan: {
          strategy: 'EXACT',
          candidates: candidates > COUNTED_CANDIDATES ? null : candidates,
          exhaustive: true,
          efSearch: null,
          encodeMs: 0,
          databaseMs: performance.now() - started,
        },
      };
    },

    async groups(request) {
      const { filter, limit, after, minSimilarity } = request;
      const digest = groupsDigest(request);
      if (after !== undefined && after.digest !== digest) {
        throw new RequestError(
          'INVALID_CURSOR',
          'The cursor belongs to other groups: their filter, minSimilarity or model differ from these. Start again without `after`.',
        );
      }
      const pairs = await listDuplicatePairs(
        pool,
        { modelId: model.id, minSimilarity, filter },
        MAX_PAIRS + 1,
      );
      const all = connect(pairs.slice(0, MAX_PAIRS));
      const following = all.filter(({ imageIds: [lowest = 0] }) => lowest > (after?.lowestId ?? 0));
      const page = following.slice(0, limit);
      const ranked = await rankImages(
        pool,
        page.map(({ imageIds }) => imageIds),
        MAX_LISTED,
      );
      return {
        groups: page.flatMap(({ imageIds, bestSimilarity }, index) => {
          const [keep, ...others] = ranked[index] ?? [];
          // Deleted since the pairs were read.
          if (keep === undefined || others.length === 0) return [];
          return {
            imageIds: [keep, ...others] as const,
            imageCount: imageIds.length,
            bestSimilarity,
            position: { lowestId: imageIds[0] ?? 0, digest },
          };
        }),
        hasNextPage: following.length > limit,
        totalCount: all.length,
        exhaustive: pairs.length <= MAX_PAIRS,
      };
    },

    async record(imageId, embedding) {
      const vector = embedding ?? (await findImageEmbeddings(pool, model.id, [imageId])).get(imageId);
      if (vector === undefined) return;
      // What is stored is a statement of its own: settings that keep the index in use would have it read every image.
      const neighbours = await database.together((transaction) => nearest(transaction, imageId, vector));
      await recordDuplicates(pool, { id: imageId, modelId: model.id }, neighbours, MAX_HASH_DISTANCE);
    },
  };

  async function nearest(
    transaction: Queryable,
    imageId: number,
    vector: Float32Array,
  ): Promise<FoundMatch[]> {
    const set = {
      modelId: model.id,
      dimensions: model.dimensions,
      vector,
      filter: {},
      excludeId: imageId,
    };
    const page = {
      limit: NEIGHBOURS,
      minSimilarity: LEAST_RECORDED_SIMILARITY,
      order: { by: 'similarity', after: undefined },
    } as const;
    const [, { matches }] = await Promise.all([
      prepareIndexScan(transaction, set, INDEX_SCAN, undefined),
      findByIndex(transaction, set, page, NEIGHBOURS),
    ]);
    return matches;
  }

  function groupsDigest({ filter, minSimilarity }: DuplicateGroupsRequest): string {
    return createHash('sha256')
      .update(JSON.stringify([model.fingerprint, canonicalFilter(filter), minSimilarity]))
      .digest('base64url')
      .slice(0, 16);
  }
}

/** One walk through the index; nothing is filtered out but the image itself. */
const INDEX_SCAN = { efSearch: 2 * NEIGHBOURS, maxScanTuples: 20_000 };
