import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { preprocessImage } from '../../../src/clip/preprocess.js';
import { parsePreprocessing } from '../../../src/clip/preprocessing.js';
import { RejectedImageError } from '../../../src/images/images.js';
import { inspectImage, toRaster } from '../../../src/images/inspect.js';
import { makeAnimation } from '../../support/pictures.js';

const LIMITS = { imageBytes: 1e6, imagePixels: 1e6, imageFrames: 100, bodyBytes: 1, fetchTimeoutMs: 1 };
const CLIP = parsePreprocessing({});

/** Red on the left, blue on the right, and different enough to tell a turned picture. */
const plain = (): Sharp =>
  sharp({ create: { width: 60, height: 40, channels: 3, background: '#f00' } }).composite([
    { input: { create: { width: 30, height: 40, channels: 3, background: '#00f' } }, left: 30, top: 0 },
  ]);
const flat = async () => sharp(await plain().png().toBuffer());
const halfTransparent = async () => (await flat()).ensureAlpha(0.5);
const bytesOf = (text: string) => Buffer.from(text, 'latin1');

interface Row {
  readonly make: () => Promise<Buffer>;
  /** What is stored of it; undefined: it is refused. */
  readonly stored?: {
    readonly mediaType: string;
    readonly width?: number;
    readonly height?: number;
    readonly frameCount?: number;
  };
  readonly acceptSvg?: boolean;
}

const turned = (orientation: number) => async () =>
  (await flat()).withMetadata({ orientation }).jpeg().toBuffer();
const upright = { mediaType: 'image/jpeg', width: 60, height: 40 };
const onItsSide = { mediaType: 'image/jpeg', width: 40, height: 60 };

