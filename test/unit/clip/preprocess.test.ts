import { Buffer } from 'node:buffer';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { UnreadableImageError } from '../../../src/clip/encoder.js';
import { preprocessImage } from '../../../src/clip/preprocess.js';
import { outputSize, parsePreprocessing, toTensorData } from '../../../src/clip/preprocessing.js';
import { resample } from '../../../src/clip/resample.js';
import { makePicture } from '../../support/pictures.js';

const CLIP = parsePreprocessing({ size: { shortest_edge: 224 }, crop_size: { width: 224, height: 224 } });
const LIMIT = 100_000_000;

/** A picture whose colour at (x, y) is told by a function. */
function draw(width: number, height: number, colour: (x: number, y: number) => [number, number, number]) {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (const value of colour(x, y)) data[at++] = value;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const pixel = (bytes: Uint8Array, x: number, y: number, width = 224) => [
  ...bytes.subarray((y * width + x) * 3).subarray(0, 3),
];

async function message(file: Uint8Array, limit = LIMIT): Promise<string> {
  const error: unknown = await preprocessImage(file, CLIP, limit).catch((reason: unknown) => reason);
  if (!(error instanceof UnreadableImageError))
    throw new Error(`expected UnreadableImageError, got ${String(error)}`);
  return error.message;
}

describe('a large picture', () => {
  /** Mean difference in grey levels from one filtered step over all pixels, which is Pillow's way. */
  async function differenceOf(file: Buffer): Promise<number> {
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    const target = { width: Math.floor((224 * info.width) / info.height), height: 224 };
    const middle = { left: (target.width - 224) >> 1, top: 0, width: 224, height: 224 };
    const reference = resample(data, info, target, middle, 'cubic');
    const pixels = await preprocessImage(file, CLIP, LIMIT);
    return pixels.reduce((sum, level, i) => sum + Math.abs(level - (reference[i] ?? NaN)), 0) / pixels.length;
  }

  it.each<[string, number, number, (picture: Sharp) => Sharp]>([
    ['that is decoded at half its size', 4000, 3000, (picture) => picture.jpeg()],
    ['of which no whole half can be decoded', 4001, 3001, (picture) => picture.jpeg()],
    ['of which no whole quarter can be decoded', 6646, 4430, (picture) => picture.jpeg()],
    ['that takes three steps', 5402, 3602, (picture) => picture.webp({ quality: 90, effort: 0 })],
  ])('keeps its proportions: one %s', async (_, width, height, encode) => {
    const noise = sharp(await makePicture(width, { width: 140, height: 105, format: 'png' }));
    const file = await encode(noise.resize(width, height, { fit: 'fill', kernel: 'linear' })).toBuffer();
    expect(await differenceOf(file)).toBeLessThan(0.4);
  });
});

describe('a file that is no picture', () => {
  it.each([
    ['empty', Buffer.alloc(0), /no bytes/],
    ['text', Buffer.from('Dear reader, this is no picture.\n'.repeat(50)), /no image/],
    ['zeros', Buffer.alloc(5000), /no image/],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /svg/],
    ['a PNG of nothing but its signature', Buffer.from('89504e470d0a1a0a', 'hex'), /damaged|cut off/],
  ])('is refused: %s', async (_, file, expected) => {
    expect(await message(file)).toMatch(expected);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'is refused: half of a %s',
    async (format) => {
      const noise = draw(300, 200, (x, y) => [(x * 7919 + y * 104729) % 256, (x * y) % 256, (x ^ y) % 256]);
      const whole = await noise.toFormat(format).toBuffer();
      await expect(preprocessImage(whole, CLIP, LIMIT)).resolves.toHaveLength(224 * 224 * 3);
      const said = await message(whole.subarray(0, whole.length / 2));
      // Plain words, and nothing of the library's.
      expect(said).not.toMatch(/vips|buffer|libpng|iloc|gifload/i);
    },
  );

  it('is refused for its size before any of it is decoded', async () => {
    expect(await message(pngHeader(30_000, 30_000))).toBe(
      'The image has 30000 × 30000 pixels; at most 100 megapixels are decoded. Scale it down.',
    );
    const small = await draw(20, 10, () => [1, 2, 3])
      .png()
      .toBuffer();
    expect(await message(small, 199)).toContain('20 × 10');
    await expect(preprocessImage(small, CLIP, 200)).resolves.toBeDefined();
  });
});

describe('extreme shapes', () => {
  it.each([
    [1, 4000],
    [4000, 1],
    [3, 20_000],
    [1, 1],
  ])('%i × %i shows its middle', async (width, height) => {
    // Green in the middle tenth, red before it, blue after it.
    const file = await draw(width, height, (x, y) => {
      const place = (Math.max(x, y) + 0.5) / Math.max(width, height);
      return place < 0.45 ? [255, 0, 0] : place > 0.55 ? [0, 0, 255] : [0, 255, 0];
    })
      .png()
      .toBuffer();
    const before = process.memoryUsage().rss;
    const bytes = await preprocessImage(file, CLIP, LIMIT);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
    expect(bytes.length).toBe(224 * 224 * 3);
    expect(pixel(bytes, 112, 112)).toEqual([0, 255, 0]);
  });

  it('a strip on its side is turned before its middle is taken', async () => {
    const file = await draw(2000, 10, (x) => (x < 900 ? [255, 0, 0] : x > 1100 ? [0, 0, 255] : [0, 255, 0]))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const [red, green] = pixel(await preprocessImage(file, CLIP, LIMIT), 112, 112);
    expect(red).toBeLessThan(20);
    expect(green).toBeGreaterThan(235);
  });
});

describe('the configuration', () => {
  const gradient = () =>
    draw(100, 60, (x, y) => [x * 2, y * 4, 0])
      .png()
      .toBuffer();

  it('without resizing takes the middle, on black where the picture is smaller', async () => {
    const config = parsePreprocessing({ do_resize: false, crop_size: { width: 50, height: 80 } });
    const bytes = await preprocessImage(await gradient(), config, LIMIT);
    expect(outputSize(config)).toEqual({ width: 50, height: 80 });
    expect(bytes.length).toBe(50 * 80 * 3);
    expect(pixel(bytes, 0, 9, 50)).toEqual([0, 0, 0]);
    expect(pixel(bytes, 0, 10, 50)).toEqual([50, 0, 0]);
    expect(pixel(bytes, 49, 69, 50)).toEqual([148, 236, 0]);
    expect(pixel(bytes, 49, 70, 50)).toEqual([0, 0, 0]);
  });

  it('with both sides given ignores proportions', async () => {
    const config = parsePreprocessing({ size: { width: 40, height: 40 }, do_center_crop: false });
    expect(outputSize(config)).toEqual({ width: 40, height: 40 });
    const bytes = await preprocessImage(await gradient(), config, LIMIT);
    expect(bytes.length).toBe(40 * 40 * 3);
    expect(pixel(bytes, 39, 39, 40)[0]).toBeGreaterThan(190);
  });

  it('in its old form has bare numbers', () => {
    const config = parsePreprocessing({ size: 288, crop_size: 280, resample: 2 });
    expect(config.resize).toEqual({ shortestEdge: 288 });
    expect(config.crop).toEqual({ width: 280, height: 280 });
    expect(config.filter).toBe('linear');
  });

  it('that leaves the size open fits no CLIP', () => {
    expect(outputSize(parsePreprocessing({ do_center_crop: false }))).toBeUndefined();
    expect(outputSize(parsePreprocessing({ do_resize: false, do_center_crop: false }))).toBeUndefined();
  });

  it.each([{ resample: 9 }, { size: 'large' }, { size: { shortest_edge: 0 } }, { image_mean: [0.5] }])(
    'that makes no sense is refused: %o',
    (config) => {
      expect(() => parsePreprocessing(config)).toThrow();
    },
  );
});

describe('the tensor', () => {
  const size = { width: 2, height: 1 };
  const picture = Uint8Array.of(0, 128, 255, 255, 0, 128);

  it('holds planes of normalised colours, picture after picture', () => {
    const config = parsePreprocessing({ image_mean: [0.5, 0.5, 0], image_std: [0.5, 0.25, 1] });
    const half = 128 / 255;
    const expected = [-1, 1, (half - 0.5) * 4, -2, 1, half].map(Math.fround);
    expect([...toTensorData([picture, picture], config, size)]).toEqual([...expected, ...expected]);
  });

  it('holds bytes where neither rescaling nor normalising is wanted', () => {
    const config = parsePreprocessing({ do_rescale: false, do_normalize: false });
    expect([...toTensorData([picture], config, size)]).toEqual([0, 255, 128, 0, 255, 128]);
  });
});

/** The beginning of a PNG: all that is needed to know its size. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const crc = body.reduce((sum, byte) => {
    let next = sum ^ byte;
    for (let bit = 0; bit < 8; bit++) next = next & 1 ? (next >>> 1) ^ 0xedb88320 : next >>> 1;
    return next;
  }, -1);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length, 0);
  numbers.writeInt32BE(~crc, 4);
  return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
}
