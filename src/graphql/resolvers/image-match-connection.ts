import type { Context } from '../context.js';
import { matchCursorOf } from '../cursors.js';
import type { ImageMatchConnectionResolvers } from '../generated/types.js';
import type { ImageMatchConnectionParent, ImageMatchEdgeParent } from '../mappers.js';

export const ImageMatchConnection: Required<Omit<ImageMatchConnectionResolvers, '__isTypeOf'>> = {
  edges: (connection, _args, context) => edges(connection, context),

  nodes: async (connection, _args, context) => (await edges(connection, context)).map(({ image }) => image),

  // From the matches, not from the edges: paging goes on even when the last image has just been deleted.
  pageInfo: ({ result, hasPreviousPage }) => {
    const first = result.matches.at(0);
    const last = result.matches.at(-1);
    return {
      hasNextPage: result.hasNextPage,
      hasPreviousPage,
      startCursor: first ? matchCursorOf(first.position) : null,
      endCursor: last ? matchCursorOf(last.position) : null,
    };
  },

  plan: ({ result }) => result.plan,

  background: ({ result }) => result.background?.() ?? null,
};

/** One statement for all; an image that was deleted since the search is left out. */
async function edges(
  connection: ImageMatchConnectionParent,
  context: Context,
): Promise<ImageMatchEdgeParent[]> {
  const { background } = connection.result;
  const found = await Promise.all(
    connection.result.matches.map(async (match) => ({
      match,
      image: await context.loaders.image.load(match.imageId),
    })),
  );
  return found.flatMap(({ match, image }) =>
    image === null ? [] : [{ match, image, ...(background && { background }) }],
  );
}
