import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { ModelPicture, type Encoder, type ModelCard } from '../../src/clip/encoder.js';

export interface FakeEncoderOptions {
  readonly dimensions?: number;
  /** Whether it decodes pictures for others too. The model's pixels then are the file itself. */
  readonly decodes?: boolean;
  /** Called with what is to be encoded, before it is; what it throws is what the encoder fails with. */
  readonly before?: (input: Uint8Array | string) => void | Promise<void>;
}

/**
 * Stands for a model where the model is not the point: the same bytes always give the same unit vector, different ones
 * a different one. It knows nothing of what they mean.
 */
export function createFakeEncoder(options: FakeEncoderOptions = {}): Encoder {
  const { dimensions = 16, decodes = false, before } = options;
  const card = fakeCard(dimensions);
  const encode = async (input: Uint8Array | string) => {
    await before?.(input);
    return fakeVector(input, dimensions);
  };
  return {
    card,
    ready: () => Promise.resolve(),
    encodeTexts: (texts) => Promise.all(texts.map(encode)),
    encodeImages: (pictures) =>
      Promise.all(pictures.map((each) => encode(each instanceof ModelPicture ? each.pixels : each))),
    async decode(file) {
      if (!decodes) return undefined;
      const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      const { width, height } = info;
      return { forModel: new ModelPicture(card.fingerprint, file), rgb: { data, width, height } };
    },
    close: () => Promise.resolve(),
  };
}

function fakeCard(dimensions: number): ModelCard {
  const name = `fake-${dimensions}`;
  return {
    name,
    source: name,
    revision: 'local',
    dtype: 'fp32',
    dimensions,
    logitScale: 100,
    fingerprint: createHash('sha256').update(name).digest('hex'),
  };
}

/** The unit vector that the fake encoder gives for an input. */
export function fakeVector(input: Uint8Array | string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) {
    const digest = createHash('sha256').update(String(index)).update(input).digest();
    vector[index] = digest.readInt32BE(0) / 2 ** 31;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
