import type { GraphQLResolveInfo } from 'graphql';
import type { SearchEffort, SearchMode } from '../../search/search.js';
import { checkStandardScore, pageSize } from '../arguments.js';
import type { Context } from '../context.js';
import { parseMatchCursor } from '../cursors.js';
import type { InputMaybe, SavedSearchResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';
import type { ImageMatchConnectionParent, SavedSearchParent } from '../mappers.js';
import { parseSavedFilter } from '../saved-filter.js';
import { savedQueryJson } from '../saved-query.js';

export const SavedSearch: SavedSearchResolvers = {
  id: (search) => toGlobalId('SavedSearch', search.id),
  query: (search) => savedQueryJson(search.query),
  comparable: (search, _args, context) => context.savedSearches.isComparable(search),

  model: async (search, _args, context) => {
    const model = (await context.loaders.models()).find(({ id }) => id === search.modelId);
    if (model === undefined) throw new Error('A saved search without its model');
    return model;
  },

  matches: (search, args, context, info) => run(search, args, context, info),
  newSince: (search, { time, ...args }, context, info) => run(search, args, context, info, time),
};

async function run(
  search: SavedSearchParent,
  args: {
    readonly first?: InputMaybe<number>;
    readonly after?: InputMaybe<string>;
    readonly minStandardScore?: InputMaybe<number>;
    readonly mode?: InputMaybe<SearchMode>;
    readonly effort?: InputMaybe<SearchEffort>;
  },
  context: Context,
  info: GraphQLResolveInfo,
  readySince?: Date,
): Promise<ImageMatchConnectionParent> {
  const request = {
    filter: parseSavedFilter(search, info.schema),
    limit: pageSize(args.first),
    after: typeof args.after === 'string' ? parseMatchCursor(args.after) : undefined,
    minStandardScore: checkStandardScore(args.minStandardScore),
    mode: args.mode ?? 'AUTO',
    effort: args.effort ?? 'NORMAL',
    readySince,
  };
  context.budget.spend('searches', 1);
  context.budget.spend('images', request.limit);
  const result = await context.savedSearches.run(search, request);
  return { result, hasPreviousPage: request.after !== undefined };
}
