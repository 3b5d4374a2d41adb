import { reopenImages } from '../db/consistency.js';
import type { Database } from '../db/database.js';
import { enqueueImages } from '../jobs/queue.js';
import type { ImageStorage } from './storage.js';

/** What can be wrong between the database, the storage and the job queue. */
export type Problem =
  | 'ORIGINAL_WITHOUT_IMAGE'
  | 'ORIGINAL_MISSING'
  | 'ORIGINAL_BACK'
  | 'THUMBNAIL_WITHOUT_IMAGE'
  | 'LEFTOVER_FILE'
  | 'REFERENCE_MISSING'
  | 'REFERENCE_CHANGED'
  | 'NOT_EMBEDDED'
  | 'NOT_QUEUED';

export interface Finding {
  readonly problem: Problem;
  /** The image's row, where there is one. */
  readonly imageId?: number;
  readonly sha256?: string;
  /** The image's file name, or the file's; of a reference, its path. */
  readonly name?: string;
  readonly mended: boolean;
}

export interface Examination {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly jobMaxAttempts: number;
  /** Whether to mend what is found; otherwise nothing is changed. */
  readonly mend: boolean;
  /** Mends also where most of what there is would be given up. */
  readonly force: boolean;
  /** Files younger than so many milliseconds may be an upload that goes on right now. */
  readonly graceMs: number;
}

/** Rows and files that are looked at in one statement. */
export const BATCH = 1_000;

/** Queues images, whatever became of them before. */
export function processAgain(
  { database, jobMaxAttempts }: Examination,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  return database.transaction(async (client) => {
    const reopened = await reopenImages(client, ids);
    await enqueueImages(client, [...reopened], jobMaxAttempts);
    return reopened;
  });
}
