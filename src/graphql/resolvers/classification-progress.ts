import type { ClassificationProgressResolvers } from '../generated/types.js';

export const ClassificationProgress: ClassificationProgressResolvers = {
  labelSet: async ({ labelSetId }, _args, context) => {
    const labelSet = await context.loaders.labelSet.load(labelSetId);
    if (labelSet === null) throw new Error('A label set was deleted at this moment.');
    return labelSet;
  },
};
