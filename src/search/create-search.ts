import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { findImageEmbeddings } from '../db/image-embeddings.js';
import { listModels } from '../db/models.js';
import type { FoundMatch } from '../db/search.js';
import { RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { createFindMatches } from './find-matches.js';
import { checkPosition, digestOf } from './position.js';
import { createQueryVectors } from './query-vector.js';
import type { Match, MatchOrder, Search, SearchRequest } from './search.js';
import type { TextEmbeddings } from './text-embeddings.js';

const MAX_LIMIT = 100;

/** Search over the embeddings of one model. */
export function createSearch(dependencies: {
  readonly database: Database;
  readonly encoder: Encoder;
  readonly textEmbeddings: TextEmbeddings;
  readonly model: { readonly id: number; readonly dimensions: number; readonly fingerprint: string };
  readonly log: Logger;
}): Search {
  const { database, model, log } = dependencies;
  const toVector = createQueryVectors(dependencies);
  const findMatches = createFindMatches(database);

  return {
    async search(request) {
      checkRequest(request);
      const { filter, limit, after, minSimilarity, orderBy, mode, excludeId } = request;
      const started = performance.now();
      const { vector, identity } = await toVector(request.query);
      const encoded = performance.now();
      const digest = digestOf({
        fingerprint: model.fingerprint,
        query: identity,
        filter,
        minSimilarity,
        excludeId,
        orderBy,
      });
      if (after !== undefined) checkPosition(after, digest);

      const found = await findMatches({
        set: { modelId: model.id, dimensions: model.dimensions, vector, filter, excludeId },
        mode,
        limit,
        after,
        minSimilarity,
        orderBy,
      });
      const plan = {
        strategy: found.strategy,
        candidates: found.candidates,
        exhaustive: found.strategy === 'EXACT',
        encodeMs: encoded - started,
        databaseMs: performance.now() - encoded,
      };
      log.debug({ query: request.query.kind, matches: found.matches.length, ...plan }, 'Searched.');
      const skipped = after?.rank ?? 0;
      return {
        matches: found.matches
          .slice(0, limit)
          .map((match, index) => toMatch(match, skipped + index + 1, digest, orderBy)),
        hasNextPage: found.matches.length > limit,
        plan,
      };
    },

    embeddings: async (imageIds) =>
      imageIds.length === 0 ? new Map() : findImageEmbeddings(database.pool, model.id, imageIds),

    models: () => listModels(database.pool),
  };
}

function toMatch(
  { imageId, distance, date }: FoundMatch,
  rank: number,
  digest: string,
  orderBy: MatchOrder | undefined,
): Match {
  const dated = orderBy && { date: date?.toISOString() ?? null };
  return {
    imageId,
    similarity: 1 - distance,
    rank,
    position: { distance, id: imageId, rank, digest, ...dated },
  };
}

function checkRequest({ limit, minSimilarity, orderBy }: SearchRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new RequestError('BAD_USER_INPUT', `A page has from 1 to ${MAX_LIMIT} matches, not ${limit}.`);
  }
  if (minSimilarity !== undefined && !(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `minSimilarity is a cosine similarity, from -1 to 1, not ${minSimilarity}.`,
    );
  }
  if (orderBy !== undefined && minSimilarity === undefined) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'An order by date needs `minSimilarity`: without it every image is a match, and the order says nothing about the ' +
        'query. Give the similarity from which on an image is a match, or leave `orderBy` out.',
    );
  }
}
