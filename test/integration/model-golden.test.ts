import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import type { Encoder } from '../../src/clip/encoder.js';
import { loadEncoder } from '../../src/clip/load-encoder.js';
import { openModelFolder } from '../../src/clip/model-folder.js';
import { loadTokenizer } from '../../src/clip/tokens.js';
import { dotProduct } from '../../src/search/unit-vector.js';
import { encoderOptions } from '../support/clip-options.js';

const vector = z.array(z.number()).length(256);

/** What PyTorch made of the same texts and pictures when the bundled model was exported from it. */
const golden = z
  .object({
    texts: z.array(z.object({ text: z.string(), ids: z.array(z.int()), embedding: vector })).min(1),
    /** Base64 of PNG files of exactly the model's input size: nothing is resized. */
    pictures: z.array(z.object({ png: z.base64(), embedding: vector })).min(1),
  })
  .parse(JSON.parse(await readFile(new URL('../golden/model.json', import.meta.url), 'utf8')));

/** Weights stored in 8 bits turn a vector by less than this. */
const LEAST_COSINE = 0.999;

const cosine = (one: Float32Array, other: readonly number[]) =>
  dotProduct(one, Float32Array.from(other)) / Math.hypot(...one) / Math.hypot(...other);

describe('the bundled model gives what the framework gave that it was trained in', () => {
  let encoder: Encoder;
  let tokenize: (text: string) => number[];
  beforeAll(async () => {
    encoder = await loadEncoder(encoderOptions());
    const { folder, config } = await openModelFolder(bundledModelFolder(), 'fp32');
    tokenize = await loadTokenizer(folder, config.text_config.max_position_embeddings);
  });
  afterAll(async () => {
    await encoder.close();
  });

  test.for(golden.texts)('for the text $text', async ({ text, ids, embedding }) => {
    expect(tokenize(text)).toEqual(ids);
    const [encoded = new Float32Array()] = await encoder.encodeTexts([text]);
    expect(cosine(encoded, embedding)).toBeGreaterThan(LEAST_COSINE);
  });

  test.for(golden.pictures.map((picture, index) => ({ ...picture, number: index + 1 })))(
    'for picture $number',
    async ({ png, embedding }) => {
      const [encoded = new Float32Array()] = await encoder.encodeImages([Buffer.from(png, 'base64')]);
      expect(cosine(encoded, embedding)).toBeGreaterThan(LEAST_COSINE);
    },
  );

  test('the vectors tell texts and pictures apart: not any vector would do', () => {
    const [text, ...otherTexts] = golden.texts;
    const [picture, ...otherPictures] = golden.pictures;
    for (const [one, others] of [
      [text, otherTexts],
      [picture, otherPictures],
    ] as const) {
      for (const { embedding } of others) {
        expect(cosine(Float32Array.from(one?.embedding ?? []), embedding)).toBeLessThan(LEAST_COSINE);
      }
    }
  });
});
