import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';

/** How far a model is with the collection, at one moment and in every process together. */
export interface ModelProgressRow {
  readonly modelId: number;
  /** READY images. */
  readonly total: number;
  /** Of these, with an embedding of the model. */
  readonly embedded: number;
  /** Of these, without one because they cannot be embedded. */
  readonly failed: number;
  /** Images that the background job came to an end with within the window. */
  readonly recent: number;
  /** Seconds in which it did that. */
  readonly seconds: number;
  readonly now: Date;
}

const row = z
  .object({
    model_id: z.int(),
    total: int8,
    embedded: int8,
    failed: int8,
    recent: int8,
    seconds: z.number(),
    now: z.date(),
  })
  .transform(({ model_id, ...counts }): ModelProgressRow => ({ modelId: model_id, ...counts }));

/** READY images; those that are not READY are counted in their own index, and are few mostly. */
const READY = `(SELECT count(*) FROM images) - (SELECT count(*) FROM images WHERE status <> 'READY')`;
/** READY images with an embedding of a model. An image that is processed anew may have one although it is not READY. */
const embedded = (model: string) => `
  (SELECT count(*) FROM image_embeddings AS e WHERE e.model_id = ${model})
  - (SELECT count(*) FROM images AS i JOIN image_embeddings AS e ON e.image_id = i.id AND e.model_id = ${model}
     WHERE i.status <> 'READY')`;
const failed = (model: string) => `
  (SELECT count(*) FROM model_failures AS f JOIN images AS i ON i.id = f.image_id AND i.status = 'READY'
   WHERE f.model_id = ${model} AND NOT EXISTS (
     SELECT FROM image_embeddings AS e WHERE e.model_id = f.model_id AND e.image_id = f.image_id))`;

/** The progress of these models, in one statement; unknown ids are left out. */
export async function readModelProgress(
  db: Queryable,
  modelIds: readonly number[],
  windowSeconds: number,
): Promise<readonly ModelProgressRow[]> {
  const { rows } = await db.query(
    `/* modelProgress.read */
     SELECT m.id AS model_id, ${READY} AS total, ${embedded('m.id')} AS embedded, ${failed('m.id')} AS failed,
       coalesce(b.images, 0) AS recent, now() AS now,
       greatest(1, least($2::float8, extract(epoch FROM now() - b.started_at)))::float8 AS seconds
     FROM models AS m LEFT JOIN LATERAL (
       SELECT sum(images) AS images, min(started_at) AS started_at FROM model_batches
       WHERE model_id = m.id AND finished_at >= now() - make_interval(secs => $2::float8)
     ) AS b ON true
     WHERE m.id = ANY($1::integer[])
     ORDER BY m.id`,
    [modelIds, windowSeconds],
  );
  return rows.map((each) => row.parse(each));
}

/** How many READY images a model has no embedding of, and how many of these cannot be embedded. */
export async function countMissing(
  db: Queryable,
  modelId: number,
): Promise<{ readonly missing: number; readonly failed: number }> {
  const { rows } = await db.query(
    `/* modelProgress.missing */
     SELECT ${READY} - (${embedded('$1::integer')}) AS missing, ${failed('$1::integer')} AS failed`,
    [modelId],
  );
  return z.object({ missing: int8, failed: int8 }).parse(rows[0]);
}
