import { groupCursorOf } from '../cursors.js';
import type { DuplicateGroupConnectionResolvers } from '../generated/types.js';

export const DuplicateGroupConnection: DuplicateGroupConnectionResolvers = {
  edges: ({ groups }) => groups,

  nodes: ({ groups }) => groups,

  pageInfo: ({ groups, hasNextPage, hasPreviousPage }) => {
    const first = groups.at(0);
    const last = groups.at(-1);
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: first ? groupCursorOf(first.position) : null,
      endCursor: last ? groupCursorOf(last.position) : null,
    };
  },
};
