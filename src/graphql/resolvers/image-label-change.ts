import type { Context } from '../context.js';
import type { ImageLabelChangeResolvers } from '../generated/types.js';
import type { LabelParent } from '../mappers.js';

export const ImageLabelChange: ImageLabelChangeResolvers = {
  lost: ({ lost }, _args, context) => labels(lost, context),
  gained: ({ gained }, _args, context) => labels(gained, context),
};

async function labels(ids: readonly number[], context: Context): Promise<LabelParent[]> {
  const found = await Promise.all(ids.map((id) => context.loaders.label.load(id)));
  return found.filter((label) => label !== null);
}
