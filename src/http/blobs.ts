import { Router, type Response } from 'express';
import { z } from 'zod';
import { RequestError } from '../errors.js';
import { THUMBNAIL_WIDTHS, type Images } from '../images/images.js';
import type { Authentication } from './authentication.js';

const SHA256 = /^[0-9a-f]{64}$/;
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
const missingFile = z.object({ code: z.enum(['ENOENT', 'ENOTDIR']) });
const brokenOff = z.object({ code: z.enum(['ECONNABORTED', 'ECONNRESET', 'EPIPE']) });

/**
 * Originals and thumbnails. Their addresses hold the SHA-256 of the content, so they never change what they show, and
 * nobody can guess them: they need no key, and a web page can use them as they are.
 */
export function blobRoutes(deps: { images: Images; authentication: Authentication }): Router {
  const router = Router();

  const send = async (
    response: Response,
    file: { path: string; mediaType: string; etag: string; name: string },
  ): Promise<void> => {
    const audience = (await deps.authentication.keysInUse()) ? 'private' : 'public';
    response.set({
      'Content-Type': file.mediaType,
      'Content-Disposition': `inline; filename="${file.name}"`,
      'Cache-Control': `${audience}, max-age=${YEAR_SECONDS}, immutable`,
      ETag: `"${file.etag}"`,
      // An original may be an SVG, or lie about being an image: never let it act as a page of this server.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    await new Promise<void>((resolve, reject) => {
      // The data folder's own path may have a part that begins with a dot.
      const options = { dotfiles: 'allow', cacheControl: false, lastModified: false } as const;
      response.sendFile(file.path, options, (error?: Error | null) => {
        if (!error || brokenOff.safeParse(error).success) resolve();
        else reject(missingFile.safeParse(error).success ? notFound() : error);
      });
    });
  };

  router.get('/originals/:sha256', async (request, response) => {
    const { sha256 } = request.params;
    const original = SHA256.test(sha256) ? await deps.images.original(sha256) : undefined;
    if (original === undefined) throw notFound();
    const extension = EXTENSIONS[original.mediaType];
    await send(response, {
      ...original,
      etag: sha256,
      name: `${sha256.slice(0, 16)}${extension === undefined ? '' : `.${extension}`}`,
    });
  });

  router.get('/thumbnails/:width/:file', async (request, response) => {
    const width = THUMBNAIL_WIDTHS.find((candidate) => String(candidate) === request.params.width);
    if (width === undefined) {
      throw new RequestError(
        'NOT_FOUND',
        `There are thumbnails in the widths ${THUMBNAIL_WIDTHS.join(', ')} only. \`Image.thumbnailUrl\` gives the address of one.`,
      );
    }
    const sha256 = request.params.file.replace(/\.webp$/, '');
    const isName = SHA256.test(sha256) && request.params.file.endsWith('.webp');
    const path = isName ? await deps.images.thumbnail(sha256, width) : undefined;
    if (path === undefined) throw notFound();
    await send(response, {
      path,
      mediaType: 'image/webp',
      etag: `${sha256}-${width}`,
      name: `${sha256.slice(0, 16)}-${width}.webp`,
    });
  });

  return router;
}

function notFound(): RequestError {
  return new RequestError(
    'NOT_FOUND',
    'There is no such image (any more). `Image.url` and `Image.thumbnailUrl` give addresses.',
  );
}
