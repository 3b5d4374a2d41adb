import type { Context } from '../context.js';
import type { QueryOverlapResolvers } from '../generated/types.js';
import type { ImageParent } from '../mappers.js';

export const QueryOverlap: QueryOverlapResolvers = {
  text: ({ text }) => text ?? null,
  image: ({ imageId }, _args, context) =>
    imageId === undefined ? null : context.loaders.image.load(imageId),
  both: ({ both }, _args, context) => imagesOf(both, context),
  onlyA: ({ onlyA }, _args, context) => imagesOf(onlyA, context),
  onlyB: ({ onlyB }, _args, context) => imagesOf(onlyB, context),
};

/** Those that are still there. */
async function imagesOf(ids: readonly number[], context: Context): Promise<ImageParent[]> {
  context.budget.spend('images', ids.length);
  const images = await Promise.all(ids.map((id) => context.loaders.image.load(id)));
  return images.filter((image) => image !== null);
}
