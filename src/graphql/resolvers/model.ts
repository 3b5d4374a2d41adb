import type { ModelResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';

export const Model: ModelResolvers = {
  id: (model) => toGlobalId('Model', model.id),
  index: async (model, _args, context) =>
    (await context.loaders.vectorIndexes()).get(model.id) ?? {
      state: 'MISSING',
      progress: null,
      byteSize: 0,
    },
};
