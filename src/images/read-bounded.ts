import { RejectedImageError } from './images.js';

/**
 * Gathers a stream of bytes, and stops reading as soon as there are too many.
 *
 * @throws RejectedImageError TOO_LARGE; whatever the stream fails with
 */
export async function readBounded(chunks: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> {
  const gathered: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('The stream gives texts or objects, not bytes.');
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    gathered.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  return Buffer.concat(gathered, bytes);
}

export function tooLarge(maxBytes: number): RejectedImageError {
  const mebibytes = maxBytes / (1024 * 1024);
  const limit = Number.isInteger(mebibytes) ? `${mebibytes} MiB` : `${maxBytes} bytes`;
  return new RejectedImageError(
    'TOO_LARGE',
    `The file is larger than ${limit}, the most that is accepted. Make it smaller, or have MAX_IMAGE_MB raised.`,
  );
}
