import { UnreadableImageError, type Encoder } from '../clip/encoder.js';
import type { Limits } from '../config.js';
import type { Database } from '../db/database.js';
import {
  findUnprocessedImage,
  markImageFailed,
  markImageReady,
  recordAttempts,
  type ModelEmbedding,
} from '../db/image-status.js';
import type { ImageFailureCode } from '../db/images.js';
import { isUnavailableError, messageOf } from '../errors.js';
import type { Tasks } from '../jobs/jobs.js';
import { enqueueImagesLater } from '../jobs/queue.js';
import { createLimiter } from '../limiter.js';
import type { Logger } from '../log.js';
import type { HandedOver } from './handed-over.js';
import { toRaster } from './inspect.js';
import { createOriginals, roomForOriginal } from './originals.js';
import { hashOfThumbnail } from './perceptual-hash.js';
import type { ImageStorage } from './storage.js';
import { PREVIEW_WIDTH } from './thumbnails.js';

const MESSAGES: Readonly<Record<ImageFailureCode, string>> = {
  UNREADABLE:
    'The file cannot be decoded, and trying again would not help. Delete the image and add a whole, undamaged file.',
  ORIGINAL_MISSING: 'The original is missing from storage. Add the same file again to put it back.',
  INTERNAL:
    "Processing failed on every attempt; the server's log has the cause. Once that is mended, retry failed images.",
};

const REFERENCE_MISSING =
  'The file that the image refers to is gone, cannot be read by the process that works on it, or has changed. Put it back, ' +
  'or run `pictograph ingest --by-reference` where it lies now; then retry failed images.';

/** Images at once, of all that are worked on: requests want some of the pool's ten connections as well. */
const IN_DATABASE_AT_ONCE = 8;

/** After all attempts with their growing pauses have found the storage away, it is looked for so often. */
const STORAGE_AWAY_PAUSE_SECONDS = 300;

/** Another model has become active while an image was embedded: the image has to be embedded by that one. */
export class ModelSwitchedError extends Error {
  override readonly name = 'ModelSwitchedError';
}

class OriginalMissingError extends Error {
  override readonly name = 'OriginalMissingError';

  constructor() {
    super('The original is missing.');
  }
}

/**
 * The background work on one image: embedding, then READY or FAILED, and then label sets
 * and the search for its near duplicates. May be run again and again, and twice at once: the outcome is the same.
 *
 * @param dependencies `classify` and `recordDuplicates` are called once the image is READY, in transactions of their own: of two
 *   images that become READY at once, the later one sees the other, and a label set that is being classified sees either the
 *   image or is seen. `alsoEmbed` gives the embeddings of models that the whole collection is being embedded with, as far as they can
 *   be had; `handedOver` has pictures that this process decoded when it added them
 * @returns a task that throws ModelSwitchedError
 */
export function createProcessImage(dependencies: {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly encoder: Encoder;
  readonly modelId: number;
  readonly limits: Limits;
  readonly classify: (imageId: number) => Promise<void>;
  readonly recordDuplicates: (imageId: number, embedding?: Float32Array) => Promise<void>;
  readonly alsoEmbed?: (raster: () => Promise<Uint8Array>) => Promise<readonly ModelEmbedding[]>;
  readonly handedOver?: HandedOver;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): Tasks['process_image'] {
  const { database, storage, encoder, modelId, limits, handedOver, jobMaxAttempts, log } = dependencies;
  const { classify, recordDuplicates } = dependencies;
  const alsoEmbed = dependencies.alsoEmbed ?? (() => Promise.resolve([]));
  const { pool } = database;
  const originals = createOriginals({ database, storage });
  const connected = createLimiter(IN_DATABASE_AT_ONCE);

  return async ({ imageId }, attempt, lastAttempt) => {
    const image = await connected(() => findUnprocessedImage(pool, imageId, modelId));
    // Whoever made it READY may have been cut off before the rest was done.
    if (image === undefined) return finish(imageId);

    const fail = async (code: ImageFailureCode, cause?: unknown, message = MESSAGES[code]) => {
      log.warn({ imageId, code, attempt, err: cause }, `image ${imageId} cannot be processed: ${code}`);
      await connected(() =>
        markImageFailed(pool, { id: imageId, modelId, code, message, attempts: attempt }),
      );
    };

    let isRead = false;
    let embedding: Float32Array | undefined;
    let giveBack: (() => void) | undefined;
    try {
      const { sha256, byteSize, isHashed, isReferenced } = image;
      const given = handedOver?.take(sha256, encoder.card.fingerprint);
      const readOnce = async () => {
        giveBack = await roomForOriginal(byteSize);
        const { bytes } = await originals.read({ ...image, id: imageId });
        if (bytes === undefined) throw new OriginalMissingError();
        return bytes;
      };
      let reading: Promise<Buffer> | undefined;
      const read = () => (reading ??= readOnce());
      const raster = async () => toRaster(await read(), limits);
      const picture = given ?? (await raster());
      isRead = true;
      [embedding] = await encoder.encodeImages([picture]);
      if (embedding === undefined) throw new Error('The encoder gave no embedding.');
      // Earlier versions hashed images here, and left those that waited at an update without.
      const perceptualHash = isHashed
        ? undefined
        : await attempted(sha256, () => hashOfThumbnail(storage, sha256, read));
      // The file may be gone tomorrow, and thumbnails are to go on working.
      if (isReferenced)
        await attempted(sha256, () => storage.thumbnails.make(sha256, PREVIEW_WIDTH, 'webp', read));
      const others = await alsoEmbed(raster);
      const ready = { id: imageId, modelId, embedding, others, perceptualHash, attempts: attempt };
      if (!(await connected(() => markImageReady(pool, { ...ready, jobMaxAttempts })))) {
        throw new ModelSwitchedError('Another model has become active while an image was embedded.');
      }
    } catch (error) {
      if (error instanceof UnreadableImageError) {
        await fail('UNREADABLE', error);
      } else if (error instanceof OriginalMissingError) {
        await fail('ORIGINAL_MISSING', undefined, image.isReferenced ? REFERENCE_MISSING : undefined);
      } else if (lastAttempt && !isRead && isUnavailableError(error)) {
        // Nothing is wrong with the image: it waits for its storage, however long that is away.
        await connected(() =>
          enqueueImagesLater(pool, [imageId], jobMaxAttempts, STORAGE_AWAY_PAUSE_SECONDS),
        );
      } else if (error instanceof ModelSwitchedError) {
        throw error;
      } else if (lastAttempt) {
        await fail('INTERNAL', error);
      } else {
        await connected(() => recordAttempts(pool, imageId, attempt)).catch(() => undefined);
        throw error;
      }
      return;
    } finally {
      giveBack?.();
    }
    await finish(imageId, embedding);
  };

  function finish(imageId: number, embedding?: Float32Array): Promise<void> {
    return connected(async () => {
      await classify(imageId);
      await recordDuplicates(imageId, embedding);
    });
  }

  /**
   * Thumbnails are made ahead, so that nobody waits for them. Search works without, and they are tried again whenever someone
   * asks for them: no reason to fail an image.
   */
  async function attempted<T>(sha256: string, make: () => Promise<T>): Promise<T | undefined> {
    try {
      return await make();
    } catch (error) {
      log.warn({ err: error, sha256 }, `a thumbnail could not be made: ${messageOf(error)}`);
      return undefined;
    }
  }
}
