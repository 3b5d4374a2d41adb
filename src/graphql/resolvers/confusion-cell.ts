import type { ConfusionCellResolvers } from '../generated/types.js';
import { requireLabel } from './classification.js';

export const ConfusionCell: ConfusionCellResolvers = {
  actual: ({ actual }, _args, context) => requireLabel(actual, context),
  predicted: ({ predicted }, _args, context) =>
    predicted === null ? null : requireLabel(predicted, context),
  imageCount: ({ images }) => images,
};
