import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../../../src/images/content-hash.js';
import { THUMBNAIL_WIDTHS } from '../../../src/images/images.js';
import { openStorage } from '../../../src/images/storage.js';
import { makeAnimation, makePicture } from '../../support/pictures.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictograph-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A storage that holds one original. */
async function storageWith(bytes: Buffer) {
  const storage = await openStorage(folder);
  const sha256 = await sha256Of(bytes);
  const staged = await storage.originals.stage(sha256, bytes);
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
    expect(storage.originals.path(sha256)).toBe(
      path.join(folder, 'originals', sha256.slice(0, 2), sha256.slice(2, 4), sha256),
    );
    expect(await readFile(storage.originals.path(sha256))).toEqual(bytes);
    expect(await storage.originals.read(sha256)).toEqual(bytes);
    expect(await storage.originals.isWhole(sha256, bytes.length)).toBe(true);
    expect(await storage.originals.isWhole(sha256, bytes.length + 1)).toBe(false);
  });

  it('are not there before they are placed, and leave nothing when they are not', async () => {
    const storage = await openStorage(folder);
    const bytes = await makePicture(1);
    const sha256 = await sha256Of(bytes);
    const staged = await storage.originals.stage(sha256, bytes);
    expect(await storage.originals.read(sha256)).toBeUndefined();
    expect(await storage.originals.isWhole(sha256, bytes.length)).toBe(false);
    await staged.discard();
    expect(await filesUnder('originals')).toEqual([]);
  });

  it('take the place of a damaged file', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    await writeFile(storage.originals.path(sha256), 'damaged');
    const staged = await storage.originals.stage(sha256, bytes);
    await staged.place();
    expect(await storage.originals.read(sha256)).toEqual(bytes);
  });

  it('are placed although someone removed their folder', async () => {
    const bytes = await makePicture(1);
    const { storage, sha256 } = await storageWith(bytes);
    const staged = await storage.originals.stage(sha256, bytes);
    await rm(path.join(folder, 'originals', sha256.slice(0, 2)), { recursive: true });
    await staged.place();
    expect(await storage.originals.read(sha256)).toEqual(bytes);
  });

  it('never have a path made of anything but a hash', async () => {
    const storage = await openStorage(folder);
    expect(() => storage.originals.path('../../../etc/passwd')).toThrow(RangeError);
    expect(() => storage.originals.path('A'.repeat(64))).toThrow(RangeError);
    await expect(storage.thumbnails.make('../secret', 160)).rejects.toThrow(RangeError);
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
    await openStorage(folder);
    expect(await readdir(staging())).toEqual([]);
  });

  it('is left alone while its process may live', async () => {
    await leave(`${hostname()}.${process.ppid}.alive`, 1);
    await leave(`elsewhere.1.recent`, 1);
    const storage = await openStorage(folder);
    const bytes = await makePicture(1);
    await storage.originals.stage(await sha256Of(bytes), bytes);
    await openStorage(folder);
    expect(await readdir(staging())).toHaveLength(3);
  });
});

describe('thumbnails', () => {
  async function thumbnailOf(bytes: Buffer, width: (typeof THUMBNAIL_WIDTHS)[number]) {
    const { storage, sha256 } = await storageWith(bytes);
    const file = await storage.thumbnails.make(sha256, width);
    return { file, sha256, storage, metadata: await sharp(file).metadata() };
  }

  it('are WebP of the width asked for, under the hash', async () => {
    const { file, sha256, metadata } = await thumbnailOf(
      await makePicture(1, { width: 800, height: 600 }),
      160,
    );
    expect(file).toBe(path.join(folder, 'thumbnails', '160', sha256.slice(0, 2), `${sha256}.webp`));
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

  it('are made once, however many ask at the same moment', async () => {
    const { storage, sha256 } = await storageWith(await makePicture(1, { width: 400, height: 300 }));
    const files = await Promise.all(Array.from({ length: 20 }, () => storage.thumbnails.make(sha256, 320)));
    expect(new Set(files).size).toBe(1);
    const { mtimeMs, ino } = await stat(files[0] ?? '');
    expect(await storage.thumbnails.make(sha256, 320)).toBe(files[0]);
    expect(await stat(files[0] ?? '')).toMatchObject({ mtimeMs, ino });
    expect(await filesUnder('thumbnails')).toHaveLength(1);
  });

  it('go with the image', async () => {
    const { storage, sha256 } = await storageWith(await makePicture(1));
    for (const width of THUMBNAIL_WIDTHS) await storage.thumbnails.make(sha256, width);
    expect(await filesUnder('thumbnails')).toHaveLength(THUMBNAIL_WIDTHS.length);
    await storage.remove(sha256);
    expect(await filesUnder('thumbnails')).toEqual([]);
    expect(await filesUnder('originals')).toEqual([]);
    await storage.remove(sha256);
  });
});
