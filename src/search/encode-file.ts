import { UnreadableImageError, type Encoder } from '../clip/encoder.js';
import { RequestError } from '../errors.js';

/**
 * The unit vector of an image file.
 *
 * @throws RequestError BAD_USER_INPUT when the bytes cannot be decoded; UNAVAILABLE
 */
export async function encodeFile(encoder: Encoder, bytes: Uint8Array): Promise<Float32Array> {
  try {
    const [embedding] = await encoder.encodeImages([bytes]);
    if (embedding === undefined) throw new Error('The encoder returned no vector for an image.');
    return embedding;
  } catch (error) {
    if (!(error instanceof UnreadableImageError)) throw error;
    throw new RequestError('BAD_USER_INPUT', `The image cannot be decoded. ${error.message}`, {
      cause: error,
    });
  }
}
