import { RequestError, type ErrorCode } from '../errors.js';
import { checkSimilarity, checkStandardScore } from './arguments.js';
import type { Context } from './context.js';
import type { ResolversTypes, SaveSearchInput } from './generated/types.js';
import { parseImageFilter } from './image-filter.js';
import { savedFilterJson } from './saved-filter.js';
import { toSavedQuery } from './saved-query.js';
import { readSearchQuery } from './search-query.js';

type SaveSearchResult = Awaited<ResolversTypes['SaveSearchResult']>;

/** What is wrong with an input, and not with the request or the server. */
const MISTAKES: ReadonlySet<ErrorCode> = new Set(['BAD_USER_INPUT', 'NOT_FOUND', 'IMAGE_NOT_READY']);

/**
 * Saves a search. A mistake in what is to be saved is a result.
 *
 * @throws RequestError UNAVAILABLE, TOO_LARGE
 */
export async function saveSearch(input: SaveSearchInput, context: Context): Promise<SaveSearchResult> {
  context.budget.spend('searches', 1);
  let field = 'minSimilarity';
  try {
    const minSimilarity = checkSimilarity(input.minSimilarity);
    field = 'minStandardScore';
    const minStandardScore = checkStandardScore(input.minStandardScore);
    field = 'filter';
    parseImageFilter(input.filter);
    field = 'query';
    const saved = await context.savedSearches.save({
      name: input.name,
      savedQuery: toSavedQuery(input.query),
      query: await readSearchQuery(input.query, context),
      filter: savedFilterJson(input.filter),
      minSimilarity,
      minStandardScore,
    });
    switch (saved.outcome) {
      case 'saved':
        return { __typename: 'SearchSaved', search: saved.search };
      case 'name-taken':
        return {
          __typename: 'SavedSearchNameTaken',
          search: saved.search,
          message:
            'There is a saved search by this name already. Choose another name, or delete that one first.',
        };
      case 'invalid':
        return { __typename: 'InvalidInput', field: `input.${saved.field}`, message: saved.message };
    }
  } catch (error) {
    if (!(error instanceof RequestError) || !MISTAKES.has(error.code)) throw error;
    return { __typename: 'InvalidInput', field: `input.${field}`, message: error.message };
  }
}
