import type { Database } from '../db/database.js';
import { reopenFailedImages } from '../db/image-status.js';
import { enqueueImages } from '../jobs/queue.js';

/** Images that go back to PENDING in one transaction: bounds memory, and how long their rows are locked. */
const BATCH = 1_000;

/** Puts those of the images back that are FAILED. @returns how many those were */
export async function retryFailed(
  database: Database,
  ids: readonly number[],
  jobMaxAttempts: number,
): Promise<number> {
  return (await reopen(database, { ids }, jobMaxAttempts)).length;
}

/**
 * Puts all FAILED images back, batch by batch: after a crash some are back and others are FAILED still, and none is PENDING
 * without a job. One that fails again meanwhile is left, so that this comes to an end.
 *
 * @returns how many were put back
 */
export async function retryAllFailed(database: Database, jobMaxAttempts: number): Promise<number> {
  let count = 0;
  let after: number | undefined = 0;
  while (after !== undefined) {
    const reopened: readonly number[] = await reopen(database, { after, limit: BATCH }, jobMaxAttempts);
    count += reopened.length;
    after = reopened.at(-1);
  }
  return count;
}

function reopen(
  database: Database,
  which: Parameters<typeof reopenFailedImages>[1],
  jobMaxAttempts: number,
): Promise<readonly number[]> {
  return database.transaction(async (client) => {
    const reopened = await reopenFailedImages(client, which);
    if (reopened.length > 0) await enqueueImages(client, reopened, jobMaxAttempts);
    return reopened;
  });
}
