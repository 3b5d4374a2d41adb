import type { Encoder, ModelCard } from './encoder.js';
import type { ModelFolder } from './model-folder.js';
import { preprocessImage } from './preprocess.js';
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

  const encodeImage = (file: Uint8Array) =>
    ahead(async () => {
      const pixels = await decoding(() => preprocessImage(file, model.preprocessing, imagePixels));
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
    encodeImages: (files) => Promise.all(files.map(encodeImage)),
    async close() {
      await Promise.all([text.close(), vision.close()]);
    },
  };
}
