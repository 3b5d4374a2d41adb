import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { assertSha256 } from './content-hash.js';
import type { DurableFolder } from './durable-folder.js';
import { THUMBNAIL_WIDTHS, type ThumbnailWidth } from './images.js';
import { createLimiter } from '../limiter.js';

/** WebP thumbnails: turned as EXIF says, in sRGB, the first frame only, never larger than the original. */
export interface Thumbnails {
  /** The thumbnail's path on disk, made where it is missing. Fails when the original is missing or unreadable. */
  make(sha256: string, width: ThumbnailWidth): Promise<string>;
  /** Removes an image's thumbnails of all widths. */
  remove(sha256: string): Promise<void>;
}

/** A strip of a thousand screens' height is no thumbnail, and WebP ends at 16,383 pixels. */
const MAX_HEIGHT_PER_WIDTH = 4;

export function createThumbnails(
  files: DurableFolder,
  originals: { path(sha256: string): string },
): Thumbnails {
  const drawing = createLimiter(availableParallelism());
  // Many viewers ask for the same new picture at the same moment: it is drawn once.
  const underWay = new Map<string, Promise<void>>();

  const draw = async (name: string, sha256: string, width: ThumbnailWidth) => {
    const webp = await drawing(() => render(originals.path(sha256), width));
    const staged = await files.stage(name, webp);
    try {
      await staged.place();
    } finally {
      await staged.discard();
    }
  };

  return {
    async make(sha256, width) {
      const name = thumbnailName(sha256, width);
      const file = files.pathOf(name);
      if (await exists(file)) return file;
      let drawn = underWay.get(name);
      if (drawn === undefined) {
        drawn = draw(name, sha256, width).finally(() => underWay.delete(name));
        underWay.set(name, drawn);
      }
      await drawn;
      return file;
    },
    async remove(sha256) {
      await Promise.all(THUMBNAIL_WIDTHS.map((width) => files.remove(thumbnailName(sha256, width))));
    },
  };
}

async function render(original: string, width: ThumbnailWidth): Promise<Buffer> {
  // Neither limits nor strictness: the file was judged when it was accepted, and half a picture is better than none.
  return sharp(original, { failOn: 'none', limitInputPixels: false, sequentialRead: true })
    .autoOrient()
    .resize(width, width * MAX_HEIGHT_PER_WIDTH, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80, effort: 2 })
    .toBuffer();
}

function thumbnailName(sha256: string, width: ThumbnailWidth): string {
  assertSha256(sha256);
  return `${width}/${sha256.slice(0, 2)}/${sha256}.webp`;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
