import { savedSearchCursorOf } from '../cursors.js';
import type { SavedSearchConnectionResolvers } from '../generated/types.js';

export const SavedSearchConnection: Required<Omit<SavedSearchConnectionResolvers, '__isTypeOf'>> = {
  edges: ({ page }) => page.searches.map((node) => ({ cursor: savedSearchCursorOf(node.id), node })),

  nodes: ({ page }) => page.searches,

  pageInfo: ({ page, hasPreviousPage }) => {
    const first = page.searches.at(0);
    const last = page.searches.at(-1);
    return {
      hasNextPage: page.hasNextPage,
      hasPreviousPage,
      startCursor: first ? savedSearchCursorOf(first.id) : null,
      endCursor: last ? savedSearchCursorOf(last.id) : null,
    };
  },

  totalCount: (_connection, _args, context) => context.savedSearches.count(),
};
