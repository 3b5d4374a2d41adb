import { z } from 'zod';
import type { Queryable } from './database.js';
import { storableTime } from './storable-time.js';
import { planned } from './planned.js';

export const imageStatus = z.enum(['PENDING', 'READY', 'FAILED']);
export type ImageStatus = z.infer<typeof imageStatus>;
export const imageFailureCode = z.enum(['UNREADABLE', 'ORIGINAL_MISSING', 'INTERNAL']);
export type ImageFailureCode = z.infer<typeof imageFailureCode>;

/** A place on the Earth in degrees (WGS 84): north of the equator and east of Greenwich. */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

/** A row of `images`, parsed. */
export interface ImageRow {
  readonly id: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  readonly filename: string | null;
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly takenAt: Date | null;
  readonly location: GeoPoint | null;
  readonly camera: string | null;
  readonly frameCount: number;
  readonly status: ImageStatus;
  readonly failureCode: ImageFailureCode | null;
  readonly failureMessage: string | null;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it became READY for the first time. */
  readonly readyAt: Date | null;
}

/** node-postgres gives `bigint` as text, since a JavaScript number may not hold it. */
export const int8 = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number)
  .refine(Number.isSafeInteger, 'is no safe integer');

/** The columns of an `ImageRow`, of the alias `i`. */
export const IMAGE_COLUMNS = `
  i.id, encode(i.sha256, 'hex') AS sha256, i.media_type, i.width, i.height, i.byte_size, i.filename, i.title, i.tags,
  i.metadata, i.taken_at, i.latitude, i.longitude, i.camera, i.frame_count,
  i.status, i.failure_code, i.failure_message, i.attempts, i.created_at, i.updated_at,
  i.ready_at`;

