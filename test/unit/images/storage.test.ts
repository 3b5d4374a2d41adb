import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../../../src/images/content-hash.js';
import {
  THUMBNAIL_FORMATS,
  THUMBNAIL_WIDTHS,
  type ThumbnailFormat,
  type ThumbnailWidth,
} from '../../../src/images/images.js';
import { openStorage } from '../../../src/images/storage.js';
import { createLogger } from '../../../src/log.js';
import { makeAnimation, makePicture } from '../../support/pictures.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictograph-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => openStorage({ kind: 'disk', folder }, createLogger('silent'));
const originalPath = (sha256: string) =>
  path.join(folder, 'originals', sha256.slice(0, 2), sha256.slice(2, 4), sha256);

/** A storage that holds one original. */
async function storageWith(bytes: Buffer) {
  const storage = await open();
  const sha256 = await sha256Of(bytes);
  const staged = await storage.originals.stage(sha256, bytes, 'image/jpeg');
  await staged.place();
  await staged.discard();
  return { storage, sha256 };
}

async function filesUnder(name: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, name), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('originals', () => {
  it('lie under their hash, byte for byte', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    expect(await readFile(originalPath(sha256))).toEqual(bytes);
    expect(await storage.originals.read(sha256)).toEqual(bytes);
    expect(await storage.originals.isWhole(sha256, bytes.length)).toBe(true);
    expect(await storage.originals.isWhole(sha256, bytes.length + 1)).toBe(false);
  });

  it('are read in parts, and listed by the first digits of their hash', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    const part = await storage.originals.open(sha256, { start: 2, end: 5 });
    expect(part && (await buffer(part))).toEqual(bytes.subarray(2, 6));
    expect(await storage.originals.open('0'.repeat(64))).toBeUndefined();
    await writeFile(path.join(folder, 'originals', sha256.slice(0, 2), 'notes.txt'), 'of someone else');
    const listed = [];
    for await (const original of storage.originals.list(sha256.slice(0, 2))) listed.push(original);
    expect(listed).toMatchObject([{ sha256, size: bytes.length }]);
    for await (const other of storage.originals.list('zz')) expect(other).toBeUndefined();
  });

  it('are not there before they are placed, and leave nothing when they are not', async () => {
    const storage = await open();
    const bytes = await makePicture(1);
    const sha256 = await sha256Of(bytes);
    const staged = await storage.originals.stage(sha256, bytes, 'image/jpeg');
    expect(await storage.originals.read(sha256)).toBeUndefined();
    expect(await storage.originals.isWhole(sha256, bytes.length)).toBe(false);
    await staged.discard();
    expect(await filesUnder('originals')).toEqual([]);
  });

  it('take the place of a damaged file', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    await writeFile(originalPath(sha256), 'damaged');
    const staged = await storage.originals.stage(sha256, bytes, 'image/jpeg');
    await staged.place();
    expect(await storage.originals.read(sha256)).toEqual(bytes);
  });

  it('are placed although someone removed their folder', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    const staged = await storage.originals.stage(sha256, bytes, 'image/jpeg');
    await rm(path.join(folder, 'originals', sha256.slice(0, 2)), { recursive: true });
    await staged.place();
    expect(await storage.originals.read(sha256)).toEqual(bytes);
  });

  it('never have a path made of anything but a hash', async () => {
    const storage = await open();
    await expect(storage.originals.read('../../../etc/passwd')).rejects.toThrow(RangeError);
    await expect(storage.originals.isWhole('A'.repeat(64), 1)).rejects.toThrow(RangeError);
    await expect(storage.thumbnails.make('../secret', 160, 'webp')).rejects.toThrow(RangeError);
  });
});

describe('what a crash left half-written', () => {
  const staging = () => path.join(folder, 'originals', '.staging');
  /** Writes a temporary file of a process, so many minutes old. */
  async function leave(name: string, minutes: number): Promise<void> {
    await mkdir(staging(), { recursive: true });
    await writeFile(path.join(staging(), name), 'half');
    const time = new Date(Date.now() - minutes * 60_000);
    await utimes(path.join(staging(), name), time, time);
  }
  // No process has this number: it is beyond what Linux, macOS and Windows give.
  const NO_PROCESS = 2 ** 31 - 2;

  it('is removed at the next start', async () => {
    await leave(`${hostname()}.${NO_PROCESS}.dead`, 1);
    await leave(`elsewhere.1.old`, 61);
    await leave(`${hostname()}.${process.pid}.same-number-before-a-restart`, 30);
    await open();
    expect(await readdir(staging())).toEqual([]);
  });

  it('is left alone while its process may live', async () => {
    await leave(`${hostname()}.${process.ppid}.alive`, 1);
    await leave(`elsewhere.1.recent`, 1);
    const storage = await open();
    const bytes = await makePicture(1);
    await storage.originals.stage(await sha256Of(bytes), bytes, 'image/jpeg');
    await open();
    expect(await readdir(staging())).toHaveLength(3);
  });
});

