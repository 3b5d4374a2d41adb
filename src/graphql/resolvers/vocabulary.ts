import type { VocabularyResolvers } from '../generated/types.js';

export const Vocabulary: VocabularyResolvers = {
  wordCount: ({ words }) => words.length,
};
