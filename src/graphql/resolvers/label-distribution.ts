import type { LabelDistributionResolvers } from '../generated/types.js';

export const LabelDistribution: LabelDistributionResolvers = {
  imageCount: ({ images }) => images,
  unlabelledCount: ({ unlabelled }) => unlabelled,

  counts: async ({ labelSetId, images }, _args, context) => {
    const labels = await context.loaders.labelsOfSet.load(labelSetId);
    return Promise.all(
      labels.map(async (label) => {
        const imageCount = (await context.loaders.labelImageCount.load(label.id)) ?? 0;
        return { label, imageCount, share: images === 0 ? 0 : imageCount / images };
      }),
    );
  },
};
