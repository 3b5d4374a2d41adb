import type { GraphQLSchema } from 'graphql';
import type { SavedMembership } from '../search/saved-searches.js';
import type { Context } from './context.js';
import type { ImageFilter as ImageFilterInput, InputMaybe } from './generated/types.js';
import { requireSavedSearchId } from './global-ids.js';
import { filtersWithin, parseImageFilter, type NamedSearches } from './image-filter.js';
import type { ImageFilter, SavedSearchParent } from './mappers.js';
import { parseSavedFilter } from './saved-filter.js';

/** Where the saved searches come from that a filter names. */
export interface SavedSearchSource {
  find(id: number): Promise<SavedSearchParent | null>;
  within: SavedMembership['within'];
}

/**
 * Turns the filter of a request into the domain's, and looks up the saved searches that it names: each is a comparison with all
 * images, and counts as a search.
 *
 * @throws RequestError BAD_USER_INPUT, OTHER_MODEL; TOO_LARGE when the operation has used its budget up
 */
export async function readImageFilter(
  input: InputMaybe<ImageFilterInput>,
  context: Pick<Context, 'budget' | 'loaders' | 'savedSearches'>,
  schema: GraphQLSchema,
): Promise<ImageFilter> {
  const ids = namedBy(input);
  if (ids.size > 0) context.budget.spend('searches', ids.size);
  const source: SavedSearchSource = {
    find: (id) => context.loaders.savedSearch.load(id),
    within: (saved, filter) => context.savedSearches.within(saved, filter),
  };
  return parseImageFilter(input, await findNamed(ids, source, schema));
}

/** The ids of saved searches that a filter names, as it spells them. */
export function namedBy(input: InputMaybe<ImageFilterInput>): ReadonlySet<string> {
  if (!input) return new Set();
  return new Set(filtersWithin(input).flatMap(({ savedSearch }) => savedSearch ?? []));
}

/** @throws RequestError BAD_USER_INPUT, OTHER_MODEL */
export async function findNamed(
  ids: ReadonlySet<string>,
  source: SavedSearchSource,
  schema: GraphQLSchema,
): Promise<NamedSearches> {
  const found = [...ids].map(async (text) => {
    const id = requireSavedSearchId(text, 'filter.savedSearch');
    const saved = await source.find(id);
    const within = saved && (await source.within(saved, parseSavedFilter(saved, schema)));
    return [text, { id, within }] as const;
  });
  return new Map(await Promise.all(found));
}
