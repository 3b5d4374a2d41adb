import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { pngChunk } from '../pictures.js';

export const PNG_MAGIC = Buffer.from('89504e470d0a1a0a', 'hex');

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth?: 1 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 6 RGB with alpha. */
  readonly colour?: 0 | 2 | 3 | 6;
  readonly interlaced?: boolean;
}

export function ihdr({ width, height, depth = 8, colour = 2, interlaced = false }: PngHeader): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return pngChunk('IHDR', header);
}

/** A PNG of these chunks. */
export function png(header: PngHeader, ...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([PNG_MAGIC, ihdr(header), ...chunks, pngChunk('IEND', Buffer.alloc(0))]);
}

/** A small grey picture with chunks before its pixels and after them. */
export function pngWith(before: readonly Buffer[], after: readonly Buffer[] = [], grey = 128): Buffer {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(16, grey)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 16 }, () => row)));
  return png({ width: 16, height: 16, colour: 0 }, ...before, pngChunk('IDAT', pixels), ...after);
}

/** A black picture, whole, of any size: it is thousands of times smaller than its pixels, and made in no time. */
export function blackPng(header: PngHeader): Buffer {
  const { width, height, depth = 8, colour = 2, interlaced = false } = header;
  const bits = depth * { 0: 1, 2: 3, 3: 1, 6: 4 }[colour];
  const passBytes = (columns: number, rows: number) =>
    columns === 0 || rows === 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8));
  const every = (length: number, start: number, step: number) =>
    Math.ceil(Math.max(0, length - start) / step);
  const bytes = interlaced
    ? ADAM7.reduce((sum, [x, y, dx, dy]) => sum + passBytes(every(width, x, dx), every(height, y, dy)), 0)
    : passBytes(width, height);
  return png(header, pngChunk('IDAT', deflatedZeros(bytes)));
}

/** Where each pass of an interlaced picture starts, and its steps. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const BLOCK = 1024 * 1024;

/** What zlib makes of so many zeros, without ever having them: a block of them, again and again. */
export function deflatedZeros(bytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(BLOCK), { finishFlush: constants.Z_FULL_FLUSH });
  const blocks = Array.from({ length: Math.floor(bytes / BLOCK) }, () => block);
  const last = deflateRawSync(Buffer.alloc(bytes % BLOCK));
  const checksum = Buffer.alloc(4);
  // Adler-32 of zeros: the first sum stays 1, the second counts them.
  checksum.writeUInt16BE(bytes % 65_521, 0);
  checksum.writeUInt16BE(1, 2);
  return Buffer.concat([Buffer.of(0x78, 0x01), ...blocks, last, checksum]);
}
