import type { NodeResolvers } from '../generated/types.js';

export const Node: NodeResolvers = {
  __resolveType: (node) => ('sha256' in node ? 'Image' : 'minSimilarity' in node ? 'SavedSearch' : 'Model'),
};
