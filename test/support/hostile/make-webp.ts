import { u32le } from './hostile-file.js';

/** A lossless WebP of one colour: a symbol that is the only one takes no bits, so that any size takes 42 bytes. */
export function plainWebp(width: number, height: number): Buffer {
  let bits = '';
  const put = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) bits += String((value >> bit) & 1);
  };
  put(width - 1, 14);
  put(height - 1, 14);
  // No alpha, version 0; no transform, no colour cache, one group of codes.
  put(0, 1 + 3 + 1 + 1 + 1);
  // Five codes with one symbol of one bit each: 0.
  for (let code = 0; code < 5; code++) put(0b0001, 4);
  const data = [0x2f];
  for (let at = 0; at < bits.length; at += 8) {
    data.push(
      Number.parseInt(
        bits
          .slice(at, at + 8)
          .padEnd(8, '0')
          .split('')
          .reverse()
          .join(''),
        2,
      ),
    );
  }
  // Readers look ahead.
  return riff([['VP8L', Buffer.concat([Buffer.from(data), Buffer.alloc(16)])]]);
}

/** A WebP container of these chunks. */
export function riff(chunks: readonly (readonly [string, Buffer])[]): Buffer {
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    ...chunks.flatMap(([name, data]) => [
      Buffer.from(name),
      u32le(data.length),
      data,
      Buffer.alloc(data.length % 2),
    ]),
  ]);
  return Buffer.concat([Buffer.from('RIFF'), u32le(body.length), body]);
}
