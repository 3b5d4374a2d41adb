import { z } from 'zod';
import type { Queryable } from './database.js';
import { PROCESS_IMAGE } from './jobs.js';
import { int8 } from './images.js';

/** What is on its way, as the database sees it at one moment: the work of every process. */
export interface IngestSnapshot {
  readonly pending: number;
  readonly ready: number;
  readonly failed: number;
  /** Of those pending: a worker has them in hand. */
  readonly running: number;
  /** Images that became READY or FAILED within the window. */
  readonly finished: number;
  /** Seconds in which those were finished: the window, or less where the first of them was added within it. */
  readonly seconds: number;
  readonly now: Date;
}

const row = z.object({
  pending: int8,
  ready: int8,
  failed: int8,
  running: int8,
  finished: int8,
  seconds: z.number(),
  now: z.date(),
});

/**
 * Counts what is on its way, in one statement. What is not READY is counted in its own index alone. What was finished is found
 * by the index on `updated_at`; an image that was READY before and only edited is told by the age of its embedding, which is a
 * scalar subquery because the planner answers EXISTS by reading all embeddings.
 *
 * @param modelId the model that images are embedded with
 */
export async function readIngestSnapshot(
  db: Queryable,
  modelId: number,
  windowSeconds: number,
): Promise<IngestSnapshot> {
  const { rows } = await db.query(
    `/* ingestProgress.snapshot */
     WITH waiting AS (
       SELECT count(*) FILTER (WHERE status = 'PENDING') AS pending,
              count(*) FILTER (WHERE status = 'FAILED') AS failed
       FROM images WHERE status <> 'READY'
     ), finished AS (
       SELECT count(*) AS count, min(i.created_at) AS first FROM images AS i
       WHERE i.updated_at >= now() - make_interval(secs => $2::float8) AND (i.status = 'FAILED' OR i.status = 'READY' AND (
         SELECT e.created_at FROM image_embeddings AS e
         WHERE e.image_id = i.id AND e.model_id = $1) >= now() - make_interval(secs => $2::float8))
     ), running AS (
       SELECT count(*) AS count FROM graphile_worker.jobs
       WHERE task_identifier = '${PROCESS_IMAGE}' AND locked_at IS NOT NULL
     )
     SELECT w.pending, (SELECT count(*) FROM images) - w.pending - w.failed AS ready, w.failed, r.count AS running,
            f.count AS finished, now() AS now,
            greatest(1, least($2::float8, extract(epoch FROM now() - f.first)))::float8 AS seconds
     FROM waiting AS w, finished AS f, running AS r`,
    [modelId, windowSeconds],
  );
  return row.parse(rows[0]);
}
