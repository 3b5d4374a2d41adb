import { ModelPicture, type Encoder, type ModelCard } from './encoder.js';
import type { ModelFolder } from './model-folder.js';
import { decodeOnce, preprocessImage } from './preprocess.js';
import { createLimiter } from '../limiter.js';
import type { Tower } from './tower.js';

export interface EncoderParts {
  readonly card: ModelCard;
  readonly text: Tower<string>;
  readonly vision: Tower<Uint8Array>;
  readonly model: Pick<ModelFolder, 'preprocessing'>;
  readonly visionWorkers: number;
  /** The most pixels (width × height) of a picture that is decoded. */
  readonly imagePixels: number;
}

/** Decoding shares libuv's four threads with the file system, which must not wait for it. */
const DECODED_AT_ONCE = 3;
/** Pictures between file and vector, for each vision thread: two full batches, one running and one ready. */
const AHEAD = 16;

/** Puts the towers and the preprocessing together. */
export function createEncoder({
  card,
  text,
  vision,
  model,
  visionWorkers,
  imagePixels,
}: EncoderParts): Encoder {
  // However many are asked for: the rest waits as files, which the callers hold anyway, and not as pixels.
  const ahead = createLimiter(AHEAD * visionWorkers);
  const decoding = createLimiter(DECODED_AT_ONCE);

  const pixelsOf = (picture: Uint8Array | ModelPicture) => {
    if (!(picture instanceof ModelPicture))
      return decoding(() => preprocessImage(picture, model.preprocessing, imagePixels));
    if (picture.fingerprint === card.fingerprint) return picture.pixels;
    throw new Error(`The picture was decoded for another model than ${card.name}.`);
  };

  const encodeImage = (picture: Uint8Array | ModelPicture) =>
    ahead(async () => {
      const pixels = await pixelsOf(picture);
      const [vector] = await vision.encode([pixels]);
      if (vector === undefined) throw new Error('The vision tower gave no vector.');
      return vector;
    });

  return {
    card,
    async ready() {
      await Promise.all([text.ready(), vision.ready()]);
    },
    encodeTexts: (texts) => text.encode(texts),
    encodeImages: (pictures) => Promise.all(pictures.map(encodeImage)),
    async decode(file, header, width) {
      const decoded = await decodeOnce(file, header, model.preprocessing, width);
      return decoded && { forModel: new ModelPicture(card.fingerprint, decoded.pixels), rgb: decoded.rgb };
    },
    async close() {
      await Promise.all([text.close(), vision.close()]);
    },
  };
}
