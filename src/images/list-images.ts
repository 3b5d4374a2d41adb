import { z } from 'zod';
import type { Database } from '../db/database.js';
import { listImages, walkMeetsImage, type ImageListColumn, type ImageWalk } from '../db/image-list.js';
import { isStorableText } from '../db/storable-text.js';
import { isStorableTime } from '../db/storable-time.js';
import type { ImageRow } from '../db/images.js';
import { RequestError } from '../errors.js';
import type { ImageListRequest, ImageOrderField, ImagePage, ImagePosition } from './images.js';

interface Order {
  readonly column: ImageListColumn;
  readonly keyOf: (image: ImageRow) => ImagePosition['key'];
  /** What a key from outside must be, so that the database can compare with it. */
  readonly key: z.ZodType<ImagePosition['key']>;
}

const time = z.iso.datetime();

const ORDERS: Readonly<Record<ImageOrderField, Order>> = {
  CREATED_AT: { column: 'created_at', keyOf: (image) => image.createdAt.toISOString(), key: time },
  UPDATED_AT: { column: 'updated_at', keyOf: (image) => image.updatedAt.toISOString(), key: time },
  TAKEN_AT: {
    column: 'taken_at',
    keyOf: (image) => image.takenAt?.toISOString() ?? null,
    key: time.refine((text) => isStorableTime(new Date(text))).nullable(),
  },
  FILENAME: {
    column: 'filename',
    keyOf: (image) => image.filename,
    key: z.string().refine(isStorableText).nullable(),
  },
  BYTE_SIZE: { column: 'byte_size', keyOf: (image) => image.byteSize, key: z.int() },
};

/** See `Images.positionOf`. */
export function positionOf(image: ImageRow, field: ImageOrderField): ImagePosition {
  return { key: ORDERS[field].keyOf(image), id: image.id };
}

/**
 * See `Images.list`. A page continues behind a place in the order, not after a number of rows: images that are added
 * or deleted meanwhile make none appear twice or be left out.
 *
 * @throws RequestError INVALID_CURSOR when a position belongs to another order
 */
export async function listPage(database: Database, request: ImageListRequest): Promise<ImagePage> {
  const { filter, orderBy, limit, from } = request;
  const after = checkPosition(request.after, orderBy.field);
  const before = checkPosition(request.before, orderBy.field);
  const order = { filter, column: ORDERS[orderBy.field].column, direction: orderBy.direction };
  const backwards = from === 'end';
  const [begin, stop] = backwards ? [before, after] : [after, before];

  const walk: ImageWalk = { ...order, backwards, begin, stop };
  // One more than asked for tells whether there are more.
  const found = await listImages(database.pool, walk, limit + 1);
  const images = found.slice(0, limit);
  const meets = (turned: boolean, bound: ImagePosition | undefined) =>
    bound === undefined
      ? false
      : walkMeetsImage(database.pool, { ...order, backwards: turned, begin: bound, inclusive: true });
  const moreAhead = found.length > limit || (await meets(backwards, stop));
  const moreBehind = await meets(!backwards, begin);
  return {
    images: backwards ? images.reverse() : images,
    hasNextPage: backwards ? moreBehind : moreAhead,
    hasPreviousPage: backwards ? moreAhead : moreBehind,
  };
}

function checkPosition(
  position: ImagePosition | undefined,
  field: ImageOrderField,
): ImagePosition | undefined {
  if (position === undefined) return undefined;
  if (Number.isSafeInteger(position.id) && ORDERS[field].key.safeParse(position.key).success) return position;
  throw new RequestError(
    'INVALID_CURSOR',
    'This cursor belongs to a list in another order. Use the cursors of this list, or start without one.',
  );
}
