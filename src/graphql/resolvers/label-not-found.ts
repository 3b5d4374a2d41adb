import type { LabelNotFoundResolvers } from '../generated/types.js';

export const LabelNotFound: LabelNotFoundResolvers = {
  message: () => 'There is no label with this id (any more). `LabelSet.labels` lists those that there are.',
};
