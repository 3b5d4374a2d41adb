import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { preprocessImage } from '../../../src/clip/preprocess.js';
import { parsePreprocessing, toTensorData } from '../../../src/clip/preprocessing.js';

const golden = new URL('../../golden/', import.meta.url);
const cases = z
  .array(
    z.object({
      picture: z.string(),
      pixels: z.string(),
      size: z.number(),
      resample: z.number(),
      photo: z.boolean(),
    }),
  )
  .parse(JSON.parse(await readFile(new URL('pixels.json', golden), 'utf8')));

/** Mean absolute difference. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
  return sum / a.length;
}

// What Pillow made of the same files is committed; test/golden/make_golden.py tells how.
describe('preprocessing against Pillow', () => {
  it.each(cases)('$picture', async ({ picture, pixels, size, resample, photo }) => {
    const config = { size: { shortest_edge: size }, crop_size: { width: size, height: size }, resample };
    const preprocessing = parsePreprocessing(config);
    const file = await readFile(new URL(`pictures/${picture}`, golden));
    const expected = await sharp(await readFile(new URL(`pixels/${pixels}`, golden)))
      .raw()
      .toBuffer();

    const actual = await preprocessImage(file, preprocessing, 1e8);

    expect(actual.length).toBe(size * size * 3);
    const levels = difference(actual, expected);
    // In units of the normalised tensor, whose values go from about -1.8 to 2.1 with CLIP's mean and deviation.
    const square = { width: size, height: size };
    const normalised = difference(
      toTensorData([actual], preprocessing, square),
      toTensorData([expected], preprocessing, square),
    );
    expect(normalised, `${levels.toFixed(3)} grey levels`).toBeLessThan(0.01);
    if (photo) expect(levels).toBeLessThanOrEqual(0.6);
  });
});
