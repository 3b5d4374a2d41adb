import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFailureCode, imageStatus, int8, type ImageFailureCode, type ImageRow } from './images.js';
import { COLLECTION_SLICES, sliceJobSql } from './model-jobs.js';
import { vectorParameter } from './vector.js';
import { planned } from './planned.js';

/** Where ids of images are announced when they become READY or FAILED. */
export const IMAGE_PROCESSED_CHANNEL = 'pictograph_image_processed';

/**
 * What processing an image needs to know of it.
 *
 * @returns undefined when the image is gone, or embedded by this model already
 */
export async function findUnprocessedImage(
  db: Queryable,
  id: number,
  modelId: number,
): Promise<z.infer<typeof unprocessedRow> | undefined> {
  const { rows } = await db.query(
    planned(`/* imageStatus.unprocessed */
     SELECT encode(i.sha256, 'hex') AS sha256, i.byte_size AS "byteSize", i.perceptual_hash IS NOT NULL AS "isHashed",
       EXISTS (SELECT FROM image_references AS r WHERE r.image_id = i.id) AS "isReferenced"
     FROM images AS i
     WHERE i.id = $1 AND NOT (i.status = 'READY' AND EXISTS (
       SELECT FROM image_embeddings AS e WHERE e.image_id = i.id AND e.model_id = $2))`),
    [id, modelId],
  );
  return z.array(unprocessedRow).parse(rows)[0];
}

const unprocessedRow = z.object({
  sha256: z.string(),
  byteSize: int8,
  isHashed: z.boolean(),
  isReferenced: z.boolean(),
});

/** How far an image is, and why it is no further. */
export type ImageState = Pick<ImageRow, 'status' | 'failureCode' | 'failureMessage'>;

/**
 * Of many images at once, again and again, while someone waits for them: a whole row may carry 64 KiB of metadata.
 *
 * @returns those that are there, by their ids
 */
