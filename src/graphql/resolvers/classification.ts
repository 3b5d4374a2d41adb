import type { Context } from '../context.js';
import type { ClassificationResolvers } from '../generated/types.js';
import type { LabelParent } from '../mappers.js';

export const Classification: ClassificationResolvers = {
  image: async ({ imageId }, _args, context) => {
    const image = await context.loaders.image.load(imageId);
    if (image === null) throw new Error('An image was deleted at this moment.');
    return image;
  },

  label: ({ labelId }, _args, context) =>
    context.loaders.knownLabel(labelId) ?? requireLabel(labelId, context),

  feedback: ({ accepted }) => (accepted === null ? null : accepted ? 'ACCEPTED' : 'REJECTED'),
};

/** The label of something that was found a moment ago. */
export async function requireLabel(id: number, context: Context): Promise<LabelParent> {
  const label = await context.loaders.label.load(id);
  if (label === null) throw new Error('A label set was deleted at this moment.');
  return label;
}
