import type { CollectionStatsResolvers } from '../generated/types.js';

export const CollectionStats: Required<Omit<CollectionStatsResolvers, '__isTypeOf'>> = {
  imageCount: (counts) => counts.images,
  pendingCount: (counts) => counts.pending,
  readyCount: (counts) => counts.ready,
  failedCount: (counts) => counts.failed,
  byteSize: (counts) => counts.bytes,
  textCount: (counts) => counts.texts,
  activeModel: async (_counts, _args, context) => {
    const active = (await context.loaders.models()).find((model) => model.active);
    if (active === undefined) throw new Error('No model is active, though the server runs with one');
    return active;
  },
};
