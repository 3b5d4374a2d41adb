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

  state: async (model, _args, context) => {
    if (model.active) return 'ACTIVE';
    if (model.state !== 'EMBEDDING') return model.state;
    const progress = await context.loaders.modelProgress.load(model.id);
    return progress?.complete === true ? 'COMPLETE' : 'EMBEDDING';
  },

  progress: (model, _args, context) =>
    model.state === 'RETIRED' ? null : context.loaders.modelProgress.load(model.id),
};
