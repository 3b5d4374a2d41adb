import { checkScore, pageSize } from '../arguments.js';
import { parseLabelImageCursor } from '../cursors.js';
import type { LabelResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';

export const Label: LabelResolvers = {
  id: (label) => toGlobalId('Label', label.id),
  imageCount: async (label, _args, context) => (await context.loaders.labelImageCount.load(label.id)) ?? 0,

  images: async (label, args, context) => {
    const limit = pageSize(args.first);
    const request = {
      labelId: label.id,
      limit,
      after: typeof args.after === 'string' ? parseLabelImageCursor(args.after) : undefined,
      minScore: typeof args.minScore === 'number' ? checkScore(args.minScore) : undefined,
    };
    context.budget.spend('images', limit);
    const page = await context.loaders.labelImages.load(request);
    return { page, hasPreviousPage: request.after !== undefined };
  },

  labelSet: async (label, _args, context) => {
    const labelSet = await context.loaders.labelSet.load(label.labelSetId);
    if (labelSet === null) throw new Error('A label set was deleted at this moment.');
    return labelSet;
  },
};
