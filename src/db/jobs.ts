import { z } from 'zod';
import type { Queryable } from './database.js';
import { IMAGE_PROCESSED_CHANNEL } from './image-status.js';
import { int8 } from './images.js';
import { planned } from './planned.js';

/**
 * The job queue's tables, which graphile-worker made. Its version is pinned: what is written here about its private table
 * holds for exactly this version.
 */

/** The name of the task that embeds an image. */
export const PROCESS_IMAGE = 'process_image';
/** The name of the task that looks for near duplicates of images that wait for it, and the key of its one job. */
const FIND_DUPLICATES = 'find_duplicates';
/** The name of the task that classifies images with a label set. */
const CLASSIFY_LABEL_SET = 'classify_label_set';

const idRow = z.object({ id: int8 });

/**
 * Queues images, in one statement. An image is queued once: a job that waits is started afresh, and beside one that runs
 * right now another is queued, because what it began with may have changed.
 */
export async function addImageJobs(
  queryable: Queryable,
  imageIds: readonly number[],
  maxAttempts: number,
  delaySeconds = 0,
): Promise<void> {
  if (imageIds.length === 0) return;
  await queryable.query(
    planned(`/* jobs.addImages */
     SELECT count(*) FROM graphile_worker.add_jobs((
       SELECT array_agg((
         '${PROCESS_IMAGE}', json_build_object('imageId', id), NULL, now() + $3::float8 * interval '1 second', $2::smallint, 'image:' || id, NULL, NULL
       )::graphile_worker.job_spec ORDER BY id)
       FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) AS images
     ))`),
    [imageIds, maxAttempts, delaySeconds],
  );
}

/** Queues the search for near duplicates of the images that wait for it. It is queued once. */
export async function addDuplicatesJob(queryable: Queryable, maxAttempts: number): Promise<void> {
  await queryable.query(
    `/* jobs.addDuplicates */
     SELECT graphile_worker.add_job('${FIND_DUPLICATES}', '{}'::json, max_attempts => $1::integer, job_key => $2::text)`,
    [maxAttempts, FIND_DUPLICATES],
  );
}

/**
 * Queues the classification of all images with label sets, in one statement. A set is queued once: a job that waits is started
 * afresh, and beside one that runs right now another is queued, because the set may have changed.
 *
 * @param labelSetIds undefined: all sets
 */
export async function addClassificationJobs(
  queryable: Queryable,
  labelSetIds: readonly number[] | undefined,
  maxAttempts: number,
): Promise<void> {
  await queryable.query(
    `/* jobs.addClassification */
     SELECT count(*) FROM graphile_worker.add_jobs((
       SELECT coalesce(array_agg((
         '${CLASSIFY_LABEL_SET}', json_build_object('labelSetId', s.id), NULL, NULL, $2::smallint, 'label-set:' || s.id,
         NULL, NULL)::graphile_worker.job_spec ORDER BY s.id), '{}')
       FROM label_sets AS s WHERE $1::integer[] IS NULL OR s.id = ANY($1::integer[])
     ))`,
    [labelSetIds ?? null, maxAttempts],
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

/** How often a job may be cut off, for every failure that it may have. */
const CUT_OFFS_PER_ATTEMPT = 3;
/**
 * What happens to a job that a worker had taken when it died: it is free, and that attempt does not count, because most
 * likely the job was not to blame. Should it be the one that kills its workers, it stands behind all others now (`priority`
 * is how often a job was cut off), and one day it has no attempt left.
 */
const CUT_OFF = `
  locked_at = NULL, locked_by = NULL, priority = priority + 1, updated_at = now(),
  attempts = CASE WHEN priority + 1 < ${CUT_OFFS_PER_ATTEMPT} * max_attempts THEN attempts - 1 ELSE max_attempts END`;

/** Gives free every job that is locked: for when no worker can be alive. */
export async function releaseAllJobs(queryable: Queryable): Promise<void> {
  await queryable.query(
    `/* jobs.releaseAll */ UPDATE graphile_worker._private_jobs SET ${CUT_OFF} WHERE locked_by IS NOT NULL`,
  );
}

/** Gives free what one worker has locked: for when it has certainly ended. */
export async function releaseJobsOf(queryable: Queryable, workerId: string): Promise<void> {
  await queryable.query(
    `/* jobs.release */ UPDATE graphile_worker._private_jobs SET ${CUT_OFF} WHERE locked_by = $1`,
    [workerId],
  );
}

/**
 * Gives free the jobs of workers that were not seen for a while.
 *
 * A worker has no row yet in the moment when it starts, so a lock must be as old as the silence.
 *
 * @returns the workers' ids
 */
export async function releaseJobsOfSilentWorkers(
  queryable: Queryable,
  silenceSeconds: number,
): Promise<string[]> {
  const { rows } = await queryable.query(
    `/* jobs.takeOver */
     WITH silent AS (
       SELECT j.id, j.locked_by FROM graphile_worker._private_jobs AS j
       WHERE j.locked_at < now() - make_interval(secs => $1)
         AND NOT EXISTS (
           SELECT FROM worker_processes AS w
           WHERE w.worker_id = j.locked_by AND w.seen_at >= now() - make_interval(secs => $1))
       FOR UPDATE OF j SKIP LOCKED
     ), released AS (
       UPDATE graphile_worker._private_jobs AS j SET ${CUT_OFF}
       FROM silent WHERE silent.id = j.id
       RETURNING silent.locked_by
     )
     SELECT DISTINCT locked_by AS id FROM released ORDER BY id`,
    [silenceSeconds],
  );
  return rows.map((row) => z.object({ id: z.string() }).parse(row).id);
}

/**
 * Deletes the jobs that have no attempt left and marks their images FAILED: those that were cut off too often, or whose last
 * failure could not be written down on the image.
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
       RETURNING key, greatest(attempts, priority) AS attempts
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
