import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { UnreadableImageError, type Encoder } from '../../../src/clip/encoder.js';
import { RequestError } from '../../../src/errors.js';
import { RejectedImageError } from '../../../src/images/images.js';
import { inspectAndShrink, inspectImage } from '../../../src/images/inspect.js';
import { progressiveJpeg } from '../../support/hostile/make-jpeg.js';
import { greyEntries, tiff, withEntry, type TiffEntry } from '../../support/hostile/make-tiff.js';
import {
  makeAnimation,
  makePicture,
  makePngBomb,
  PICTURE_FORMATS,
  type PictureFormat,
} from '../../support/pictures.js';

const LIMITS = {
  imageBytes: 1e8,
  imagePixels: 100_000_000,
  imageFrames: 10,
  bodyBytes: 1e8,
  fetchTimeoutMs: 1000,
};

/** The code and message that bytes are refused with, as `CODE: message`. */
async function refusal(bytes: Uint8Array, limits = LIMITS) {
  try {
    await inspectImage(bytes, limits);
  } catch (error) {
    if (error instanceof RejectedImageError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('The bytes were accepted.');
}

describe('what is accepted', () => {
  it.each(PICTURE_FORMATS)('%s, by its bytes', async (format) => {
    const bytes = await makePicture(1, { format, width: 40, height: 30 });
    expect(await inspectImage(bytes, LIMITS)).toEqual({
      mediaType: `image/${format}`,
      width: 40,
      height: 30,
      frameCount: 1,
    });
  });

  it.each([1, 2, 3, 4])('keeps its sides with EXIF orientation %i', async (orientation) => {
    const bytes = await makePicture(1, { width: 40, height: 30, orientation });
    expect(await inspectImage(bytes, LIMITS)).toMatchObject({ width: 40, height: 30 });
  });

  it.each([5, 6, 7, 8])('swaps its sides with EXIF orientation %i', async (orientation) => {
    const bytes = await makePicture(1, { width: 40, height: 30, orientation });
    expect(await inspectImage(bytes, LIMITS)).toMatchObject({ width: 30, height: 40 });
  });

  it('CMYK, grey of 16 bits, transparency, a progressive JPEG, one pixel', async () => {
    const plain = sharp(await makePicture(1));
    const pictures = [
      plain.clone().toColourspace('cmyk').jpeg(),
      plain.clone().greyscale().toColourspace('grey16').png(),
      plain.clone().ensureAlpha(0.5).webp(),
      plain.clone().jpeg({ progressive: true }),
      plain.clone().resize(1, 1).png(),
    ];
    for (const picture of pictures) {
      expect((await inspectImage(await picture.toBuffer(), LIMITS)).mediaType).toMatch(
        /^image\/(jpeg|png|webp)$/,
      );
    }
  });

  it('as many frames and pixels as are allowed', async () => {
    expect(await inspectImage(await makeAnimation(10), LIMITS)).toMatchObject({
      width: 8,
      height: 8,
      frameCount: 10,
    });
    const picture = await makePicture(1, { width: 40, height: 25 });
    expect(await inspectImage(picture, { ...LIMITS, imagePixels: 1000 })).toMatchObject({ width: 40 });
  });
});

describe('what is refused', () => {
  it.each([
    ['no bytes', '', 'EMPTY', 'no bytes'],
    ['a text', 'this is a text file that someone named .jpg', 'UNSUPPORTED', 'whatever the file is called'],
    ['HTML', '<!doctype html><html><body>Not found</body></html>', 'UNSUPPORTED', 'no image'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'UNSUPPORTED', 'SVG'],
    ['SVG after a prologue', '\ufeff<?xml version="1.0"?>\n<!-- x -->\n<svg>', 'UNSUPPORTED', 'SVG'],
    [
      'SVG with entities',
      '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>',
      'UNSUPPORTED',
      'SVG',
    ],
    ['PDF', '%PDF-1.7\n', 'UNSUPPORTED', 'PDF'],
    ['only the first bytes of a JPEG', '\xff\xd8\xff', 'UNREADABLE', 'JPEG'],
    ['only the first bytes of a GIF', 'GIF89a', 'UNREADABLE', 'GIF'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'UNSUPPORTED', 'HEIC'],
    ['HEIC by its second brand', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'UNSUPPORTED', 'HEIC'],
    ['a video', '\0\0\0\x18ftypisom\0\0\0\0isomavc1', 'UNSUPPORTED', 'no image'],
    ['a brand list without end', '\xff\xff\xff\xffftyp', 'UNSUPPORTED', 'no image'],
    ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0', 'UNSUPPORTED', 'BMP'],
    ['ICO', '\0\0\x01\0\x01\0', 'UNSUPPORTED', 'ICO'],
    ['Photoshop', '8BPS\0\x01', 'UNSUPPORTED', 'Photoshop'],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n', 'UNSUPPORTED', 'JPEG 2000'],
    ["Canon's raw", 'II*\0\x10\0\0\0CR\x02\0', 'UNSUPPORTED', 'raw file'],
    ["Canon's new raw", '\0\0\0\x18ftypcrx \0\0\0\x01crx isom', 'UNSUPPORTED', 'raw file'],
    ["Fujifilm's raw", 'FUJIFILMCCD-RAW 0201', 'UNSUPPORTED', 'raw file'],
    ['JPEG XL', '\xff\x0a\0\0', 'UNSUPPORTED', 'JPEG XL'],
  ])('%s', async (_, text, code, message) => {
    const found = await refusal(Buffer.from(text, text.startsWith('\ufeff') ? 'utf8' : 'latin1'));
    expect(found.startsWith(`${code}: `)).toBe(true);
    expect(found).toContain(message);
  });

  it('says what is allowed', async () => {
    expect(await refusal(Buffer.from('text'))).toContain('JPEG, PNG, WebP, AVIF, GIF and TIFF');
  });

  it('a PNG bomb, before anything is decoded', async () => {
    const bomb = makePngBomb(30_000, 30_000);
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage.rss();
    const found = await refusal(bomb);
    expect(found).toMatch(/^TOO_LARGE: .*30000 × 30000 pixels; at most 100 megapixels.*MAX_IMAGE_MEGAPIXELS/);
    // Decoded it has 900 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
  });

  it('a JPEG of so many scans that decoding it would take minutes', async () => {
    expect(await refusal(progressiveJpeg(64, 64, 100))).toMatch(
      /^TOO_LARGE: .*more than 100 scans.*not progressive/,
    );
    expect(await inspectImage(progressiveJpeg(64, 64, 99), LIMITS)).toMatchObject({ width: 64 });
  });

  it('a TIFF whose pixels are missing, or compressed in a way that nothing here reads', async () => {
    const strip = Buffer.alloc(64, 200);
    const page = (entries: readonly TiffEntry[]) => tiff(strip, [{ entries, next: 0 }]);
    const whole = greyEntries(8, 8, 64);
    expect(await inspectImage(page(whole), LIMITS)).toMatchObject({ width: 8, height: 8 });
    // Decoders leave what they cannot read black.
    expect(await refusal(page(greyEntries(8, 90, 720)))).toMatch(/^UNREADABLE: /);
    expect(await refusal(page(withEntry(whole, [259, 3, 1, 34_712])))).toMatch(/^UNREADABLE: /);
  });

  it('one pixel or one frame too many', async () => {
    const picture = await makePicture(1, { width: 40, height: 25 });
    expect(await refusal(picture, { ...LIMITS, imagePixels: 999 })).toMatch(/^TOO_LARGE: /);
    expect(await refusal(await makeAnimation(11))).toMatch(/^TOO_LARGE: .*11 frames/);
  });
});

describe('a file that is cut off', () => {
  const whole = new Map<PictureFormat, Buffer>();
  beforeAll(async () => {
    for (const format of PICTURE_FORMATS) {
      whole.set(format, await makePicture(7, { format, width: 300, height: 200 }));
    }
  });

  it.each(PICTURE_FORMATS)('%s is unreadable, wherever the cut is', async (format) => {
    const bytes = whole.get(format);
    if (bytes === undefined) throw new Error('no picture');
    for (const kept of [0.2, 0.5, 0.9, 0.99]) {
      const found = await refusal(bytes.subarray(0, Math.floor(bytes.length * kept)));
      expect(found).toMatch(/^UNREADABLE: .*cut off/);
    }
  });
});

describe('a picture that the model takes from the same decoding', () => {
  const shrink = async (decode: Encoder['decode']) =>
    inspectAndShrink(
      await makePicture(1, { width: 400, height: 300 }),
      LIMITS,
      { acceptSvg: false },
      { decode },
    );

  it('is decoded for the thumbnail alone while the encoder cannot work', async () => {
    const closing = () => Promise.reject(new RequestError('UNAVAILABLE', 'The server is about to stop.'));
    const { small, forModel } = await shrink(closing);
    expect(small.raw).toMatchObject({ width: 320, height: 240 });
    expect(forModel).toBeUndefined();
  });

  it('is unreadable when that fails for the file', async () => {
    const damaged = () => Promise.reject(new UnreadableImageError('The image is cut off.'));
    await expect(shrink(damaged)).rejects.toMatchObject({ code: 'UNREADABLE' });
  });
});
