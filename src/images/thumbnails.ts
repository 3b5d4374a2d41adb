import { availableParallelism } from 'node:os';
import sharp, { type Raw, type Sharp } from 'sharp';
import { assertSha256 } from './content-hash.js';
import type { FileStore } from './file-store.js';
import { THUMBNAIL_WIDTHS, type ThumbnailFormat, type ThumbnailWidth } from './images.js';
import { withRoomFor } from '../decoding-room.js';
import { createLimiter } from '../limiter.js';

export interface StoredThumbnail {
  readonly name: string;
  readonly sha256: string;
  readonly modifiedAt: Date;
}

/** A picture that is decoded and as small as a thumbnail: upright, in sRGB, its transparency kept. */
export interface SmallPicture {
  readonly data: Buffer;
  readonly raw: Raw;
}

/** Thumbnails: turned as EXIF says, in sRGB, the first frame only, never larger than the original. */
export interface Thumbnails {
  /**
   * The thumbnail's bytes; made and kept where it is missing. Where the original is not to be had, made from the preview and
   * not kept: it may be larger and finer once the original is back. Fails when there is neither, or the file is unreadable.
   *
   * @param read the original; from the storage unless told
   */
  make(
    sha256: string,
    width: ThumbnailWidth,
    format: ThumbnailFormat,
    read?: () => Promise<Buffer | undefined>,
  ): Promise<Buffer>;
  /** Keeps a thumbnail of a picture that `shrink` has made as small as that. */
  keep(sha256: string, width: ThumbnailWidth, format: ThumbnailFormat, picture: SmallPicture): Promise<void>;
  /** Removes the thumbnails of these contents, of all widths and formats. */
  remove(sha256s: readonly string[]): Promise<void>;
  /** All thumbnails there are, those of earlier versions' widths as well. */
  list(): AsyncIterable<StoredThumbnail>;
  delete(names: readonly string[]): Promise<void>;
}

/** The thumbnail that lists show first: made when an image is added. */
export const FIRST_WIDTH: ThumbnailWidth = 320;
/** The thumbnail that others can be made of when the original is away. */
export const PREVIEW_WIDTH: ThumbnailWidth = 1280;

/** A strip of a thousand screens' height is no thumbnail, and WebP ends at 16,383 pixels. */
const MAX_HEIGHT_PER_WIDTH = 4;
const EXTENSIONS: Readonly<Record<ThumbnailFormat, string>> = { webp: 'webp', jpeg: 'jpg' };
const NAME = /^\d+\/[0-9a-f]{2}\/([0-9a-f]{64})\.(webp|jpg)$/;

export function createThumbnails(
  files: FileStore,
  originals: { read(sha256: string): Promise<Buffer | undefined> },
): Thumbnails {
  const drawing = createLimiter(availableParallelism());
  // Many viewers ask for the same new picture at the same moment: it is drawn once.
  const underWay = new Map<string, Promise<Buffer>>();

  const draw = (
    name: string,
    sha256: string,
    [width, format]: readonly [ThumbnailWidth, ThumbnailFormat],
    read: () => Promise<Buffer | undefined>,
  ) =>
    // The original is read in here as well, so that those who wait hold no memory.
    drawing(async () => {
      const original = await read();
      const source = original ?? (await files.read(thumbnailName(sha256, PREVIEW_WIDTH, 'webp')));
      if (source === undefined) throw new Error('The original is missing.');
      const thumbnail = await render(source, width, format);
      if (original !== undefined) await files.put(name, thumbnail, `image/${format}`);
      return thumbnail;
    });

  return {
    async make(sha256, width, format, read = () => originals.read(sha256)) {
      const name = thumbnailName(sha256, width, format);
      const known = await files.read(name);
      if (known !== undefined) return known;
      let drawn = underWay.get(name);
      if (drawn === undefined) {
        drawn = draw(name, sha256, [width, format], read).finally(() => underWay.delete(name));
        underWay.set(name, drawn);
      }
      return drawn;
    },

    async keep(sha256, width, format, { data, raw }) {
      const thumbnail = await encode(sharp(data, { raw }), format);
      await files.put(thumbnailName(sha256, width, format), thumbnail, `image/${format}`);
    },

    async remove(sha256s) {
      await files.delete(
        sha256s.flatMap((sha256) =>
          THUMBNAIL_WIDTHS.flatMap((width) => [
            thumbnailName(sha256, width, 'webp'),
            thumbnailName(sha256, width, 'jpeg'),
          ]),
        ),
      );
    },

    async *list() {
      for await (const { name, modifiedAt } of files.list('')) {
        const sha256 = NAME.exec(name)?.[1];
        if (sha256 !== undefined) yield { name, sha256, modifiedAt };
      }
    },

    delete: (names) => files.delete(names),
  };
}

async function render(original: Buffer, width: ThumbnailWidth, format: ThumbnailFormat): Promise<Buffer> {
  // Neither limits nor strictness: the file was judged when it was accepted, and half a picture is better than none.
  const whole = sharp(original, { failOn: 'none', limitInputPixels: false, sequentialRead: true });
  const header = await whole.metadata();
  return withRoomFor(header.width * header.height, () => encode(shrink(whole, width), format));
}

/** Turns a picture as EXIF says and shrinks it to a thumbnail's size. */
export function shrink(picture: Sharp, width: ThumbnailWidth): Sharp {
  return picture
    .autoOrient()
    .resize(width, width * MAX_HEIGHT_PER_WIDTH, { fit: 'inside', withoutEnlargement: true });
}

/** Decodes what is as small as a thumbnail, or is shrunk to one by what was said to `picture` already. */
export async function toSmallPicture(picture: Sharp): Promise<SmallPicture> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, raw: { width, height, channels } };
}

function encode(small: Sharp, format: ThumbnailFormat): Promise<Buffer> {
  return format === 'webp'
    ? small.webp({ quality: 80, effort: 2 }).toBuffer()
    : // JPEG knows no transparency, and what is behind it would be black.
      small.flatten({ background: '#ffffff' }).jpeg({ quality: 80, progressive: true }).toBuffer();
}

function thumbnailName(sha256: string, width: ThumbnailWidth, format: ThumbnailFormat): string {
  assertSha256(sha256);
  return `${width}/${sha256.slice(0, 2)}/${sha256}.${EXTENSIONS[format]}`;
}
