import { groupCursorOf } from '../cursors.js';
import type { DuplicateGroupEdgeResolvers } from '../generated/types.js';

export const DuplicateGroupEdge: DuplicateGroupEdgeResolvers = {
  cursor: ({ position }) => groupCursorOf(position),
  node: (group) => group,
};
