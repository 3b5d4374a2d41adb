import { z } from 'zod';
import type { Queryable } from './database.js';
import { IMAGE_PROCESSED_CHANNEL } from './image-status.js';
import { int8 } from './images.js';

/** What is needed to compare an image with its original. */
export interface StoredImageRow {
  readonly id: number;
  readonly sha256: string;
  readonly byteSize: number;
  readonly filename: string | null;
  readonly lacksOriginal: boolean;
  /** Its original lies elsewhere and is not expected in the storage. */
  readonly isReferenced: boolean;
}

const storedImage = z
  .object({
    id: int8,
    sha256: z.string(),
    byte_size: int8,
    filename: z.string().nullable(),
    lacks_original: z.boolean(),
    is_referenced: z.boolean(),
  })
  .transform((row): StoredImageRow => ({
    id: row.id,
    sha256: row.sha256,
    byteSize: row.byte_size,
    filename: row.filename,
    lacksOriginal: row.lacks_original,
    isReferenced: row.is_referenced,
  }));

/**
 * Images whose hash lies in a range, in the order of their hashes.
 *
 * @param after only greater hashes, in hexadecimal
 * @param upTo only hashes up to this one
 */
export async function findImagesByHash(
  db: Queryable,
  range: { readonly after: string; readonly upTo: string },
  limit: number,
): Promise<StoredImageRow[]> {
  const { rows } = await db.query(
    `/* consistency.byHash */
     SELECT i.id, encode(i.sha256, 'hex') AS sha256, i.byte_size, i.filename,
       i.failure_code IS NOT DISTINCT FROM 'ORIGINAL_MISSING' AS lacks_original,
       EXISTS (SELECT FROM image_references AS r WHERE r.image_id = i.id) AS is_referenced
     FROM images AS i
     WHERE i.sha256 > decode($1, 'hex') AND i.sha256 <= decode($2, 'hex')
     ORDER BY i.sha256, i.id LIMIT $3::integer`,
    [range.after, range.upTo, limit],
  );
  return z.array(storedImage).parse(rows);
}

/** What may be lost of a small collection without anybody asking whether its disk is mounted. */
const FEW = 10;

/** Whether there are more than a few images whose originals should be in the storage. */
export async function expectsOriginals(db: Queryable): Promise<boolean> {
  const { rows } = await db.query(
    `/* consistency.expectsOriginals */
     SELECT count(*) > $1::integer AS expected FROM (
       SELECT FROM images AS i WHERE NOT EXISTS (SELECT FROM image_references AS r WHERE r.image_id = i.id)
       LIMIT $1::integer + 1
     ) AS kept`,
    [FEW],
  );
  return z
    .array(z.object({ expected: z.boolean() }))
    .parse(rows)
    .some(({ expected }) => expected);
}

/**
 * Makes images FAILED whose original is lost, and announces them. Their embeddings go: an image has one exactly when it is
 * READY. Everything that people said about the image stays.
 *
 * @returns their ids
 */
export async function markOriginalsMissing(
  db: Queryable,
  ids: readonly number[],
  message: string,
): Promise<ReadonlySet<number>> {
  const { rows } = await db.query(
    `/* consistency.originalsMissing */
     WITH locked AS (SELECT id FROM images WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE),
     lost AS (
       UPDATE images AS i
       SET status = 'FAILED', failure_code = 'ORIGINAL_MISSING', failure_message = $2, updated_at = now()
       FROM locked
       WHERE i.id = locked.id AND NOT EXISTS (SELECT FROM image_references AS r WHERE r.image_id = i.id)
       RETURNING i.id
     ), forgotten AS (
       DELETE FROM image_embeddings AS e USING lost WHERE e.image_id = lost.id
     )
     SELECT id, pg_notify('${IMAGE_PROCESSED_CHANNEL}', id::text) FROM lost`,
    [ids, message],
  );
  return idsOf(rows);
}

/** How many images are known to lack their original. */
export async function countImagesWithoutOriginal(db: Queryable): Promise<number> {
  const { rows } = await db.query(
    `/* consistency.lackOriginal */
     SELECT count(*) AS count FROM images WHERE status = 'FAILED' AND failure_code = 'ORIGINAL_MISSING'`,
  );
  return z.array(z.object({ count: int8 })).parse(rows)[0]?.count ?? 0;
}

/** READY images without an embedding of a model, ascending from behind an id. */
export async function findImagesWithoutEmbedding(
  db: Queryable,
  modelId: number,
  afterId: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await db.query(
    `/* consistency.withoutEmbedding */
     SELECT i.id FROM images AS i
     WHERE i.id > $2 AND i.status = 'READY' AND NOT EXISTS (
       SELECT FROM image_embeddings AS e WHERE e.image_id = i.id AND e.model_id = $1)
     ORDER BY i.id LIMIT $3::integer`,
    [modelId, afterId, limit],
  );
  return [...idsOf(rows)];
}

/** PENDING images that no job will ever process, ascending from behind an id. */
export async function findImagesWithoutJob(
  db: Queryable,
  afterId: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await db.query(
    `/* consistency.withoutJob */
     SELECT i.id FROM images AS i
     WHERE i.id > $1 AND i.status = 'PENDING'
       AND NOT EXISTS (SELECT FROM graphile_worker.jobs AS j WHERE j.key = 'image:' || i.id)
     ORDER BY i.id LIMIT $2::integer`,
    [afterId, limit],
  );
  return [...idsOf(rows)];
}

/**
 * Puts images back to PENDING, whatever they are; in the same transaction they must be queued. Meanwhile they have no
 * embedding.
 *
 * @returns those that there are
 */
export async function reopenImages(db: Queryable, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await db.query(
    `/* consistency.reopen */
     WITH locked AS (SELECT id FROM images WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE)
     UPDATE images AS i
     SET status = 'PENDING', failure_code = NULL, failure_message = NULL, attempts = 0, updated_at = now()
     FROM locked WHERE i.id = locked.id
     RETURNING i.id`,
    [ids],
  );
  return idsOf(rows);
}

function idsOf(rows: readonly unknown[]): ReadonlySet<number> {
  return new Set(
    z
      .array(z.object({ id: int8 }))
      .parse(rows)
      .map(({ id }) => id),
  );
}
