import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { findImageEmbeddings } from '../db/image-embeddings.js';
import { listModels } from '../db/models.js';
import type { FoundMatch } from '../db/search.js';
import { findVectorIndexes } from '../db/vector-index-state.js';
import type { SearchSet } from '../db/search-set.js';
import { RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { createBackground, leastSimilarity, type Background } from './background.js';
import { diversify, DIVERSE_POOL } from './diversify.js';
import { estimateRecall } from './estimate-recall.js';
import { createFindMatches } from './find-matches.js';
import { createFindHybrid, hybridPage, hybridText } from './hybrid.js';
import { checkPosition, digestOf } from './position.js';
import { probeIndex } from './probe-index.js';
import { createQueryVectors, identified } from './query-vector.js';
import type { Match, MatchOrder, Search, SearchEffort, SearchPlan, SearchRequest } from './search.js';
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
  const findMatches = createFindMatches(database, log);
  const findHybrid = createFindHybrid(database, findMatches);
  const backgroundOf = createBackground(database, model.id);

  async function diverse(matches: readonly FoundMatch[], diversity: number, limit: number) {
    const pool = matches.slice(0, DIVERSE_POOL);
    const embeddings = await embeddingsOf(pool.map(({ imageId }) => imageId));
    // An image that was deleted since the search has none any more.
    const candidates = pool.flatMap((match) => {
      const embedding = embeddings.get(match.imageId);
      return embedding === undefined ? [] : [{ ...match, similarity: 1 - match.distance, embedding }];
    });
    return diversify(candidates, diversity, limit);
  }

  const embeddingsOf: Search['embeddings'] = async (imageIds) =>
    imageIds.length === 0 ? new Map() : findImageEmbeddings(database.pool, model.id, imageIds);

  const withRecall = (plan: SearchPlan, set: SearchSet, effort: SearchEffort): SearchPlan =>
    plan.strategy === 'EXACT'
      ? plan
      : {
          ...plan,
          estimateRecall: (sample) => estimateRecall({ findMatches, embeddingsOf }, { set, effort }, sample),
        };

  return {
    async search(request) {
      checkRequest(request);
      const { filter, limit, after, minSimilarity, minStandardScore, orderBy, mode, excludeId, readySince } =
        request;
      const diversity = request.diversity === 0 ? undefined : request.diversity;
      const text = hybridText(request);
      const started = performance.now();
      const { vector, identity } =
        request.query.kind === 'ready' ? identified(request.query.vector) : await toVector(request.query);
      const encoded = performance.now();
      const digest = digestOf({
        fingerprint: model.fingerprint,
        query: identity,
        filter,
        minSimilarity,
        minStandardScore,
        excludeId,
        orderBy,
        diversity,
        readySince,
        hybridText: text,
      });
      if (after !== undefined) checkPosition(after, digest);

      let compared: Promise<Background | null> | undefined;
      const background = () => (compared ??= backgroundOf(vector));
      const set = { modelId: model.id, dimensions: model.dimensions, vector, filter, excludeId, readySince };
      const effort = request.effort ?? 'NORMAL';
      const least = await leastSimilarity(request, background);
      if (text !== undefined) {
        const { matches, plan: did } = await findHybrid({ set, text, mode, effort, minSimilarity: least });
        const plan = {
          ...did,
          exhaustive: did.strategy === 'EXACT',
          encodeMs: encoded - started,
          databaseMs: performance.now() - encoded,
        };
        log.debug({ query: request.query.kind, hybrid: true, matches: matches.length, ...plan }, 'Searched.');
        return {
          ...hybridPage(matches, { limit, after, digest }),
          plan: withRecall(plan, set, effort),
          background,
        };
      }
      const found = await findMatches({
        set,
        mode: readySince === undefined ? mode : 'EXACT',
        effort,
        limit: diversity === undefined ? limit : DIVERSE_POOL,
        after,
        minSimilarity: least,
        orderBy,
      });
      const shown =
        diversity === undefined
          ? found.matches.slice(0, limit)
          : await diverse(found.matches, diversity, limit);
      const plan = {
        strategy: found.strategy,
        candidates: found.candidates,
        exhaustive: found.strategy === 'EXACT',
        efSearch: found.efSearch,
        encodeMs: encoded - started,
        databaseMs: performance.now() - encoded,
      };
      log.debug({ query: request.query.kind, matches: found.matches.length, ...plan }, 'Searched.');
      const skipped = after?.rank ?? 0;
      return {
        matches: shown.map((match, index) => toMatch(match, skipped + index + 1, digest, orderBy)),
        hasNextPage: diversity === undefined && found.matches.length > limit,
        plan: withRecall(plan, set, effort),
        background,
      };
    },

    background: backgroundOf,

    probe: () => probeIndex(database, model),

    vectorIndexes: () => findVectorIndexes(database.pool),

    embeddings: embeddingsOf,

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

function checkRequest(request: SearchRequest): void {
  const { limit, minSimilarity, minStandardScore, orderBy, diversity, after } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw refused(`A page has from 1 to ${MAX_LIMIT} matches, not ${limit}.`);
  }
  if (minSimilarity !== undefined && !(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw refused(`minSimilarity is a cosine similarity, from -1 to 1, not ${minSimilarity}.`);
  }
  if (minStandardScore !== undefined && !Number.isFinite(minStandardScore)) {
    throw refused(`minStandardScore is a finite number, not ${minStandardScore}.`);
  }
  if (orderBy !== undefined && minSimilarity === undefined && minStandardScore === undefined) {
    throw refused(
      'An order by date needs `minSimilarity` or `minStandardScore`: without a threshold every image is a match, and the order ' +
        'says nothing about the query. Say from where on an image is a match, or leave `orderBy` out.',
    );
  }
  if (diversity === undefined || diversity === 0) return;
  if (!(diversity > 0 && diversity <= 1)) {
    throw refused(`diversity lies between 0 (most similar first) and 1, and is not ${diversity}.`);
  }
  if (orderBy !== undefined) {
    throw refused('`diversity` chooses an order of its own. Leave it or `orderBy` out.');
  }
  if (after !== undefined) {
    throw refused(
      `A diverse list is one page, chosen from the ${DIVERSE_POOL} most similar images. Ask for more by \`first\`, or leave \`diversity\` out to page on.`,
    );
  }
}

function refused(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message);
}
