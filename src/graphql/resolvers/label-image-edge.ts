import { labelImageCursorOf } from '../cursors.js';
import type { LabelImageEdgeResolvers } from '../generated/types.js';

export const LabelImageEdge: LabelImageEdgeResolvers = {
  cursor: ({ position }) => labelImageCursorOf(position),
  node: ({ image }) => image,
  rank: ({ position }) => position.rank,
};
