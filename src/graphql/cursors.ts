import { z } from 'zod';
import { RequestError } from '../errors.js';
import type { LabelImagePosition } from '../classification/classifications.js';
import { idsFromText, idsToText } from './id-list.js';
import type { ImagePosition } from '../images/images.js';
import type { GroupPosition } from '../search/duplicates.js';
import type { MatchPosition } from '../search/search.js';
import type { ImageOrder } from './mappers.js';

/**
 * Cursors are opaque to clients: base64url of a JSON array that opens with a version and the kind of list. They are not
 * signed, so everything in them is parsed as strictly as any other input; a forged one can only name a place that its
 * owner could have paged to.
 */
const VERSION = 1;
const KINDS = ['images', 'matches', 'groups', 'saved searches', 'label sets', 'label images'] as const;
/** Three hundred ids are the longest thing in a cursor: some 4,500 characters in the worst case. */
const MAX_LENGTH = 8_192;

const id = z.int().positive();
const imageKey = {
  CREATED_AT: z.iso.datetime().refine(isStorableTime),
  UPDATED_AT: z.iso.datetime().refine(isStorableTime),
  TAKEN_AT: z.union([z.iso.datetime(), z.null()]),
  FILENAME: z.union([z.string().max(2_000).refine(isStorableText), z.null()]),
  BYTE_SIZE: z.int().min(0),
} satisfies Record<ImageOrder['field'], z.ZodType<ImagePosition['key']>>;
const imageCursor = z.tuple([
  z.literal(VERSION),
  z.literal('images'),
  z.enum(['CREATED_AT', 'UPDATED_AT', 'TAKEN_AT', 'FILENAME', 'BYTE_SIZE']),
  z.enum(['ASC', 'DESC']),
  z.string().max(64),
  z.union([z.string(), z.number(), z.null()]),
  id,
]);
const matchCursor = z.tuple([
  z.literal(VERSION),
  z.literal('matches'),
  z.number().min(-1).max(3),
  id,
  id,
  z.string().max(128).refine(isStorableText),
  // The date, where matches are ordered by it.
  z.union([z.string().max(32), z.null()]).optional(),
  // The images that were shown, of a hybrid search.
  z.string().optional(),
]);
const savedSearchCursor = z.tuple([z.literal(VERSION), z.literal('saved searches'), id]);
const labelSetCursor = z.tuple([
  z.literal(VERSION),
  z.literal('label sets'),
  z.string().max(400).refine(isStorableText),
]);
const row = z
  .int()
  .positive()
  .max(2 ** 31 - 1);
const score = z.number().min(0).max(1);
const labelImageCursor = z.tuple([
  z.literal(VERSION),
  z.literal('label images'),
  row,
  score.nullable(),
  row,
  score,
  id,
  row,
]);
const groupCursor = z.tuple([
  z.literal(VERSION),
  z.literal('groups'),
  id,
  z.string().max(128).refine(isStorableText),
]);
const anyCursor = z.tuple([z.int(), z.string()]).rest(z.unknown());

/** The cursor of an image in a list. */
export function imageCursorOf(orderBy: ImageOrder, filterDigest: string, position: ImagePosition): string {
  return encode([
    VERSION,
    'images',
    orderBy.field,
    orderBy.direction,
    filterDigest,
    position.key,
    position.id,
  ]);
}

/**
 * The place that a cursor of an image list names.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list, order or filter
 */
export function parseImageCursor(cursor: string, orderBy: ImageOrder, filterDigest: string): ImagePosition {
  const parsed = imageCursor.safeParse(decode(cursor, 'images'));
  if (!parsed.success) throw garbage();
  const [, , field, direction, digest, key, imageId] = parsed.data;
  if (field !== orderBy.field || direction !== orderBy.direction) {
    throw foreign(
      `was made for the order ${field} ${direction}, not for ${orderBy.field} ${orderBy.direction}`,
    );
  }
  if (digest !== filterDigest) throw foreign('was made for another filter');
  const parsedKey = imageKey[field].safeParse(key);
  if (!parsedKey.success) throw garbage();
  return { key: parsedKey.data, id: imageId };
}

/** The cursor of a match of a search. */
export function matchCursorOf(position: MatchPosition): string {
  const { distance, id, rank, digest, date, shown } = position;
  const more = shown === undefined ? [date] : [null, idsToText(shown)];
  return encode([
    VERSION,
    'matches',
    distance,
    id,
    rank,
    digest,
    ...more.filter((each) => each !== undefined),
  ]);
}

