import { randomUUID } from 'node:crypto';
import type { ImagePolicy, Limits } from '../config.js';
import type { Database } from '../db/database.js';
import { countImages, shuffleImages } from '../db/image-list.js';
import { findImageStates } from '../db/image-status.js';
import { findImageBySha256, findImagesByIds, updateImage } from '../db/images.js';
import { countCollection } from '../db/stats.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { createAddImage } from './add-image.js';
import type { FetchPolicy } from './address-guard.js';
import { isSha256 } from './content-hash.js';
import { deleteImages } from './delete-images.js';
import { checkDetails, InvalidDetailError } from './details.js';
import type { HandedOver } from './handed-over.js';
import type { Images } from './images.js';
import { createIngestProgress } from './ingest-progress.js';
import { inspectImage, toRaster } from './inspect.js';
import { listPage, positionOf } from './list-images.js';
import { createOriginals } from './originals.js';
import { createProcessedEvents } from './processed-events.js';
import { createReadMetadata } from './read-metadata.js';
import { createSourceReader } from './read-source.js';
import { retryAllFailed, retryFailed } from './retry-failed.js';
import type { ImageStorage } from './storage.js';

export interface ImagesDependencies {
  readonly database: Database;
  readonly storage: ImageStorage;
  /** The model that searches use: asked each time, because another one may become active. */
  readonly modelId: () => number;
  readonly limits: Limits;
  readonly policy: ImagePolicy;
  readonly jobMaxAttempts: number;
  /** Where a worker of this process finds pictures that are decoded already. */
  readonly handedOver?: HandedOver;
  readonly log: Logger;
  /** For tests only: see `FetchPolicy`. */
  readonly fetchPolicy?: FetchPolicy;
  /** Milliseconds without a byte until an upload counts as cut off. */
  readonly uploadIdleMs?: number;
}

/** Everything that can be done with the images of the collection; embedding them is `createProcessImage`. */
export function createImages(dependencies: ImagesDependencies): Images {
  const { database, storage, modelId, limits, policy, jobMaxAttempts, log } = dependencies;
  const { pool } = database;
  const reader = createSourceReader({
    limits,
    fetchPolicy: dependencies.fetchPolicy ?? {},
    uploadIdleMs: dependencies.uploadIdleMs ?? 30_000,
  });
  const readMetadata = createReadMetadata(log);
  const originals = createOriginals({ database, storage });
  const events = createProcessedEvents(database, log);
  const progress = createIngestProgress({ database, modelId, log });

  return {
    add: createAddImage({ ...dependencies, reader, readMetadata }),

    async update(id, changes) {
      try {
        const image = await updateImage(pool, id, checkDetails(changes));
        return image === undefined ? { outcome: 'not-found' } : { outcome: 'updated', image };
      } catch (error) {
        if (!(error instanceof InvalidDetailError)) throw error;
        return { outcome: 'invalid', field: error.field, message: error.message };
      }
    },

    async delete(ids) {
      return { deleted: await deleteImages({ database, storage, log }, ids) };
    },

    retryFailed: (ids) =>
      ids === undefined
        ? retryAllFailed(database, jobMaxAttempts)
        : retryFailed(database, ids, jobMaxAttempts),

    async byIds(ids) {
      if (ids.length === 0) return new Map();
      return new Map((await findImagesByIds(pool, ids)).map((image) => [image.id, image]));
    },

    statesOf: (ids) => findImageStates(pool, ids),
    list: (request) => listPage(database, request),
    count: (filter) => countImages(pool, filter),
    random: (filter, limit, seed) => shuffleImages(pool, filter, String(seed ?? randomUUID()), limit),
    stats: () => countCollection(pool, modelId()),
    positionOf,

    read: (source) =>
      reader.withBytes(source, async (bytes) => {
        await inspectImage(bytes, limits, policy);
        return toRaster(bytes, limits);
      }),

    referenceStates: (ids) => originals.referenceStates(ids),

    async original(sha256) {
      if (!isSha256(sha256)) return undefined;
      const image = await findImageBySha256(pool, sha256);
      if (image === undefined) return undefined;
      return {
        mediaType: image.mediaType,
        size: image.byteSize,
        open: (range) => originals.open(image, range),
      };
    },

    async thumbnail(sha256, width, format) {
      if (!isSha256(sha256)) return undefined;
      // Asked first, so that the thumbnail of an image that was deleted is never shown, whatever was left of it.
      const image = await findImageBySha256(pool, sha256);
      if (image === undefined) return undefined;
      try {
        const read = async () => (await originals.read(image)).bytes;
        return await storage.thumbnails.make(sha256, width, format, read);
      } catch (error) {
        // That the storage does not answer says nothing about the image.
        if (error instanceof RequestError) throw error;
        log.error(
          { err: error, imageId: image.id, width },
          `no thumbnail could be made: ${messageOf(error)}`,
        );
        return undefined;
      }
    },

    processed: (signal) => events.subscribe(signal),
    progress: () => progress.read(),
    watchProgress: (signal) => progress.subscribe(signal),
  };
}
