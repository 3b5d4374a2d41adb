import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteImageRows, type ImageRow } from '../../src/db/images.js';
import { examine } from '../../src/images/doctor.js';
import type { Finding } from '../../src/images/examination.js';
import { addPicture, openCollection, type Collection } from '../support/collection.js';
import { makePicture } from '../support/pictures.js';
import { startS3, type TestS3 } from '../support/s3-server.js';

let seed = 0;
const freshPicture = () => makePicture(++seed);

describe.each(['disk', 's3'] as const)('the doctor, with images on %s', (kind) => {
  let s3: TestS3 | undefined;
  let collection: Collection;
  beforeAll(async () => {
    if (kind === 's3') s3 = await startS3();
    collection = await openCollection(s3 ? { storage: s3.config('doctor') } : {});
  });
  afterAll(async () => {
    await collection.drop();
    await s3?.close();
  });

  async function findings(options: { mend?: boolean; graceMs?: number } = {}): Promise<Finding[]> {
    const { mend = false, graceMs = 0 } = options;
    const found = [];
    const { database, storage } = collection;
    for await (const finding of examine({
      database,
      storage,
      jobMaxAttempts: 3,
      mend,
      force: false,
      graceMs,
    })) {
      found.push(finding);
    }
    return found;
  }
  async function ready(bytes: Buffer): Promise<ImageRow> {
    const image = await addPicture(collection.images, bytes, { filename: 'a.jpg', title: 'kept' });
    await collection.process({ imageId: image.id }, 1, false);
    return image;
  }
  const imageOf = async (id: number) => (await collection.images.byIds([id])).get(id);
  async function replaceOriginal(sha256: string, bytes: Buffer): Promise<void> {
    const staged = await collection.storage.originals.stage(sha256, bytes, 'image/jpeg');
    await staged.place();
  }
  /** What a crash right behind the rows' deletion leaves. */
  const deleteRowOnly = (id: number) =>
    collection.database.transaction((client) => deleteImageRows(client, [id]));

  it('finds nothing where all fits together', async () => {
    await ready(await freshPicture());
    await addPicture(collection.images, await freshPicture());
    expect(await findings()).toEqual([]);
    expect(await findings({ mend: true })).toEqual([]);
  });

  it('removes files without an image, as a crash between row and file leaves them, but no young ones', async () => {
    const { id, sha256 } = await ready(await freshPicture());
    await deleteRowOnly(id);
    expect(await findings({ graceMs: 3_600_000 })).toEqual([]);
    const expected = [
      { problem: 'ORIGINAL_WITHOUT_IMAGE', sha256, mended: false },
      expect.objectContaining({ problem: 'THUMBNAIL_WITHOUT_IMAGE', sha256, mended: false }),
    ];
    expect(await findings()).toEqual(expected);
    expect(await findings()).toEqual(expected);
    expect(await findings({ mend: true })).toEqual([
      { problem: 'ORIGINAL_WITHOUT_IMAGE', sha256, mended: true },
    ]);
    expect(await collection.storage.originals.read(sha256)).toBeUndefined();
    for await (const thumbnail of collection.storage.thumbnails.list()) {
      expect(thumbnail.sha256).not.toBe(sha256);
    }
    expect(await findings()).toEqual([]);
  });

  it('marks images whose original is lost or cut off, keeps their rows, and takes them up when it is back', async () => {
    const lostBytes = await freshPicture();
    const cutBytes = await freshPicture();
    const lost = await ready(lostBytes);
    const cut = await ready(cutBytes);
    await collection.storage.remove([lost.sha256]);
    await replaceOriginal(cut.sha256, cutBytes.subarray(0, 100));
    const expected = (mended: boolean) =>
      [lost, cut]
        .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
        .map(({ id, sha256 }) => ({
          problem: 'ORIGINAL_MISSING',
          imageId: id,
          sha256,
          name: 'a.jpg',
          mended,
        }));
    expect(await findings()).toEqual(expected(false));
    expect(await imageOf(lost.id)).toMatchObject({ status: 'READY' });

    expect(await findings({ mend: true })).toEqual(expected(true));
    for (const { id } of [lost, cut]) {
      const image = await imageOf(id);
      expect(image).toMatchObject({ status: 'FAILED', failureCode: 'ORIGINAL_MISSING', title: 'kept' });
      expect(image?.failureMessage).toMatch(/add the same file again/);
    }
    const { rows } = await collection.database.pool.query(
      'SELECT FROM image_embeddings WHERE image_id = ANY($1::bigint[])',
      [[lost.id, cut.id]],
    );
    expect(rows).toHaveLength(0);
    expect(await findings()).toEqual([]);

    await collection.images.add({ kind: 'base64', base64: lostBytes.toString('base64') }, {});
    await replaceOriginal(cut.sha256, cutBytes);
    const back = { problem: 'ORIGINAL_BACK', imageId: cut.id, sha256: cut.sha256, name: 'a.jpg' };
    expect(await findings()).toEqual([{ ...back, mended: false }]);
    expect(await findings({ mend: true })).toEqual([{ ...back, mended: true }]);
    for (const { id } of [lost, cut]) {
      await collection.process({ imageId: id }, 1, false);
      expect(await imageOf(id)).toMatchObject({ status: 'READY', title: 'kept' });
    }
    expect(await findings()).toEqual([]);
  });

  it('queues READY images without an embedding and PENDING images without a job', async () => {
    const { id: unembedded } = await ready(await freshPicture());
    const { id: unqueued } = await addPicture(collection.images, await freshPicture());
    const { pool } = collection.database;
    await pool.query('DELETE FROM image_embeddings WHERE image_id = $1', [unembedded]);
    await pool.query("DELETE FROM graphile_worker._private_jobs WHERE key = 'image:' || $1::bigint", [
      unqueued,
    ]);
    const expected = (mended: boolean) => [
      { problem: 'NOT_EMBEDDED', imageId: unembedded, mended },
      { problem: 'NOT_QUEUED', imageId: unqueued, mended },
    ];
    expect(await findings()).toEqual(expected(false));
    expect(await findings({ mend: true })).toEqual(expected(true));
    const keys = (await collection.jobs()).map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([`image:${unembedded}`, `image:${unqueued}`]));
    expect(await imageOf(unembedded)).toMatchObject({ status: 'PENDING' });
    expect(await findings()).toEqual([]);
  });

  it('never takes a file from an image that is added at the same moment', async () => {
    const pictures = await Promise.all(Array.from({ length: 6 }, freshPicture));
    for (const round of [1, 2]) {
      const adding = Promise.all(pictures.map((bytes) => addPicture(collection.images, bytes)));
      await Promise.all([findings({ mend: true }), adding]);
      for (const { sha256, byteSize } of await adding) {
        expect(await collection.storage.originals.isWhole(sha256, byteSize)).toBe(true);
      }
      if (round === 1) {
        // The same bytes again, over files that are nobody's.
        for (const { id } of await adding) await deleteRowOnly(id);
      }
    }
    expect(await findings()).toEqual([]);
  });
});

