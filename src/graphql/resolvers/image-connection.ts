import { filterDigest } from '../../search/position.js';
import type { Context } from '../context.js';
import { imageCursorOf } from '../cursors.js';
import type { ImageConnectionResolvers } from '../generated/types.js';
import type { ImageConnectionParent, ImageParent } from '../mappers.js';

export const ImageConnection: Required<Omit<ImageConnectionResolvers, '__isTypeOf'>> = {
  edges: (connection, _args, context) => {
    const cursorOf = cursors(connection, context);
    return connection.page.images.map((image) => ({ cursor: cursorOf(image), node: image }));
  },

  nodes: (connection) => connection.page.images,

  pageInfo: (connection, _args, context) => {
    const cursorOf = cursors(connection, context);
    const first = connection.page.images.at(0);
    const last = connection.page.images.at(-1);
    return {
      hasNextPage: connection.page.hasNextPage,
      hasPreviousPage: connection.page.hasPreviousPage,
      startCursor: first ? cursorOf(first) : null,
      endCursor: last ? cursorOf(last) : null,
    };
  },

  totalCount: (connection, _args, context) => context.images.count(connection.filter),
};

function cursors(
  { filter, orderBy }: ImageConnectionParent,
  context: Context,
): (image: ImageParent) => string {
  const digest = filterDigest(filter);
  return (image) => imageCursorOf(orderBy, digest, context.images.positionOf(image, orderBy.field));
}
