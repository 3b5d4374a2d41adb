import type { LabelSetDiffResolvers } from '../generated/types.js';

export const LabelSetDiff: LabelSetDiffResolvers = {
  images: (diff) => (diff.runs === undefined ? null : diff),
};
