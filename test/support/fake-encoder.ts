import { createHash } from 'node:crypto';
import type { Encoder, ModelCard } from '../../src/clip/encoder.js';

export interface FakeEncoderOptions {
  readonly dimensions?: number;
  /** Called with what is to be encoded, before it is; what it throws is what the encoder fails with. */
  readonly before?: (input: Uint8Array | string) => void | Promise<void>;
}

/**
 * Stands for a model where the model is not the point: the same bytes always give the same unit vector, different ones
 * a different one. It knows nothing of what they mean.
 */
export function createFakeEncoder(options: FakeEncoderOptions = {}): Encoder {
  const { dimensions = 16, before } = options;
  const encode = async (input: Uint8Array | string) => {
    await before?.(input);
    return fakeVector(input, dimensions);
  };
  return {
    card: fakeCard(dimensions),
    ready: () => Promise.resolve(),
    encodeTexts: (texts) => Promise.all(texts.map(encode)),
    encodeImages: (files) => Promise.all(files.map(encode)),
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
