import type { LazyEncoder } from '../clip/lazy-encoder.js';
import { loadingFailure } from '../clip/lazy-encoder.js';
import { UnreadableImageError } from '../clip/encoder.js';
import type { Limits } from '../config.js';
import type { Database } from '../db/database.js';
import type { ImageFailureCode } from '../db/images.js';
import { findModel, type ModelRow } from '../db/models.js';
import {
  findImagesToEmbed,
  recordBatch,
  recordModelFailure,
  storeModelEmbedding,
  type ImageToEmbed,
} from '../db/model-work.js';
import { isUnavailableError, messageOf } from '../errors.js';
import { toRaster } from '../images/inspect.js';
import { createOriginals, roomForOriginal } from '../images/originals.js';
import type { ImageStorage } from '../images/storage.js';
import type { Tasks } from '../jobs/jobs.js';
import { enqueueSlice } from '../jobs/queue.js';
import type { Logger } from '../log.js';

/** A job is short, so that images that are added come in between, and stopping a worker never waits for long. */
const IMAGES_A_JOB = 32;
const SECONDS_A_JOB = 3;
/** How long a job waits for what is not there; another process may take it then. */
const RETRY_SECONDS = 15;

const MESSAGES: Readonly<Record<ImageFailureCode, string>> = {
  UNREADABLE: 'The model could not decode the file. Delete the image and add a whole, undamaged file.',
  ORIGINAL_MISSING:
    'The original is missing or cannot be read, so another model cannot embed it. Put it back, or delete the image.',
  INTERNAL: "Embedding with another model failed on every attempt; the server's log has the cause.",
};

/**
 * The background work that embeds the collection with a model that is to become active. One job takes some images of one slice,
 * one after the other, and queues the rest of the slice behind everything that waits; so many slices run at once, in as many processes as
 * there are. A job that is cut off begins where it began, and passes over what is embedded already.
 */
export function createEmbedCollection(dependencies: {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly encoderOf: (model: ModelRow) => LazyEncoder;
  readonly limits: Limits;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): NonNullable<Tasks['embed_collection']> {
  const { database, storage, encoderOf, limits, jobMaxAttempts, log } = dependencies;
  const { pool } = database;
  const originals = createOriginals({ database, storage });

  return async (slice, lastAttempt) => {
    const { modelId } = slice;
    const model = await findModel(pool, modelId);
    if (model?.state !== 'EMBEDDING') return;
    const images = await findImagesToEmbed(pool, slice, IMAGES_A_JOB);
    if (images.length === 0) {
      // What became READY behind the back of this slice, or was put back and is READY again.
      if (slice.after > 0) await enqueueSlice(pool, { ...slice, after: 0 }, jobMaxAttempts);
      return;
    }
    const encoder = encoderOf(model);
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    let after = slice.after;
    let done = 0;
    let pause: number | undefined;
    try {
      await encoder.ready();
      for (const image of images) {
        if (done > 0 && seconds() > SECONDS_A_JOB) break;
        const giveBack = await roomForOriginal(image.byteSize);
        await embed(model, encoder, image, lastAttempt).finally(giveBack);
        after = image.id;
        done += 1;
      }
    } catch (error) {
      // Nothing is wrong with an image: the model cannot be loaded here, the encoder broke down, or the storage is away.
      if (!isUnavailableError(error)) throw error;
      log.warn(
        { model: model.name, reason: loadingFailure(error) },
        `The collection cannot be embedded with another model at present; tried again in ${RETRY_SECONDS} s`,
      );
      pause = RETRY_SECONDS;
    } finally {
      if (done > 0) await recordBatch(pool, { modelId, images: done, seconds: seconds() });
    }
    await enqueueSlice(pool, { ...slice, after }, jobMaxAttempts, pause);
  };

  async function embed(
    model: ModelRow,
    encoder: LazyEncoder,
    image: ImageToEmbed,
    lastAttempt: boolean,
  ): Promise<void> {
    const fail = async (code: ImageFailureCode, cause?: unknown) => {
      log.warn(
        { imageId: image.id, model: model.name, code, err: cause },
        `image ${image.id} cannot be embedded with another model: ${code}`,
      );
      await recordModelFailure(pool, {
        modelId: model.id,
        imageId: image.id,
        code,
        message: MESSAGES[code],
      });
    };
    try {
      const { bytes } = await originals.read(image);
      if (bytes === undefined) {
        await fail('ORIGINAL_MISSING');
        return;
      }
      const [embedding] = await encoder.encodeImages([await toRaster(bytes, limits)]);
      if (embedding === undefined) throw new Error('The encoder gave no embedding.');
      await storeModelEmbedding(pool, { modelId: model.id, imageId: image.id, embedding });
    } catch (error) {
      if (error instanceof UnreadableImageError) return fail('UNREADABLE', error);
      if (lastAttempt && !isUnavailableError(error)) return fail('INTERNAL', error);
      log.debug({ imageId: image.id, reason: messageOf(error) }, 'An image could not be embedded yet');
      throw error;
    }
  }
}
