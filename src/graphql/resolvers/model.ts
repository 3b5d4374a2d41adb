import type { ModelResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';

export const Model: ModelResolvers = {
  id: (model) => toGlobalId('Model', model.id),
};
