import { standardScore } from '../../search/background.js';
import { matchCursorOf } from '../cursors.js';
import type { ImageMatchEdgeResolvers } from '../generated/types.js';

export const ImageMatchEdge: Required<Omit<ImageMatchEdgeResolvers, '__isTypeOf'>> = {
  cursor: (edge) => {
    if ('match' in edge) return matchCursorOf(edge.match.position);
    return edge.newMatch.place().then(({ position }) => matchCursorOf(position));
  },
  node: ({ image }) => image,
  similarity: (edge) => ('match' in edge ? edge.match : edge.newMatch).similarity,
  sources: (edge) => ('match' in edge ? (edge.match.sources ?? null) : null),
  standardScore: async (edge) => {
    const [{ similarity }, compare] =
      'match' in edge ? [edge.match, edge.background] : [edge.newMatch, () => edge.newMatch.background()];
    const background = await compare?.();
    return background ? standardScore(similarity, background) : null;
  },
  rank: (edge) => ('match' in edge ? edge.match.rank : edge.newMatch.place().then(({ rank }) => rank)),
};
