import type { Database } from '../db/database.js';
import { findUnsearchedImages, storePerceptualHash } from '../db/duplicates.js';
import { messageOf, RequestError } from '../errors.js';
import { enqueueDuplicateSearch } from '../jobs/queue.js';
import type { Tasks } from '../jobs/jobs.js';
import type { Logger } from '../log.js';
import { createOriginals } from './originals.js';
import { hashOfThumbnail } from './perceptual-hash.js';
import type { ImageStorage } from './storage.js';

/** A job is short, so that stopping a worker never waits for long: a hash takes some milliseconds once its thumbnail is there. */
const IMAGES_A_JOB = 50;

/**
 * The background work on images whose near duplicates nobody has looked for yet: those that were READY before there were
 * perceptual hashes, those that another model embedded, those whose process died at the wrong moment. Does some, and queues
 * itself for the rest.
 */
export function createFindDuplicates(dependencies: {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly modelId: number;
  readonly recordDuplicates: (imageId: number) => Promise<void>;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): NonNullable<Tasks['find_duplicates']> {
  const { database, storage, modelId, recordDuplicates, jobMaxAttempts, log } = dependencies;
  const { pool } = database;
  const originals = createOriginals({ database, storage });

  return async () => {
    const images = await findUnsearchedImages(pool, modelId, IMAGES_A_JOB);
    for (const { id, sha256, hashed } of images) {
      if (!hashed) await hash(id, sha256);
      await recordDuplicates(id);
    }
    if (images.length === IMAGES_A_JOB) await enqueueDuplicateSearch(pool, jobMaxAttempts);
  };

  async function hash(id: number, sha256: string): Promise<void> {
    try {
      const found = await hashOfThumbnail(
        storage,
        sha256,
        async () => (await originals.read({ id, sha256 })).bytes,
      );
      if (found !== undefined) await storePerceptualHash(pool, id, found);
    } catch (error) {
      // That the storage does not answer says nothing about the image: the job is tried again.
      if (error instanceof RequestError) throw error;
      log.warn({ err: error, imageId: id }, `image ${id} has no near duplicates: ${messageOf(error)}`);
    }
  }
}
