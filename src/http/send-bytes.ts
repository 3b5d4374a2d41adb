import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ByteRange } from '../images/file-store.js';
import type { StoredBytes } from '../images/images.js';

/** What a client that goes away, or asks for no more, makes of a stream. */
const brokenOff = z.object({
  code: z.enum(['ECONNABORTED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']),
});

/**
 * Answers with a file, wherever it is kept: conditional requests and one range, as browsers ask for them. The response has
 * its ETag and the other headers already.
 *
 * @returns false when the file is missing; then nothing has been sent
 */
export async function sendBytes(request: Request, response: Response, file: StoredBytes): Promise<boolean> {
  response.set('Accept-Ranges', 'bytes');
  if (request.fresh) {
    response.removeHeader('Content-Type');
    response.status(304).end();
    return true;
  }
  const range = rangeOf(request, response, file.size);
  const stream = await file.open(range);
  if (stream === undefined) return false;
  response.type(file.mediaType);
  if (range === undefined) {
    response.set('Content-Length', String(file.size));
  } else {
    response.status(206).set({
      'Content-Range': `bytes ${range.start}-${range.end}/${file.size}`,
      'Content-Length': String(range.end - range.start + 1),
    });
  }
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return true;
  }
  try {
    await pipeline(stream, response);
  } catch (error) {
    if (!brokenOff.safeParse(error).success || !request.socket.destroyed) throw error;
  }
  return true;
}

/** The range that is asked for; none where all is, or several are: whoever asks for several takes all as well. */
function rangeOf(request: Request, response: Response, size: number): ByteRange | undefined {
  const condition = request.get('If-Range');
  if (condition !== undefined && condition !== response.get('ETag')) return undefined;
  const ranges = request.range(size, { combine: true });
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${size}`);
    throw Object.assign(
      new Error(`The file has ${size} bytes; the range that was asked for lies beyond them.`),
      {
        status: 416,
        expose: true,
      },
    );
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1)
    return undefined;
  return ranges[0];
}
