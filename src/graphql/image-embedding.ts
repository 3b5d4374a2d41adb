import { RequestError } from '../errors.js';
import type { Context } from './context.js';
import type { ImageSource } from './generated/types.js';
import { readImageQuery } from './image-source.js';
import type { ImageParent } from './mappers.js';

/**
 * The unit vector of an image under the active model.
 *
 * @throws RequestError IMAGE_NOT_READY when there is none
 */
export async function embeddingOf(image: ImageParent, context: Context): Promise<Float32Array> {
  const embedding = await storedEmbedding(image, context);
  if (embedding !== null) return embedding;
  throw new RequestError('IMAGE_NOT_READY', notReady(image));
}

export async function storedEmbedding(image: ImageParent, context: Context): Promise<Float32Array | null> {
  return image.status === 'READY' ? context.loaders.embedding.load(image.id) : null;
}

/**
 * The unit vector of an image that is given by an argument called `image`.
 *
 * @throws RequestError BAD_USER_INPUT, NOT_FOUND, IMAGE_NOT_READY
 */
export async function sourceEmbedding(input: ImageSource, context: Context): Promise<Float32Array> {
  const query = await readImageQuery(input, 'image', context);
  if (query.kind === 'file') return context.classification.embedImage(query.bytes);
  const image = await context.loaders.image.load(query.id);
  if (image === null) throw new RequestError('NOT_FOUND', 'There is no image with this id (any more).');
  return embeddingOf(image, context);
}

function notReady(image: ImageParent): string {
  switch (image.status) {
    case 'PENDING':
      return 'The image has not been embedded yet. Wait until `status` is READY: subscribe to `imageProcessed`, or ask again.';
    case 'FAILED':
      return `The image could not be processed (${image.failureMessage ?? 'see `failure`'}), so it has no embedding to classify.`;
    case 'READY':
      return 'The image has no embedding of the active model.';
  }
}
