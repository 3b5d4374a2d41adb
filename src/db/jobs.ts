import { z } from 'zod';
import type { Queryable } from './database.js';
import { IMAGE_PROCESSED_CHANNEL } from './image-status.js';
import { int8 } from './images.js';

/**
 * The job queue's tables, which graphile-worker made. Its version is pinned: what is written here about its private table
 * holds for exactly this version.
 */

/** The name of the task that embeds an image. */
export const PROCESS_IMAGE = 'process_image';

const idRow = z.object({ id: int8 });

/**
 * Queues images, in one statement. An image is queued once: a job that waits is started afresh, and beside one that runs
 * right now another is queued, because what it began with may have changed.
 */
export async function addImageJobs(
  queryable: Queryable,
  imageIds: readonly number[],
  maxAttempts: number,
): Promise<void> {
  if (imageIds.length === 0) return;
  await queryable.query(
    `/* jobs.addImages */
     SELECT count(*) FROM graphile_worker.add_jobs((
       SELECT array_agg((
         '${PROCESS_IMAGE}', json_build_object('imageId', id), NULL, NULL, $2::smallint, 'image:' || id, NULL, NULL
       )::graphile_worker.job_spec ORDER BY id)
       FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) AS images
     ))`,
    [imageIds, maxAttempts],
  );
}

/** PENDING images that no job will ever process; ascending. */
export async function findOrphanedImages(queryable: Queryable, limit: number): Promise<number[]> {
  const { rows } = await queryable.query(
    `/* jobs.orphans */
     SELECT i.id FROM images AS i
     WHERE i.status = 'PENDING'
       AND NOT EXISTS (SELECT FROM graphile_worker.jobs AS j WHERE j.key = 'image:' || i.id)
     ORDER BY i.id LIMIT $1::integer`,
    [limit],
  );
  return rows.map((row) => idRow.parse(row).id);
}

/** Gives free every job that is locked: for when no worker can be alive. */
export async function unlockAllJobs(queryable: Queryable): Promise<void> {
  await queryable.query(
    `/* jobs.unlockAll */
     SELECT graphile_worker.force_unlock_workers(array_agg(DISTINCT locked_by))
     FROM graphile_worker.jobs WHERE locked_by IS NOT NULL HAVING count(*) > 0`,
  );
}

/** Gives free what one worker has locked: for when it is certainly not alive. */
export async function unlockJobsOf(queryable: Queryable, workerId: string): Promise<void> {
  await queryable.query('/* jobs.unlock */ SELECT graphile_worker.force_unlock_workers(ARRAY[$1::text])', [
    workerId,
  ]);
}

/**
 * Gives free the jobs of workers that were not seen for a while.
 *
 * A worker has no row yet in the moment when it starts, so a lock must be as old as the silence.
 *
 * @returns the workers' ids
 */
export async function takeOverJobs(queryable: Queryable, silenceSeconds: number): Promise<string[]> {
  const { rows } = await queryable.query(
    `/* jobs.takeOver */
     WITH dead AS (
       SELECT DISTINCT j.locked_by AS id FROM graphile_worker.jobs AS j
       WHERE j.locked_at < now() - make_interval(secs => $1)
         AND NOT EXISTS (
           SELECT FROM worker_processes AS w
           WHERE w.worker_id = j.locked_by AND w.seen_at >= now() - make_interval(secs => $1))
     )
     SELECT id, graphile_worker.force_unlock_workers(ARRAY[id]) FROM dead`,
    [silenceSeconds],
  );
  return rows.map((row) => z.object({ id: z.string() }).parse(row).id);
}

/**
 * Deletes the jobs that have no attempt left and marks their images FAILED: those whose process died in the last attempt,
 * or could not write down that it failed.
 *
 * @returns the images' ids
 */
export async function failExhaustedJobs(queryable: Queryable): Promise<number[]> {
  const { rows } = await queryable.query(
    `/* jobs.failExhausted */
     WITH exhausted AS (
       DELETE FROM graphile_worker._private_jobs
       WHERE locked_at IS NULL AND attempts >= max_attempts
         AND task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = '${PROCESS_IMAGE}')
       RETURNING key, attempts
     ), failed AS (
       UPDATE images AS i
       SET status = 'FAILED', failure_code = 'INTERNAL', failure_message = $1, attempts = e.attempts, updated_at = now()
       FROM exhausted AS e
       WHERE e.key = 'image:' || i.id AND i.status = 'PENDING'
       RETURNING i.id
     )
     SELECT id, pg_notify('${IMAGE_PROCESSED_CHANNEL}', id::text) FROM failed`,
    [EXHAUSTED],
  );
  return rows.map((row) => idRow.parse(row).id);
}

const EXHAUSTED =
  "Processing was cut off or failed on every attempt; the server's log has the cause. Once that is mended, retry failed images.";
