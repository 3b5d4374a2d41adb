import type { Context } from '../context.js';
import { labelImageCursorOf } from '../cursors.js';
import type { LabelImageConnectionResolvers } from '../generated/types.js';
import type { LabelImageConnectionParent, LabelImageEdgeParent } from '../mappers.js';

export const LabelImageConnection: Required<Omit<LabelImageConnectionResolvers, '__isTypeOf'>> = {
  edges: (connection, _args, context) => edges(connection, context),

  nodes: async (connection, _args, context) => (await edges(connection, context)).map(({ image }) => image),

  pageInfo: ({ page, hasPreviousPage }) => {
    const first = page.images.at(0);
    const last = page.images.at(-1);
    return {
      hasNextPage: page.hasNextPage,
      hasPreviousPage,
      startCursor: first ? labelImageCursorOf(first.position) : null,
      endCursor: last ? labelImageCursorOf(last.position) : null,
    };
  },
};

/** One statement for all; an image that has just been deleted is left out. */
async function edges(
  { page }: LabelImageConnectionParent,
  context: Context,
): Promise<LabelImageEdgeParent[]> {
  const found = await Promise.all(
    page.images.map(async (row) => ({ ...row, image: await context.loaders.image.load(row.imageId) })),
  );
  return found.flatMap(({ image, ...row }) => (image === null ? [] : [{ ...row, image }]));
}