/**
 * The place that a cursor of a search names. Whether it is a place of this search, the search itself says: the cursor
 * carries a digest of query, filter, order and model.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list
 */
export function parseMatchCursor(cursor: string): MatchPosition {
  const parsed = matchCursor.safeParse(decode(cursor, 'matches'));
  if (!parsed.success) throw garbage();
  const [, , distance, imageId, rank, digest, date, shownText] = parsed.data;
  if (shownText !== undefined) {
    const shown = idsFromText(shownText);
    if (shown === undefined) throw garbage();
    return { distance, id: imageId, rank, digest, shown };
  }
  return { distance, id: imageId, rank, digest, ...(date !== undefined && { date }) };
}

/** The cursor of a saved search in the list of them. */
export function savedSearchCursorOf(searchId: number): string {
  return encode([VERSION, 'saved searches', searchId]);
}

/**
 * The saved search that a cursor names.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list
 */
export function parseSavedSearchCursor(cursor: string): number {
  const parsed = savedSearchCursor.safeParse(decode(cursor, 'saved searches'));
  if (!parsed.success) throw garbage();
  return parsed.data[2];
}

/** The cursor of a label set in the list of them. */
export function labelSetCursorOf(name: string): string {
  return encode([VERSION, 'label sets', name]);
}

/**
 * The name behind which a list of label sets goes on.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list
 */
export function parseLabelSetCursor(cursor: string): string {
  const parsed = labelSetCursor.safeParse(decode(cursor, 'label sets'));
  if (!parsed.success) throw garbage();
  return parsed.data[2];
}

/** The cursor of an image of a label. */
export function labelImageCursorOf(position: LabelImagePosition): string {
  const { labelId, minScore, runId, score, imageId, rank } = position;
  return encode([VERSION, 'label images', labelId, minScore, runId, score, imageId, rank]);
}

/**
 * The place that a cursor of a label's images names. Whether it is a place in this list, the classifications say.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list
 */
export function parseLabelImageCursor(cursor: string): LabelImagePosition {
  const parsed = labelImageCursor.safeParse(decode(cursor, 'label images'));
  if (!parsed.success) throw garbage();
  const [, , labelId, minScore, runId, position, imageId, rank] = parsed.data;
  return { labelId, minScore, runId, score: position, imageId, rank };
}

/** The cursor of a group of near duplicates. */
export function groupCursorOf({ lowestId, digest }: GroupPosition): string {
  return encode([VERSION, 'groups', lowestId, digest]);
}

/**
 * The place that a cursor of groups names. Whether it is a place in these groups, `Duplicates.groups` says by its digest.
 *
 * @throws RequestError INVALID_CURSOR for garbage, and for a cursor of another kind of list
 */
export function parseGroupCursor(cursor: string): GroupPosition {
  const parsed = groupCursor.safeParse(decode(cursor, 'groups'));
  if (!parsed.success) throw garbage();
  const [, , lowestId, digest] = parsed.data;
  return { lowestId, digest };
}

function encode(content: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function decode(cursor: string, kind: (typeof KINDS)[number]): unknown {
  if (cursor.length > MAX_LENGTH) throw garbage();
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw garbage();
  }
  const parsed = anyCursor.safeParse(content);
  if (!parsed.success) throw garbage();
  const [version, otherKind] = parsed.data;
  if (version !== VERSION) throw foreign('was made by another version of Pictograph');
  if (otherKind !== kind && KINDS.some((known) => known === otherKind)) {
    throw foreign(`was made for a list of ${otherKind}, not for a list of ${kind}`);
  }
  return content;
}

function garbage(): RequestError {
  return new RequestError(
    'INVALID_CURSOR',
    'The cursor is not one that this server made. Pass on `cursor`, `startCursor` or `endCursor` unchanged, or start again without one.',
  );
}

function foreign(reason: string): RequestError {
  return new RequestError(
    'INVALID_CURSOR',
    `The cursor ${reason}. A cursor belongs to the list that it came from: start again without one.`,
  );
}

function isStorableTime(text: string): boolean {
  return new Date(text).getTime() >= 0;
}

function isStorableText(text: string): boolean {
  return !text.includes('\0');
}
