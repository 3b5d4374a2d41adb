import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8, type ImageFailureCode } from './images.js';
import { COLLECTION_SLICES, type CollectionSlice } from './model-jobs.js';
import { vectorParameter } from './vector.js';

/** What the background job that embeds the collection with another model reads and writes. */

const waitingRow = z.object({ id: int8, sha256: z.string(), byteSize: int8 });
export type ImageToEmbed = Readonly<z.infer<typeof waitingRow>>;

/**
 * READY images of a slice that a model has neither embedded nor given up, ascending. Scalar subqueries look embeddings up one by
 * one; for EXISTS the planner reads them all.
 */
export async function findImagesToEmbed(
  db: Queryable,
  { modelId, slice, after }: CollectionSlice,
  limit: number,
): Promise<readonly ImageToEmbed[]> {
  const { rows } = await db.query(
    `/* modelWork.next */
     SELECT i.id, encode(i.sha256, 'hex') AS sha256, i.byte_size AS "byteSize" FROM images AS i
     WHERE i.id > $3::bigint AND i.id % ${COLLECTION_SLICES} = $2::integer AND i.status = 'READY'
       AND (SELECT true FROM image_embeddings AS e WHERE e.model_id = $1::integer AND e.image_id = i.id) IS NULL
       AND (SELECT true FROM model_failures AS f WHERE f.model_id = $1::integer AND f.image_id = i.id) IS NULL
     ORDER BY i.id LIMIT $4::integer`,
    [modelId, slice, after, limit],
  );
  return rows.map((row) => waitingRow.parse(row));
}

/**
 * Stores an embedding. Does nothing when the image is gone or not READY any more, or when the model is no longer kept up to
 * date: whoever changes that waits for this statement, so that a retired model never gets another embedding.
 */
export async function storeModelEmbedding(
  db: Queryable,
  { modelId, imageId, embedding }: { modelId: number; imageId: number; embedding: Float32Array },
): Promise<void> {
  await db.query(
    `/* modelWork.store */
     WITH model AS MATERIALIZED (
       SELECT id FROM models WHERE id = $1::integer AND state = 'EMBEDDING' FOR SHARE
     ), image AS MATERIALIZED (
       SELECT i.id FROM images AS i
       WHERE i.id = $2::bigint AND i.status = 'READY' AND EXISTS (SELECT FROM model) FOR KEY SHARE
     )
     INSERT INTO image_embeddings (image_id, model_id, embedding)
     SELECT id, $1::integer, $3::vector FROM image
     ON CONFLICT (model_id, image_id) DO NOTHING`,
    [modelId, imageId, vectorParameter(embedding)],
  );
}

/** Notes that a model cannot embed an image. Does nothing when the image is gone. */
export async function recordModelFailure(
  db: Queryable,
  failure: { modelId: number; imageId: number; code: ImageFailureCode; message: string },
): Promise<void> {
  await db.query(
    `/* modelWork.fail */
     WITH image AS MATERIALIZED (SELECT id FROM images WHERE id = $2::bigint FOR KEY SHARE)
     INSERT INTO model_failures (model_id, image_id, code, message)
     SELECT $1::integer, id, $3, $4 FROM image
     ON CONFLICT (model_id, image_id)
     DO UPDATE SET code = EXCLUDED.code, message = EXCLUDED.message, failed_at = now()`,
    [failure.modelId, failure.imageId, failure.code, failure.message],
  );
}

/** Notes how long some images took, and forgets what was noted more than a minute ago. */
export async function recordBatch(
  db: Queryable,
  batch: { modelId: number; images: number; seconds: number },
): Promise<void> {
  await db.query(
    `/* modelWork.batch */
     WITH forgotten AS (
       DELETE FROM model_batches WHERE model_id = $1::integer AND finished_at < now() - interval '1 minute'
     )
     INSERT INTO model_batches (model_id, images, started_at)
     VALUES ($1::integer, $2::integer, now() - make_interval(secs => $3::float8))`,
    [batch.modelId, batch.images, batch.seconds],
  );
}
