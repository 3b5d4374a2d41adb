import type { LabelSetNotFoundResolvers } from '../generated/types.js';

export const LabelSetNotFound: LabelSetNotFoundResolvers = {
  message: () => 'There is no label set with this id (any more). `labelSets` lists those that there are.',
};
