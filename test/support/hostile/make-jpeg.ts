import { u16be } from './hostile-file.js';

/** A segment with its marker and length. */
export function segment(marker: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xff, marker), u16be(body.length + 2), body]);
}

/** A JPEG with segments put where metadata stands, at the very beginning. */
export function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** Where a marker stands. */
export function markerAt(jpeg: Buffer, marker: number): number {
  const at = jpeg.indexOf(Buffer.of(0xff, marker));
  if (at === -1) throw new Error(`There is no marker ${marker.toString(16)}.`);
  return at;
}

/**
 * A grey picture of any size in three components, progressive, so that a decoder has to hold six bytes a pixel of
 * coefficients until it has seen the last scan. Each block takes three bits.
 *
 * @param scans of the finest detail, each of which makes a decoder go over the whole picture once more
 */
export function progressiveJpeg(width: number, height: number, scans = 0): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const components = [1, 2, 3];
  const frame = Buffer.concat([
    Buffer.of(8),
    ...[u16be(height), u16be(width)],
    Buffer.of(3, ...components.flatMap((id) => [id, 0x11, 0])),
  ]);
  // One code of one bit: no difference to the block before.
  const huffman = (kind: number, symbol: number) =>
    segment(0xc4, Buffer.from([kind, 1, ...Array<number>(15).fill(0), symbol]));
  const first = segment(0xda, Buffer.of(3, ...components.flatMap((id) => [id, 0]), 0, 0, 0));
  // The only code, and the 14 bits behind it: 32,767 blocks of nothing more.
  const nothing = packed(`0${'1'.repeat(14)}`.repeat(Math.ceil(blocks / 32_767)));
  const finer = Array.from({ length: scans }, (_, scan) => [
    segment(0xda, Buffer.of(1, 1 + (scan % 3), 0, 1 + (Math.floor(scan / 3) % 63), 63, 0)),
    nothing,
  ]).flat();
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    segment(0xdb, Buffer.concat([Buffer.of(0), Buffer.alloc(64, 1)])),
    segment(0xc2, frame),
    huffman(0x00, 0),
    huffman(0x10, 0xe0),
    first,
    Buffer.alloc(Math.ceil((3 * blocks) / 8)),
    ...finer,
    Buffer.of(0xff, 0xd9),
  ]);
}

/** Bits as a scan holds them: filled up with ones, and a zero byte after each byte of ones. */
function packed(bits: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    const byte = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '1'), 2);
    bytes.push(byte, ...(byte === 0xff ? [0] : []));
  }
  return Buffer.from(bytes);
}
