import type { NodeResolvers } from '../generated/types.js';

export const Node: NodeResolvers = {
  __resolveType: (node) => {
    if ('sha256' in node) return 'Image';
    if ('minSimilarity' in node) return 'SavedSearch';
    if ('templates' in node) return 'LabelSet';
    return 'prompts' in node ? 'Label' : 'Model';
  },
};
