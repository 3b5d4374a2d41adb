import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Formats of test pictures: everything that Pictograph accepts. */
export const PICTURE_FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

export interface PictureOptions {
  readonly width?: number;
  readonly height?: number;
  readonly format?: PictureFormat;
  /** EXIF orientation, from 1 to 8. */
  readonly orientation?: number;
  readonly alpha?: boolean;
}

/** A small picture of noise; different seeds give different bytes, the same seed gives the same. */
export async function makePicture(seed: number, options: PictureOptions = {}): Promise<Buffer> {
  const { width = 48, height = 32, format = 'jpeg', orientation, alpha = false } = options;
  const channels = alpha ? 4 : 3;
  const pixels = Buffer.alloc(width * height * channels);
  // A linear congruential generator: repeatable on every machine, and noise keeps encoders from flattening it.
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let index = 0; index < pixels.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pixels[index] = state >>> 24;
  }
  let picture = sharp(pixels, { raw: { width, height, channels } });
  if (orientation !== undefined) picture = picture.withMetadata({ orientation });
  // The slowest encoders at their quickest.
  const settings = format === 'avif' ? { effort: 0 } : format === 'tiff' ? { compression: 'lzw' } : {};
  return picture.toFormat(format, settings).toBuffer();
}

/** An animated GIF with so many frames, each different from the one before, or the encoder would join them. */
export async function makeAnimation(frames: number): Promise<Buffer> {
  const images = Array.from({ length: frames }, (_, index) =>
    makePicture(index, { width: 8, height: 8, format: 'png' }),
  );
  return sharp(await Promise.all(images), { join: { animated: true } })
    .gif()
    .toBuffer();
}

/** A genuine PNG of black pixels, one bit each: 30,000 × 30,000 take 900 megabytes decoded and 110 kilobytes here. */
export function makePngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows, { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A chunk with its length and checksum. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