const imageRow = z
  .object({
    id: int8,
    sha256: z.string(),
    media_type: z.string(),
    width: z.int(),
    height: z.int(),
    byte_size: int8,
    filename: z.string().nullable(),
    title: z.string().nullable(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    taken_at: z.date().nullable(),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    camera: z.string().nullable(),
    frame_count: z.int(),
    status: imageStatus,
    failure_code: imageFailureCode.nullable(),
    failure_message: z.string().nullable(),
    attempts: z.int(),
    created_at: z.date(),
    updated_at: z.date(),
    ready_at: z.date().nullable(),
  })
  .transform((row): ImageRow => ({
    id: row.id,
    sha256: row.sha256,
    mediaType: row.media_type,
    width: row.width,
    height: row.height,
    byteSize: row.byte_size,
    filename: row.filename,
    title: row.title,
    tags: row.tags,
    metadata: row.metadata,
    takenAt: row.taken_at,
    location:
      row.latitude === null || row.longitude === null
        ? null
        : { latitude: row.latitude, longitude: row.longitude },
    camera: row.camera,
    frameCount: row.frame_count,
    status: row.status,
    failureCode: row.failure_code,
    failureMessage: row.failure_message,
    attempts: row.attempts,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    readyAt: row.ready_at,
  }));

/** Parses rows of `IMAGE_COLUMNS`. */
export function parseImageRows(rows: readonly unknown[]): ImageRow[] {
  return rows.map((row) => imageRow.parse(row));
}

/** Images by their ids, in no particular order; unknown ids are left out. */
export async function findImagesByIds(db: Queryable, ids: readonly number[]): Promise<ImageRow[]> {
  const { rows } = await db.query(
    planned(`/* images.byIds */ SELECT ${IMAGE_COLUMNS} FROM images AS i WHERE i.id = ANY($1::bigint[])`),
    [ids],
  );
  return parseImageRows(rows);
}

export async function findImageBySha256(db: Queryable, sha256: string): Promise<ImageRow | undefined> {
  const { rows } = await db.query(
    planned(
      `/* images.bySha256 */ SELECT ${IMAGE_COLUMNS} FROM images AS i WHERE i.sha256 = decode($1, 'hex')`,
    ),
    [sha256],
  );
  return parseImageRows(rows)[0];
}

/** A new image; its original is stored already. */
export interface NewImage {
  readonly sha256: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  readonly filename: string | null;
  readonly title: string | null;
  readonly tags: readonly string[];
  /** The JSON text of an object. */
  readonly metadata: string;
  readonly takenAt: Date | null;
  readonly location: GeoPoint | null;
  readonly camera: string | null;
  readonly frameCount: number;
  /** See `images.perceptual_hash`; undefined for a picture that has none. */
  readonly perceptualHash: bigint | undefined;
}

/** @returns undefined when an image with the same bytes is there already */
export async function insertImage(db: Queryable, image: NewImage): Promise<ImageRow | undefined> {
  const { rows } = await db.query(
    planned(`/* images.insert */
     INSERT INTO images AS i (sha256, media_type, width, height, byte_size, filename, title, tags, metadata,
       taken_at, latitude, longitude, camera, frame_count, perceptual_hash)
     VALUES (decode($1, 'hex'), $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15::bigint)
     ON CONFLICT (sha256) DO NOTHING
     RETURNING ${IMAGE_COLUMNS}`),
    [
      image.sha256,
      image.mediaType,
      image.width,
      image.height,
      image.byteSize,
      image.filename,
      image.title,
      image.tags,
      image.metadata,
      image.takenAt && storableTime(image.takenAt),
      image.location?.latitude,
      image.location?.longitude,
      image.camera,
      image.frameCount,
      image.perceptualHash?.toString(),
    ],
  );
  return parseImageRows(rows)[0];
}

/** New values; a field that is left out stays as it is. */
export interface ImageChanges {
  readonly filename?: string | null;
  readonly title?: string | null;
  readonly tags?: readonly string[];
  /** The JSON text of an object. */
  readonly metadata?: string;
  readonly takenAt?: Date | null;
  readonly location?: GeoPoint | null;
}

/** Without any change nothing is written. @returns undefined when there is no such image */
export async function updateImage(
  db: Queryable,
  id: number,
  changes: ImageChanges,
): Promise<ImageRow | undefined> {
  const values: unknown[] = [id];
  const assignments = ['updated_at = now()'];
  const assign = (column: string, type: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    assignments.push(`${column} = $${values.length}::${type}`);
  };
  assign('filename', 'text', changes.filename);
  assign('title', 'text', changes.title);
  assign('tags', 'text[]', changes.tags);
  assign('metadata', 'jsonb', changes.metadata);
  assign('taken_at', 'timestamptz', changes.takenAt && storableTime(changes.takenAt));
  const place = changes.location === null ? { latitude: null, longitude: null } : changes.location;
  assign('latitude', 'float8', place?.latitude);
  assign('longitude', 'float8', place?.longitude);
  if (values.length === 1) return (await findImagesByIds(db, [id]))[0];
  const { rows } = await db.query(
    `/* images.update */ UPDATE images AS i SET ${assignments.join(', ')} WHERE i.id = $1 RETURNING ${IMAGE_COLUMNS}`,
    values,
  );
  return parseImageRows(rows)[0];
}

/** Deletes rows, with their embeddings. @returns what was deleted */
export async function deleteImageRows(
  db: Queryable,
  ids: readonly number[],
): Promise<readonly { id: number; sha256: string }[]> {
  // Locked in the order of ids: two requests that name the same images otherwise could wait for each other for ever.
  const { rows } = await db.query(
    `/* images.delete */
     WITH doomed AS (SELECT id FROM images WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE)
     DELETE FROM images AS i USING doomed WHERE i.id = doomed.id
     RETURNING i.id, encode(i.sha256, 'hex') AS sha256`,
    [ids],
  );
  return z.array(z.object({ id: int8, sha256: z.string() })).parse(rows);
}

/**
 * Makes everyone else who stores or removes the files of these contents wait until the transaction ends. (The embedded
 * database runs one transaction at a time anyway.)
 */
export async function lockContents(db: Queryable, sha256s: readonly string[]): Promise<void> {
  // A lock's key has 64 bits; contents that share them would wait for each other without need, never wrongly pass.
  const keys = sha256s.map((sha256) => Buffer.from(sha256, 'hex').readBigInt64BE().toString());
  await db.query(
    planned(`/* images.lockContents */
     SELECT pg_advisory_xact_lock(key) FROM (SELECT key FROM unnest($1::bigint[]) AS key ORDER BY key) AS ordered`),
    [keys],
  );
}

/** Which of these contents belong to an image. */
export async function findUsedContents(
  db: Queryable,
  sha256s: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query(
    `/* images.usedContents */
     SELECT encode(sha256, 'hex') AS sha256 FROM images
     WHERE sha256 IN (SELECT decode(hash, 'hex') FROM unnest($1::text[]) AS hash)`,
    [sha256s],
  );
  return new Set(
    z
      .array(z.object({ sha256: z.string() }))
      .parse(rows)
      .map((row) => row.sha256),
  );
}
