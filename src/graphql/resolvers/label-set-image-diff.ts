import { pageSize } from '../arguments.js';
import type { LabelSetImageDiffResolvers } from '../generated/types.js';
import { requireImageId } from '../global-ids.js';

export const LabelSetImageDiff: LabelSetImageDiffResolvers = {
  imageCount: (diff) => diff.countImages(),

  changes: async (diff, args, context) => {
    const limit = pageSize(args.first);
    const after = typeof args.after === 'string' ? requireImageId(args.after, 'after') : 0;
    context.budget.spend('images', limit);
    const changes = await diff.images(after, limit);
    const found = await Promise.all(
      changes.map(async (change) => ({ ...change, image: await context.loaders.image.load(change.imageId) })),
    );
    return found.flatMap(({ image, ...change }) => (image === null ? [] : [{ ...change, image }]));
  },
};
