import type { LabelSetEvaluationResolvers } from '../generated/types.js';

export const LabelSetEvaluation: LabelSetEvaluationResolvers = {
  accuracy: ({ confusion }) => {
    const images = confusion.reduce((sum, cell) => sum + cell.images, 0);
    const right = confusion.reduce(
      (sum, { actual, predicted, images: count }) => sum + (actual === predicted ? count : 0),
      0,
    );
    return images === 0 ? null : right / images;
  },
};