/** One for each row of the table in docs/formats.md, under the name that it has there. */
const ROWS: Readonly<Record<string, Row>> = {
  'JPEG, baseline': { make: async () => (await flat()).jpeg().toBuffer(), stored: upright },
  'JPEG, progressive': {
    make: async () => (await flat()).jpeg({ progressive: true }).toBuffer(),
    stored: upright,
  },
  'JPEG, grey': { make: async () => (await flat()).greyscale().jpeg().toBuffer(), stored: upright },
  'JPEG, CMYK': { make: async () => (await flat()).toColourspace('cmyk').jpeg().toBuffer(), stored: upright },
  'JPEG, orientation 1': { make: turned(1), stored: upright },
  'JPEG, orientation 2': { make: turned(2), stored: upright },
  'JPEG, orientation 3': { make: turned(3), stored: upright },
  'JPEG, orientation 4': { make: turned(4), stored: upright },
  'JPEG, orientation 5': { make: turned(5), stored: onItsSide },
  'JPEG, orientation 6': { make: turned(6), stored: onItsSide },
  'JPEG, orientation 7': { make: turned(7), stored: onItsSide },
  'JPEG, orientation 8': { make: turned(8), stored: onItsSide },
  'JPEG, Display P3 profile': {
    make: async () => (await flat()).withIccProfile('p3').jpeg().toBuffer(),
    stored: upright,
  },
  'PNG, 8 bit': { make: async () => (await flat()).png().toBuffer(), stored: { mediaType: 'image/png' } },
  'PNG, palette': {
    make: async () => (await flat()).png({ palette: true }).toBuffer(),
    stored: { mediaType: 'image/png' },
  },
  'PNG, 16 bit': {
    make: async () => (await flat()).toColourspace('rgb16').png().toBuffer(),
    stored: { mediaType: 'image/png' },
  },
  'PNG, alpha': {
    make: async () => (await halfTransparent()).png().toBuffer(),
    stored: { mediaType: 'image/png' },
  },
  'WebP, lossy': { make: async () => (await flat()).webp().toBuffer(), stored: { mediaType: 'image/webp' } },
  'WebP, lossless with alpha': {
    make: async () => (await halfTransparent()).webp({ lossless: true }).toBuffer(),
    stored: { mediaType: 'image/webp' },
  },
  'WebP, animated': {
    make: async () =>
      sharp(await makeAnimation(3), { animated: true })
        .webp()
        .toBuffer(),
    stored: { mediaType: 'image/webp', width: 8, height: 8, frameCount: 3 },
  },
  'AVIF, 8 bit': {
    make: async () => (await flat()).avif({ effort: 0 }).toBuffer(),
    stored: { mediaType: 'image/avif' },
  },
  'AVIF, alpha': {
    make: async () => (await halfTransparent()).avif({ effort: 0 }).toBuffer(),
    stored: { mediaType: 'image/avif' },
  },
  'GIF, still': { make: async () => (await flat()).gif().toBuffer(), stored: { mediaType: 'image/gif' } },
  'GIF, animated': {
    make: () => makeAnimation(4),
    stored: { mediaType: 'image/gif', width: 8, height: 8, frameCount: 4 },
  },
  'TIFF, LZW': {
    make: async () => (await flat()).tiff({ compression: 'lzw' }).toBuffer(),
    stored: { mediaType: 'image/tiff' },
  },
  'TIFF, Deflate': {
    make: async () => (await flat()).tiff({ compression: 'deflate' }).toBuffer(),
    stored: { mediaType: 'image/tiff' },
  },
  'TIFF, tiled': {
    make: async () => (await flat()).tiff({ tile: true }).toBuffer(),
    stored: { mediaType: 'image/tiff' },
  },
  'SVG, with ACCEPT_SVG': {
    make: () =>
      Promise.resolve(
        bytesOf(
          '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="30" height="40" fill="#f00"/></svg>',
        ),
      ),
    stored: { mediaType: 'image/svg+xml' },
    acceptSvg: true,
  },
  SVG: { make: () => Promise.resolve(bytesOf('<svg xmlns="http://www.w3.org/2000/svg"/>')) },
  'HEIC, HEVC': { make: () => Promise.resolve(bytesOf('\0\0\0\x18ftypheic\0\0\0\0mif1heic')) },
  BMP: { make: () => Promise.resolve(bytesOf('BM\x46\0\0\0\0\0\0\0\x36\0\0\0')) },
  'JPEG XL': { make: () => Promise.resolve(bytesOf('\xff\x0a\0\0')) },
  'JPEG 2000': { make: () => Promise.resolve(bytesOf('\0\0\0\x0cjP  \r\n\x87\n')) },
  ICO: { make: () => Promise.resolve(bytesOf('\0\0\x01\0\x01\0')) },
  Photoshop: { make: () => Promise.resolve(bytesOf('8BPS\0\x01')) },
  PDF: { make: () => Promise.resolve(bytesOf('%PDF-1.7\n')) },
  'Raw, of Canon and Fujifilm': { make: () => Promise.resolve(bytesOf('II*\0\x10\0\0\0CR\x02\0')) },
};

describe('formats', () => {
  it.each(Object.entries(ROWS).filter(([, { stored }]) => stored))('%s is accepted', async (_, row) => {
    const file = await row.make();
    const found = await inspectImage(file, LIMITS, { acceptSvg: row.acceptSvg ?? false });
    expect(found).toEqual({ width: 60, height: 40, frameCount: 1, ...row.stored });
    // What is accepted can be embedded.
    const picture = await preprocessImage(await toRaster(file, LIMITS), CLIP, 1e7);
    expect(picture).toHaveLength(224 * 224 * 3);
  });

  it.each(Object.entries(ROWS).filter(([, { stored }]) => !stored))(
    '%s is refused, and told what to do',
    async (_, row) => {
      const refusal: unknown = await inspectImage(await row.make(), LIMITS).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RejectedImageError);
      expect(refusal).toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(/first|PNG/) as unknown,
      });
    },
  );

  it('stand in the table of the documentation', async () => {
    const text = await readFile(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
    const table = [...text.matchAll(/^\| ([^|]+?) +\| (accepted|refused) +\|/gm)].map(([, name, verdict]) => [
      name,
      verdict,
    ]);
    expect(table).toEqual(
      Object.entries(ROWS).map(([name, { stored }]) => [name, stored ? 'accepted' : 'refused']),
    );
  });
});
