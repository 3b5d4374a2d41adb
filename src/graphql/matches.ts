import type { GraphQLSchema } from 'graphql';
import { RequestError } from '../errors.js';
import { DIVERSE_POOL } from '../search/diversify.js';
import type { Query, SearchEffort, SearchMode, SearchResult } from '../search/search.js';
import { checkSimilarity, checkStandardScore, pageSize } from './arguments.js';
import type { Context } from './context.js';
import { parseMatchCursor } from './cursors.js';
import type { ImageFilter as ImageFilterInput, InputMaybe, MatchOrder } from './generated/types.js';
import { requireModelId } from './global-ids.js';
import type { ImageMatchConnectionParent } from './mappers.js';
import { readImageFilter } from './read-image-filter.js';

/** The arguments that every field with matches has, as a request gives them. */
export interface MatchArguments {
  readonly first?: InputMaybe<number>;
  readonly after?: InputMaybe<string>;
  readonly filter?: InputMaybe<ImageFilterInput>;
  readonly minSimilarity?: InputMaybe<number>;
  readonly minStandardScore?: InputMaybe<number>;
  readonly orderBy?: InputMaybe<MatchOrder>;
  readonly diversity?: InputMaybe<number>;
  readonly mode?: InputMaybe<SearchMode>;
  readonly effort?: InputMaybe<SearchEffort>;
  readonly hybrid?: InputMaybe<boolean>;
  /** Whether the search may be written into the search log. */
  readonly log?: InputMaybe<boolean>;
  /** Left out: the active model. */
  readonly model?: InputMaybe<string>;
}

/**
 * Searches.
 *
 * @param readQuery is called once the other arguments have been checked, so that no image is fetched for a request that
 *   is refused anyway
 * @throws RequestError as Search.search does, and for arguments out of range
 */
export async function findMatches(
  args: MatchArguments,
  readQuery: () => Query | Promise<Query>,
  context: Context,
  schema: GraphQLSchema,
  excludeId?: number,
): Promise<ImageMatchConnectionParent> {
  const request = {
    filter: await readImageFilter(args.filter, context, schema),
    limit: pageSize(args.first),
    after: typeof args.after === 'string' ? parseMatchCursor(args.after) : undefined,
    minSimilarity: checkSimilarity(args.minSimilarity),
    minStandardScore: checkStandardScore(args.minStandardScore),
    orderBy: args.orderBy
      ? { field: args.orderBy.field, direction: args.orderBy.direction ?? 'DESC' }
      : undefined,
    diversity: args.diversity ?? undefined,
    mode: args.mode ?? 'AUTO',
    effort: args.effort ?? 'NORMAL',
    hybrid: args.hybrid ?? false,
    logged: args.log === true && !args.model,
  };
  context.budget.spend('searches', request.hybrid ? 2 : 1);
  context.budget.spend('images', request.limit);
  if (request.diversity) context.budget.spend('embeddings', DIVERSE_POOL);
  const search = args.model
    ? await context.models.searchBy(requireModelId(args.model, 'model'))
    : context.search;
  const result = await search.search({ ...request, query: await readQuery(), excludeId });
  return { result, hasPreviousPage: request.after !== undefined };
}

/** What matches an image that has no embedding: nothing. */
export const NO_MATCHES: SearchResult = {
  matches: [],
  hasNextPage: false,
  plan: { strategy: 'EXACT', candidates: 0, exhaustive: true, efSearch: null, encodeMs: 0, databaseMs: 0 },
};

/** Whether a search failed because its example image is not there (any more) or not embedded (yet). */
export function lacksEmbedding(error: unknown): boolean {
  return error instanceof RequestError && (error.code === 'NOT_FOUND' || error.code === 'IMAGE_NOT_READY');
}
