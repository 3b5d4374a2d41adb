import type { Database, Queryable } from '../db/database.js';
import { addClassificationJobs, addDuplicatesJob, addImageJobs, findOrphanedImages } from '../db/jobs.js';
import { addClearJob, addCollectionJobs, addSliceJob, type CollectionSlice } from '../db/model-jobs.js';

export type { CollectionSlice } from '../db/model-jobs.js';

/**
 * Queues images to be processed. Inside a transaction they are queued if it commits, and not seen by a worker before.
 *
 * @param imageIds of PENDING images; one that is queued already is not queued twice
 * @param maxAttempts after so many failures an image is given up
 */
export async function enqueueImages(
  queryable: Queryable,
  imageIds: readonly number[],
  maxAttempts: number,
): Promise<void> {
  await addImageJobs(queryable, imageIds, maxAttempts);
}

/** Like `enqueueImages`, but not to be begun before so many seconds have passed. */
export async function enqueueImagesLater(
  queryable: Queryable,
  imageIds: readonly number[],
  maxAttempts: number,
  seconds: number,
): Promise<void> {
  await addImageJobs(queryable, imageIds, maxAttempts, seconds);
}

/** Queues the search for near duplicates of the images that wait for it; queued already, it is not queued twice. */
export async function enqueueDuplicateSearch(queryable: Queryable, maxAttempts: number): Promise<void> {
  await addDuplicatesJob(queryable, maxAttempts);
}

/**
 * Queues the classification of all images with label sets under the active model; what is classified already is left as it
 * is. To be called when sets change, and, for all sets, when another model becomes active and at the start of a process.
 * Inside a transaction they are queued if it commits.
 *
 * @param labelSetIds `all` or only these
 */
export async function enqueueClassification(
  queryable: Queryable,
  labelSetIds: readonly number[] | 'all',
  maxAttempts: number,
): Promise<void> {
  await addClassificationJobs(queryable, labelSetIds === 'all' ? undefined : labelSetIds, maxAttempts);
}

/** Queues the whole collection to be embedded with these models; what is embedded already is passed over. */
export async function enqueueCollection(
  queryable: Queryable,
  modelIds: readonly number[],
  maxAttempts: number,
): Promise<void> {
  await addCollectionJobs(queryable, modelIds, maxAttempts);
}

/** Queues a part of the collection, or the rest of one. */
export async function enqueueSlice(
  queryable: Queryable,
  slice: CollectionSlice,
  maxAttempts: number,
  delaySeconds?: number,
): Promise<void> {
  await addSliceJob(queryable, slice, maxAttempts, delaySeconds);
}

/** Queues the deletion of what a retired model leaves. */
export async function enqueueClearing(
  queryable: Queryable,
  modelId: number,
  maxAttempts: number,
): Promise<void> {
  await addClearJob(queryable, modelId, maxAttempts);
}

const ORPHANS_AT_ONCE = 1_000;

/**
 * Queues PENDING images that have no job: after a backup was restored without the queue, for example.
 *
 * @returns how many
 */
export async function requeueOrphans(database: Database, maxAttempts: number): Promise<number> {
  let count = 0;
  for (;;) {
    const orphans = await findOrphanedImages(database.pool, ORPHANS_AT_ONCE);
    if (orphans.length === 0) return count;
    await enqueueImages(database.pool, orphans, maxAttempts);
    count += orphans.length;
  }
}
