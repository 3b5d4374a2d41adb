import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { planned } from './planned.js';

export type ReferenceState = 'PRESENT' | 'MISSING' | 'CHANGED';

/** Where an image's original lies that is not kept, and what was found at the last look. */
export interface ReferenceRow {
  readonly imageId: number;
  readonly sha256: string;
  readonly byteSize: number;
  /** Whether the image is FAILED for the want of its original. */
  readonly lacksOriginal: boolean;
  readonly path: string;
  /** See `image_references.stamp`. */
  readonly stamp: string | null;
  readonly state: ReferenceState;
}

const COLUMNS = `r.image_id, encode(i.sha256, 'hex') AS sha256, i.byte_size,
  i.failure_code IS NOT DISTINCT FROM 'ORIGINAL_MISSING' AS lacks_original, r.path, r.stamp, r.state`;

const referenceRow = z
  .object({
    image_id: int8,
    sha256: z.string(),
    byte_size: int8,
    lacks_original: z.boolean(),
    path: z.string(),
    stamp: z.string().nullable(),
    state: z.enum(['PRESENT', 'MISSING', 'CHANGED']),
  })
  .transform((row): ReferenceRow => ({
    imageId: row.image_id,
    sha256: row.sha256,
    byteSize: row.byte_size,
    lacksOriginal: row.lacks_original,
    path: row.path,
    stamp: row.stamp,
    state: row.state,
  }));

/** The references of these images; of those that have none, nothing. */
export async function findReferences(db: Queryable, imageIds: readonly number[]): Promise<ReferenceRow[]> {
  const { rows } = await db.query(
    planned(`/* imageReferences.byImage */
     SELECT ${COLUMNS} FROM image_references AS r JOIN images AS i ON i.id = r.image_id
     WHERE r.image_id = ANY($1::bigint[])`),
    [imageIds],
  );
  return z.array(referenceRow).parse(rows);
}

/** References in the order of their images, from behind an id. */
export async function findReferencesAfter(
  db: Queryable,
  afterId: number,
  limit: number,
): Promise<ReferenceRow[]> {
  const { rows } = await db.query(
    `/* imageReferences.after */
     SELECT ${COLUMNS} FROM image_references AS r JOIN images AS i ON i.id = r.image_id
     WHERE r.image_id > $1 ORDER BY r.image_id LIMIT $2::integer`,
    [afterId, limit],
  );
  return z.array(referenceRow).parse(rows);
}

/** Says where an image's original lies, in the place of what was known. The image must exist in this transaction. */
export async function setReference(
  db: Queryable,
  imageId: number,
  file: { readonly path: string; readonly stamp: string | null },
): Promise<void> {
  await db.query(
    `/* imageReferences.set */
     INSERT INTO image_references (image_id, path, stamp) VALUES ($1, $2, $3)
     ON CONFLICT (image_id) DO UPDATE
     SET path = EXCLUDED.path, stamp = EXCLUDED.stamp, state = 'PRESENT', noted_at = now()`,
    [imageId, file.path, file.stamp],
  );
}

/** Notes what was found. Does nothing when the image is gone, or its original lies elsewhere by now. */
export async function updateReference(
  db: Queryable,
  known: Pick<ReferenceRow, 'imageId' | 'path'>,
  found: Pick<ReferenceRow, 'path' | 'stamp' | 'state'>,
): Promise<void> {
  await db.query(
    `/* imageReferences.update */
     UPDATE image_references SET path = $3, stamp = $4, state = $5, noted_at = now()
     WHERE image_id = $1 AND path = $2`,
    [known.imageId, known.path, found.path, found.stamp, found.state],
  );
}

/** For an image whose original is kept from now on. */
export async function deleteReference(db: Queryable, imageId: number): Promise<void> {
  await db.query('/* imageReferences.delete */ DELETE FROM image_references WHERE image_id = $1', [imageId]);
}

/**
 * Notes that a file has the content of one image, so that it is no longer that of the others that refer to it.
 *
 * @returns their ids, ascending; those of whom it was known are left out
 */
export async function markReferencesChanged(
  db: Queryable,
  path: string,
  exceptImageId: number,
): Promise<number[]> {
  const { rows } = await db.query(
    `/* imageReferences.markChanged */
     WITH changed AS (
       UPDATE image_references SET state = 'CHANGED', stamp = NULL, noted_at = now()
       WHERE path = $1 AND image_id <> $2 AND state <> 'CHANGED'
       RETURNING image_id
     )
     SELECT image_id FROM changed ORDER BY image_id`,
    [path, exceptImageId],
  );
  return z
    .array(z.object({ image_id: int8 }))
    .parse(rows)
    .map(({ image_id: id }) => id);
}