export async function findImageStates(
  db: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ImageState>> {
  const { rows } = await db.query(
    planned(`/* imageStatus.states */
     SELECT i.id, i.status, i.failure_code AS "failureCode", i.failure_message AS "failureMessage"
     FROM images AS i WHERE i.id = ANY($1::bigint[])`),
    [ids],
  );
  return new Map(
    z
      .array(stateRow)
      .parse(rows)
      .map(({ id, ...state }) => [id, state]),
  );
}

const stateRow = z.object({
  id: int8,
  status: imageStatus,
  failureCode: imageFailureCode.nullable(),
  failureMessage: z.string().nullable(),
});

/** An embedding with the model that made it. */
export interface ModelEmbedding {
  readonly modelId: number;
  /** A unit vector of the model's dimensions. */
  readonly embedding: Float32Array;
}

/**
 * Stores an image's embeddings and makes it READY, in one statement and so in one transaction: search never sees the
 * one without the other. Announces it. Does nothing when the image is gone.
 *
 * Of the models that the whole collection is being embedded with, those that are not among `others` get a job for it.
 *
 * @param image `modelId` is the active model, as far as the caller knows; `perceptualHash` is undefined for a picture that has
 *   none, or one already; `attempts` says how often processing was tried
 * @returns false, and nothing is changed, when that model is not active (any more)
 */
export async function markImageReady(
  db: Queryable,
  image: {
    id: number;
    modelId: number;
    embedding: Float32Array;
    others?: readonly ModelEmbedding[];
    perceptualHash: bigint | undefined;
    attempts: number;
    jobMaxAttempts: number;
  },
): Promise<boolean> {
  const values: unknown[] = [
    image.id,
    image.modelId,
    vectorParameter(image.embedding),
    image.attempts,
    image.perceptualHash?.toString() ?? null,
    image.jobMaxAttempts,
  ];
  const others = (image.others ?? []).map(({ modelId, embedding }) => {
    const last = values.push(modelId, vectorParameter(embedding));
    return `, ($${last - 1}::integer, $${last}::vector)`;
  });
  const { rows } = await db.query(
    planned(`/* imageStatus.ready */
     WITH given (model_id, embedding) AS (
       VALUES ($2::integer, $3::vector)${others.join('')}
     ), model AS MATERIALIZED (
       -- Whoever makes another model active, or retires one, waits for this statement, or this one for them.
       SELECT id, active FROM models WHERE state = 'EMBEDDING' ORDER BY id FOR SHARE
     ), image AS (
       UPDATE images
       SET status = 'READY', failure_code = NULL, failure_message = NULL, attempts = $4,
           perceptual_hash = coalesce($5::bigint, perceptual_hash), updated_at = now(), ready_at = coalesce(ready_at, now())
       WHERE id = $1 AND EXISTS (SELECT FROM model WHERE active AND id = $2::integer) RETURNING id
     ), stored AS (
       INSERT INTO image_embeddings (image_id, model_id, embedding)
       SELECT image.id, given.model_id, given.embedding
       FROM image, given JOIN model ON model.id = given.model_id
       ORDER BY given.model_id
       ON CONFLICT (model_id, image_id) DO UPDATE SET embedding = EXCLUDED.embedding, created_at = now()
     ), queued AS MATERIALIZED (
       SELECT graphile_worker.add_job(
         ${sliceJobSql('model.id', `(image.id % ${COLLECTION_SLICES})`, '0', '$6::integer')})
       FROM image, model WHERE NOT model.active AND model.id NOT IN (SELECT model_id FROM given)
     )
     SELECT EXISTS (SELECT FROM model WHERE active AND id = $2::integer) AS active,
       (SELECT count(*) FROM queued) AS queued,
       (SELECT pg_notify('${IMAGE_PROCESSED_CHANNEL}', id::text)::text FROM image) AS announced`),
    values,
  );
  return z.object({ active: z.boolean() }).parse(rows[0]).active;
}

/** Makes an image FAILED and announces it. Does nothing when the image is gone, or embedded by this model after all. */
export async function markImageFailed(
  db: Queryable,
  failure: { id: number; modelId: number; code: ImageFailureCode; message: string; attempts: number },
): Promise<void> {
  await db.query(
    `/* imageStatus.failed */
     WITH image AS (
       UPDATE images
       SET status = 'FAILED', failure_code = $3, failure_message = $4, attempts = $5, updated_at = now()
       WHERE id = $1 AND NOT (status = 'READY' AND EXISTS (
         SELECT FROM image_embeddings AS e WHERE e.image_id = images.id AND e.model_id = $2))
       RETURNING id
     )
     SELECT pg_notify('${IMAGE_PROCESSED_CHANNEL}', id::text) FROM image`,
    [failure.id, failure.modelId, failure.code, failure.message, failure.attempts],
  );
}

/** Notes how often processing was tried in vain so far; the image stays PENDING. */
export async function recordAttempts(db: Queryable, id: number, attempts: number): Promise<void> {
  await db.query(
    `/* imageStatus.attempts */ UPDATE images SET attempts = $2 WHERE id = $1 AND status = 'PENDING'`,
    [id, attempts],
  );
}

/**
 * Puts FAILED images back to PENDING, lowest ids first; in the same transaction they must be queued.
 *
 * @param which only these, or all above an id, at most so many
 * @returns their ids, ascending
 */
export async function reopenFailedImages(
  db: Queryable,
  which: { readonly ids: readonly number[] } | { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const { rows } = await db.query(
    `/* imageStatus.reopen */
     WITH failed AS (
       SELECT id FROM images
       WHERE status = 'FAILED' AND ($1::bigint[] IS NULL OR id = ANY($1::bigint[])) AND id > $2::bigint
       ORDER BY id LIMIT $3::integer FOR UPDATE
     )
     UPDATE images AS i
     SET status = 'PENDING', failure_code = NULL, failure_message = NULL, attempts = 0, updated_at = now()
     FROM failed WHERE i.id = failed.id
     RETURNING i.id`,
    'ids' in which ? [which.ids, 0, null] : [null, which.after, which.limit],
  );
  return z
    .array(z.object({ id: int8 }))
    .parse(rows)
    .map((row) => row.id)
    .sort((a, b) => a - b);
}

/**
 * Ids of images that became READY or FAILED within the last so many seconds, the latest of them; oldest first. A scalar
 * subquery looks the few embeddings up; for EXISTS the planner reads them all.
 */
export async function findRecentlyProcessed(
  db: Queryable,
  seconds: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await db.query(
    `/* imageStatus.recent */
     SELECT i.id FROM images AS i
     WHERE i.updated_at >= now() - make_interval(secs => $1) AND (i.status = 'FAILED' OR i.status = 'READY' AND (
       SELECT max(e.created_at) FROM image_embeddings AS e WHERE e.image_id = i.id) >= now() - make_interval(secs => $1))
     ORDER BY i.updated_at DESC, i.id DESC LIMIT $2`,
    [seconds, limit],
  );
  return z
    .array(z.object({ id: int8 }))
    .parse(rows)
    .map((row) => row.id)
    .reverse();
}
