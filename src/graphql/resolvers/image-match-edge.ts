import { matchCursorOf } from '../cursors.js';
import type { ImageMatchEdgeResolvers } from '../generated/types.js';

export const ImageMatchEdge: Required<Omit<ImageMatchEdgeResolvers, '__isTypeOf'>> = {
  cursor: ({ match }) => matchCursorOf(match.position),
  node: ({ image }) => image,
  similarity: ({ match }) => match.similarity,
  rank: ({ match }) => match.rank,
};