describe('thumbnails', () => {
  async function thumbnailOf(bytes: Buffer, width: ThumbnailWidth, format: ThumbnailFormat = 'webp') {
    const { storage, sha256 } = await storageWith(bytes);
    const thumbnail = await storage.thumbnails.make(sha256, width, format);
    return { thumbnail, sha256, storage, metadata: await sharp(thumbnail).metadata() };
  }

  it('are WebP of the width asked for, under the hash', async () => {
    const { thumbnail, sha256, metadata } = await thumbnailOf(
      await makePicture(1, { width: 800, height: 600 }),
      160,
    );
    const file = path.join(folder, 'thumbnails', '160', sha256.slice(0, 2), `${sha256}.webp`);
    expect(await readFile(file)).toEqual(thumbnail);
    expect(metadata).toMatchObject({
      format: 'webp',
      width: 160,
      height: 120,
      space: 'srgb',
      hasAlpha: false,
    });
  });

  it('are never larger than the original', async () => {
    const { metadata } = await thumbnailOf(await makePicture(1, { width: 100, height: 50 }), 1280);
    expect(metadata).toMatchObject({ width: 100, height: 50 });
  });

  it('are turned as EXIF says', async () => {
    const { metadata } = await thumbnailOf(
      await makePicture(1, { width: 600, height: 400, orientation: 6 }),
      160,
    );
    expect(metadata).toMatchObject({ width: 160, height: 240 });
    expect(metadata.orientation).toBeUndefined();
  });

  it('keep transparency', async () => {
    const { metadata } = await thumbnailOf(await makePicture(1, { alpha: true, format: 'png' }), 160);
    expect(metadata.hasAlpha).toBe(true);
  });

  it('show the first frame of an animation', async () => {
    const { metadata } = await thumbnailOf(await makeAnimation(3), 160);
    expect(metadata).toMatchObject({ width: 8, height: 8 });
    expect(metadata.pages ?? 1).toBe(1);
  });

  it('are in sRGB, whatever the original is in', async () => {
    for (const space of ['cmyk', 'b-w'] as const) {
      const bytes = await sharp(await makePicture(1))
        .toColourspace(space)
        .jpeg()
        .toBuffer();
      expect((await thumbnailOf(bytes, 160)).metadata.space).toBe('srgb');
    }
  });

  it('can be made of a strip that WebP could not hold', async () => {
    const { metadata } = await thumbnailOf(
      await makePicture(1, { width: 2, height: 40_000, format: 'png' }),
      160,
    );
    expect(metadata.format).toBe('webp');
    expect(metadata.height).toBe(640);
  });

  it('are JPEG where that is asked for, white where the original is transparent', async () => {
    const clear = await sharp({
      create: { width: 200, height: 100, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { thumbnail, metadata } = await thumbnailOf(clear, 160, 'jpeg');
    expect(metadata).toMatchObject({
      format: 'jpeg',
      width: 160,
      height: 80,
      hasAlpha: false,
      space: 'srgb',
    });
    const { channels } = await sharp(thumbnail).stats();
    for (const { min } of channels) expect(min).toBeGreaterThan(250);
  });

  it('are made once, however many ask at the same moment', async () => {
    const { storage, sha256 } = await storageWith(await makePicture(1, { width: 400, height: 300 }));
    const make = () => storage.thumbnails.make(sha256, 320, 'webp');
    // One object for all, and not equal ones: nobody drew a second.
    expect(new Set(await Promise.all(Array.from({ length: 20 }, make))).size).toBe(1);
    const file = path.join(folder, 'thumbnails', '320', sha256.slice(0, 2), `${sha256}.webp`);
    const { mtimeMs, ino } = await stat(file);
    expect(await make()).toEqual(await readFile(file));
    expect(await stat(file)).toMatchObject({ mtimeMs, ino });
    expect(await filesUnder('thumbnails')).toHaveLength(1);
  });

  it('are listed and go with the image', async () => {
    const { storage, sha256 } = await storageWith(await makePicture(1));
    for (const width of THUMBNAIL_WIDTHS) {
      for (const format of THUMBNAIL_FORMATS) await storage.thumbnails.make(sha256, width, format);
    }
    expect(await filesUnder('thumbnails')).toHaveLength(THUMBNAIL_WIDTHS.length * THUMBNAIL_FORMATS.length);
    const listed = [];
    for await (const thumbnail of storage.thumbnails.list()) listed.push(thumbnail.sha256);
    expect(listed).toEqual(Array.from({ length: 18 }, () => sha256));
    await storage.remove([sha256]);
    expect(await filesUnder('thumbnails')).toEqual([]);
    expect(await filesUnder('originals')).toEqual([]);
    await storage.remove([sha256]);
  });
});
