import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeOnce, preprocessImage } from '../../../src/clip/preprocess.js';
import { parsePreprocessing } from '../../../src/clip/preprocessing.js';
import { makePicture } from '../../support/pictures.js';

const CLIP = parsePreprocessing({ size: { shortest_edge: 224 }, crop_size: { width: 224, height: 224 } });
const SMALLER = parsePreprocessing({ size: 64, crop_size: 64 });
const LIMIT = 100_000_000;
const WIDTH = 320;

async function photograph(width: number, height: number, change: (picture: Sharp) => Sharp = (same) => same) {
  const noise = sharp(await makePicture(width, { width: 40, height: 30, format: 'png' }));
  return change(noise.resize(width, height, { fit: 'fill' }).jpeg({ quality: 92 })).toBuffer();
}
const decode = async (file: Buffer, preprocessing = CLIP) =>
  decodeOnce(file, await sharp(file).metadata(), preprocessing, WIDTH);

describe('a picture that is decoded once for two', () => {
  it.each<[string, number, number, ((picture: Sharp) => Sharp)?]>([
    ['wide', 2000, 1200],
    ['high', 1100, 1904],
    ['of odd sides', 1504, 1204],
    ['that lies on its side', 2000, 1400, (picture) => picture.withExif({ IFD0: { Orientation: '6' } })],
    ['progressive', 1600, 1200, (picture) => picture.jpeg({ progressive: true })],
    ['as PNG', 1200, 1000, (picture) => picture.png()],
    ['as WebP', 1200, 1000, (picture) => picture.webp()],
  ])(
    'has the very pixels for the model, and is whole for who wants it small: %s',
    async (_, width, height, change) => {
      const file = await photograph(width, height, change);
      const decoded = await decode(file);
      expect(
        Buffer.compare(decoded?.pixels ?? Buffer.alloc(0), await preprocessImage(file, CLIP, LIMIT)),
      ).toBe(0);

      const { data = Buffer.alloc(0), ...size } = decoded?.rgb ?? { width: 0, height: 0 };
      expect(Math.min(size.width, size.height)).toBe(884);
      const own = await sharp(file)
        .autoOrient()
        .resize(40, 40, { fit: 'fill' })
        .removeAlpha()
        .raw()
        .toBuffer();
      const shared = await sharp(data, { raw: { ...size, channels: 3 } })
        .resize(40, 40, { fit: 'fill' })
        .raw()
        .toBuffer();
      const difference = own.reduce((sum, level, i) => sum + Math.abs(level - (shared[i] ?? NaN)), 0);
      // Another picture, or the same lying on its side, is 50 grey levels off.
      expect(difference / own.length).toBeLessThan(8);
    },
  );

  it.each<[string, () => Promise<Buffer>, typeof CLIP?]>([
    ['as small as the model wants it nearly', () => photograph(1152, 864)],
    ['with a colour profile', () => photograph(2000, 1200, (picture) => picture.withIccProfile('p3'))],
    ['with transparency', () => photograph(2000, 1200, (picture) => picture.ensureAlpha(0.5).png())],
    ['in grey', () => photograph(2000, 1200, (picture) => picture.toColourspace('b-w'))],
    ['in CMYK', () => photograph(2000, 1200, (picture) => picture.toColourspace('cmyk'))],
    ['that is a strip', () => photograph(20_000, 1000)],
    ['for a model that sees less than is wanted', () => photograph(1200, 2000), SMALLER],
  ])('is left to each of them: %s', async (_, make, preprocessing) => {
    expect(await decode(await make(), preprocessing)).toBeUndefined();
  });
});