describe('the doctor, on the disk', () => {
  let collection: Collection;
  beforeAll(async () => {
    collection = await openCollection();
  });
  afterAll(() => collection.drop());

  it('gives up most of what there is only when told twice: the database may be the wrong one', async () => {
    const { database, storage, images } = collection;
    const mend = async (force: boolean) => {
      const found = [];
      for await (const finding of examine({
        database,
        storage,
        jobMaxAttempts: 3,
        mend: true,
        force,
        graceMs: 0,
      })) {
        found.push(finding);
      }
      return found;
    };
    const pictures = await Promise.all(Array.from({ length: 11 }, freshPicture));
    const rows = await Promise.all(pictures.map((bytes) => addPicture(images, bytes)));
    const contents = rows.map(({ sha256 }) => sha256);

    await storage.remove(contents);
    await expect(mend(false)).rejects.toThrow(/11 of its 11 images have no original/);
    expect(await images.count({ status: ['FAILED'] })).toBe(0);

    for (const [index, { sha256 }] of rows.entries()) {
      await (await storage.originals.stage(sha256, pictures[index] ?? Buffer.alloc(0), 'image/jpeg')).place();
    }
    await database.transaction((client) =>
      deleteImageRows(
        client,
        rows.map(({ id }) => id),
      ),
    );
    await expect(mend(false)).rejects.toThrow(/11 of 11 originals in .* belong to no image.*--force/);
    for (const { sha256, byteSize } of rows)
      expect(await storage.originals.isWhole(sha256, byteSize)).toBe(true);
    const forced = await mend(true);
    expect(forced.map(({ sha256 }) => sha256).sort()).toEqual([...contents].sort());
    expect(forced.every(({ mended }) => mended)).toBe(true);
  });

  it('removes temporary files and thumbnails of earlier widths, and nothing of anyone else', async () => {
    const { database, storage, dataFolder } = collection;
    const staging = path.join(dataFolder, 'originals', '.staging');
    const old = new Date(Date.now() - 2 * 3_600_000);
    const sha256 = 'ab'.repeat(32);
    const files = [
      path.join(staging, 'elsewhere.1.half'),
      path.join(dataFolder, 'thumbnails', '512', 'ab', `${sha256}.webp`),
      path.join(dataFolder, 'thumbnails', 'ab', 'notes.txt'),
      path.join(dataFolder, 'originals', 'ab', 'notes.txt'),
    ];
    for (const file of files) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'x');
      await utimes(file, old, old);
    }
    await writeFile(path.join(staging, 'elsewhere.1.young'), 'x');
    const examined = async (mend: boolean) => {
      const found = [];
      for await (const finding of examine({
        database,
        storage,
        jobMaxAttempts: 3,
        mend,
        force: false,
        graceMs: 3_600_000,
      })) {
        found.push(finding);
      }
      return found;
    };
    const expected = (mended: boolean) => [
      { problem: 'LEFTOVER_FILE', name: 'originals/elsewhere.1.half', mended },
      { problem: 'THUMBNAIL_WITHOUT_IMAGE', sha256, name: `512/ab/${sha256}.webp`, mended },
    ];
    expect(await examined(false)).toEqual(expected(false));
    expect(await examined(true)).toEqual(expected(true));
    expect(await examined(false)).toEqual([]);
    expect(await readdir(staging)).toEqual(['elsewhere.1.young']);
    expect(await readdir(path.join(dataFolder, 'originals', 'ab'))).toEqual(['notes.txt']);
    expect(await readdir(path.join(dataFolder, 'thumbnails', 'ab'))).toEqual(['notes.txt']);
  });
});
