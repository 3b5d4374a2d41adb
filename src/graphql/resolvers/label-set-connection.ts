import { labelSetCursorOf } from '../cursors.js';
import type { LabelSetConnectionResolvers } from '../generated/types.js';

export const LabelSetConnection: Required<Omit<LabelSetConnectionResolvers, '__isTypeOf'>> = {
  edges: ({ page }) => page.labelSets.map((node) => ({ cursor: labelSetCursorOf(node.name), node })),

  nodes: ({ page }) => page.labelSets,

  pageInfo: ({ page, hasPreviousPage }) => {
    const first = page.labelSets.at(0);
    const last = page.labelSets.at(-1);
    return {
      hasNextPage: page.hasNextPage,
      hasPreviousPage,
      startCursor: first ? labelSetCursorOf(first.name) : null,
      endCursor: last ? labelSetCursorOf(last.name) : null,
    };
  },

  totalCount: (_connection, _args, context) => context.labelSets.count(),
};
