import { u16le } from './hostile-file.js';

export interface GifFrame {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** In place of pixels that are all of the first colour. */
  readonly data?: Buffer;
}

/** A GIF of two colours; its frames are black where nothing else is said. */
export function gif(width: number, height: number, frames: readonly GifFrame[]): Buffer {
  return Buffer.concat([
    Buffer.from('GIF89a'),
    ...[u16le(width), u16le(height), Buffer.of(0x80, 0, 0)],
    Buffer.of(0, 0, 0, 255, 255, 255),
    ...frames.flatMap((frame) => gifFrame(frame)),
    Buffer.of(0x3b),
  ]);
}

/** An animation of tiny frames: 10,000 take 330 kilobytes. */
export function manyFrames(count: number): Buffer {
  return gif(2, 2, Array<GifFrame>(count).fill({ width: 2, height: 2 }));
}

function gifFrame({ left = 0, top = 0, width, height, data }: GifFrame): Buffer[] {
  return [
    // A tenth of a second, so that every frame counts.
    Buffer.of(0x21, 0xf9, 4, 0, 10, 0, 0, 0),
    Buffer.concat([Buffer.of(0x2c), u16le(left), u16le(top), u16le(width), u16le(height), Buffer.of(0)]),
    data ?? Buffer.concat([Buffer.of(2), inBlocks(lzwOfZeros(width * height))]),
  ];
}

/** Pieces of 255 bytes with their lengths, and an empty one. */
function inBlocks(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255);
    blocks.push(Buffer.of(block.length), block);
  }
  return Buffer.concat([...blocks, Buffer.of(0)]);
}

/** LZW's best case: each code stands for one zero more than the one before it, until the table is full. */
function lzwOfZeros(pixels: number): Buffer {
  const CLEAR = 4;
  const END = 5;
  const LONGEST = 4091;
  const out: number[] = [];
  let size = 3;
  let pending = 0;
  let pendingBits = 0;
  const emit = (code: number) => {
    pending |= code << pendingBits;
    for (pendingBits += size; pendingBits >= 8; pendingBits -= 8) {
      out.push(pending & 255);
      pending >>>= 8;
    }
  };
  /** A reader's table grows by one with each code but the first, and its codes by a bit whenever they would not fit. */
  const growAt = (step: number) => {
    if (step > 0 && END + step === 1 << size && size < 12) size += 1;
  };
  emit(CLEAR);
  let step = 0;
  for (let left = pixels; left > 0; step++) {
    growAt(step);
    const length = Math.min(step + 1, LONGEST, left);
    emit(length === 1 ? 0 : CLEAR + length);
    left -= length;
  }
  growAt(step);
  emit(END);
  if (pendingBits > 0) out.push(pending & 255);
  return Buffer.from(out);
}
