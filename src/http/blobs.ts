import { Readable } from 'node:stream';
import { Router, type Request, type Response } from 'express';
import { RequestError } from '../errors.js';
import { THUMBNAIL_WIDTHS, type Images, type StoredBytes, type ThumbnailFormat } from '../images/images.js';
import type { Authentication } from './authentication.js';
import { sendBytes } from './send-bytes.js';

const SHA256 = /^[0-9a-f]{64}$/;
const THUMBNAIL = /^([0-9a-f]{64})(?:\.(webp|jpg))?$/;
const YEAR_SECONDS = 31_536_000;
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
  'image/tiff': 'tiff',
  'image/heic': 'heic',
  'image/svg+xml': 'svg',
};

/**
 * Originals and thumbnails. Their addresses hold the SHA-256 of the content, so they never change what they show, and
 * nobody can guess them: they need no key, and a web page can use them as they are.
 */
export function blobRoutes(deps: { images: Images; authentication: Authentication }): Router {
  const router = Router();

  const send = async (
    request: Request,
    response: Response,
    file: StoredBytes & { etag: string; name: string },
  ): Promise<void> => {
    const audience = (await deps.authentication.keysInUse()) ? 'private' : 'public';
    const extension = EXTENSIONS[file.mediaType];
    response.set({
      'Content-Disposition': `inline; filename="${file.name}${extension === undefined ? '' : `.${extension}`}"`,
      'Cache-Control': `${audience}, max-age=${YEAR_SECONDS}, immutable`,
      ETag: `"${file.etag}"`,
      // An original may be an SVG, or lie about being an image: never let it act as a page of this server.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (!(await sendBytes(request, response, file))) throw notFound();
  };

  router.get('/originals/:sha256', async (request, response) => {
    const { sha256 } = request.params;
    const original = SHA256.test(sha256) ? await deps.images.original(sha256) : undefined;
    if (original === undefined) throw notFound();
    await send(request, response, { ...original, etag: sha256, name: sha256.slice(0, 16) });
  });

  router.get('/thumbnails/:width/:file', async (request, response) => {
    const width = THUMBNAIL_WIDTHS.find((candidate) => String(candidate) === request.params.width);
    if (width === undefined) {
      throw new RequestError(
        'NOT_FOUND',
        `There are thumbnails in the widths ${THUMBNAIL_WIDTHS.join(', ')} only. \`Image.thumbnailUrl\` gives the address of one.`,
      );
    }
    const [, sha256, extension] = THUMBNAIL.exec(request.params.file) ?? [];
    if (sha256 === undefined) throw notFound();
    // Without an ending the client's Accept decides, and caches between must know; also where there is nothing to show.
    if (extension === undefined) response.vary('Accept');
    const format = formatOf(extension, request);
    const bytes = await deps.images.thumbnail(sha256, width, format);
    if (bytes === undefined) throw notFound();
    await send(request, response, {
      mediaType: `image/${format}`,
      size: bytes.length,
      open: (range) =>
        Promise.resolve(Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes])),
      etag: format === 'webp' ? `${sha256}-${width}` : `${sha256}-${width}-${format}`,
      name: `${sha256.slice(0, 16)}-${width}`,
    });
  });

  return router;
}

/** WebP, the smaller one, for everybody who takes it: browsers that prefer something else say so only in theory. */
function formatOf(extension: string | undefined, request: Request): ThumbnailFormat {
  if (extension !== undefined) return extension === 'webp' ? 'webp' : 'jpeg';
  return request.accepts('image/webp') === false ? 'jpeg' : 'webp';
}

function notFound(): RequestError {
  return new RequestError(
    'NOT_FOUND',
    'There is no such image (any more). `Image.url` and `Image.thumbnailUrl` give addresses.',
  );
}
