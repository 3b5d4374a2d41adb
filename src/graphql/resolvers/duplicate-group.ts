import { pageSize } from '../arguments.js';
import type { DuplicateGroupResolvers } from '../generated/types.js';

export const DuplicateGroup: DuplicateGroupResolvers = {
  images: async ({ imageIds }, { first }, context) => {
    const wanted = imageIds.slice(0, pageSize(first));
    context.budget.spend('images', wanted.length);
    const images = await Promise.all(wanted.map((id) => context.loaders.image.load(id)));
    // One that was deleted since the groups were made is left out.
    return images.filter((image) => image !== null);
  },

  suggestedKeep: ({ imageIds: [keep] }, _args, context) => {
    context.budget.spend('images', 1);
    return context.loaders.image.load(keep);
  },
};
