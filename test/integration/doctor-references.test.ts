import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageRow } from '../../src/db/images.js';
import { examine } from '../../src/images/doctor.js';
import type { Finding } from '../../src/images/examination.js';
import { addPicture, openCollection, type Collection } from '../support/collection.js';
import { EXIF, plainJpeg } from '../support/metadata.js';
import { makePicture } from '../support/pictures.js';

let collection: Collection;
let folder: string;
let seed = 500;
beforeAll(async () => {
  collection = await openCollection();
  folder = path.join(collection.dataFolder, 'pictures');
  await mkdir(folder);
});
afterAll(() => collection.drop());

async function referred(name: string): Promise<{ image: ImageRow; file: string; bytes: Buffer }> {
  const bytes = await makePicture(++seed);
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  const added = await collection.images.add({ kind: 'file', path: file, byReference: true }, {});
  if (added.outcome === 'rejected') throw new Error(added.message);
  return { image: added.image, file, bytes };
}

async function findings(mend = false): Promise<Finding[]> {
  const found = [];
  const { database, storage } = collection;
  for await (const finding of examine({
    database,
    storage,
    jobMaxAttempts: 3,
    mend,
    force: false,
    graceMs: 0,
  })) {
    found.push(finding);
  }
  return found;
}

const statusOf = async (id: number) => (await collection.images.byIds([id])).get(id);

it('tells of referenced files that are gone or changed, notes it, and never calls it mended', async () => {
  const gone = await referred('gone.jpg');
  const changed = await referred('changed.jpg');
  const fine = await referred('fine.jpg');
  for (const { image } of [gone, changed, fine]) await collection.process({ imageId: image.id }, 1, false);
  expect(await findings()).toEqual([]);

  await rm(gone.file);
  await writeFile(changed.file, await makePicture(++seed));
  const expected = [
    { problem: 'REFERENCE_MISSING', imageId: gone.image.id, sha256: gone.image.sha256, name: gone.file },
    {
      problem: 'REFERENCE_CHANGED',
      imageId: changed.image.id,
      sha256: changed.image.sha256,
      name: changed.file,
    },
  ].map((finding) => ({ ...finding, mended: false }));
  const states = async () => {
    const { rows } = await collection.database.pool.query<{ state: string }>(
      'SELECT state FROM image_references ORDER BY image_id',
    );
    return rows.map(({ state }) => state);
  };
  expect(await findings()).toEqual(expected);
  expect(await states()).toEqual(['PRESENT', 'PRESENT', 'PRESENT']);
  expect(await findings(true)).toEqual(expected);
  expect(await states()).toEqual(['MISSING', 'CHANGED', 'PRESENT']);
  // They can be found on.
  expect(await statusOf(gone.image.id)).toMatchObject({ status: 'READY' });

  await writeFile(gone.file, gone.bytes);
  await writeFile(changed.file, changed.bytes);
  expect(await findings(true)).toEqual([]);
  expect(await states()).toEqual(['PRESENT', 'PRESENT', 'PRESENT']);
});

it('takes images up that failed for the want of their file, when it is back', async () => {
  const { image, file, bytes } = await referred('late.jpg');
  await rm(file);
  await collection.process({ imageId: image.id }, 1, false);
  const failed = await statusOf(image.id);
  expect(failed).toMatchObject({ status: 'FAILED', failureCode: 'ORIGINAL_MISSING' });
  expect(failed?.failureMessage).toMatch(/ingest --by-reference/);
  const about = { imageId: image.id, sha256: image.sha256, name: file };
  expect(await findings(true)).toEqual([{ problem: 'REFERENCE_MISSING', ...about, mended: false }]);

  await writeFile(file, bytes);
  expect(await findings()).toEqual([{ problem: 'ORIGINAL_BACK', ...about, mended: false }]);
  expect(await findings(true)).toEqual([{ problem: 'ORIGINAL_BACK', ...about, mended: true }]);
  await collection.process({ imageId: image.id }, 1, false);
  expect(await statusOf(image.id)).toMatchObject({ status: 'READY' });
});

it('does not miss an original in the storage that is referred to, nor take a stored copy for a stray', async () => {
  const { image, bytes } = await referred('both.jpg');
  const staged = await collection.storage.originals.stage(image.sha256, bytes, 'image/jpeg');
  // What a crash leaves while the same bytes are added to be kept.
  await staged.place();
  expect(await findings(true)).toEqual([]);
  expect(await collection.storage.originals.isWhole(image.sha256, bytes.length)).toBe(true);
});

it('fails to send a file that changes while it is sent', async () => {
  const { image, file, bytes } = await referred('sent.jpg');
  const original = await collection.images.original(image.sha256);
  const sent = await original?.open();
  if (sent === undefined) throw new Error('There is no original.');
  await writeFile(file, Buffer.from(bytes).reverse());
  await expect(buffer(sent)).rejects.toThrow(/changed while it was sent/);
});

it('does not refer to a file whose place is not to be kept, and takes one without', async () => {
  const images = collection.another({ policy: { acceptSvg: false, keepGps: false } });
  const file = path.join(folder, 'place.jpg');
  await writeFile(
    file,
    await sharp(await plainJpeg(7))
      .withExif(EXIF)
      .jpeg()
      .toBuffer(),
  );
  const source = { kind: 'file', path: file, byReference: true } as const;
  expect(await images.add(source, {})).toEqual({
    outcome: 'rejected',
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/KEEP_GPS=false.*without --by-reference/) as unknown,
  });
  await writeFile(file, await plainJpeg(8));
  expect(await images.add(source, {})).toMatchObject({ outcome: 'accepted' });
});

it('refuses to refer to what is no file, or cannot be read', async () => {
  const refer = (name: string) =>
    collection.images.add({ kind: 'file', path: path.join(folder, name), byReference: true }, {});
  expect(await refer('nothing.jpg')).toMatchObject({ outcome: 'rejected', code: 'INVALID_INPUT' });
  expect(await refer('.')).toMatchObject({ outcome: 'rejected', code: 'INVALID_INPUT' });
  await writeFile(path.join(folder, 'large.jpg'), Buffer.alloc(1024 * 1024 + 1));
  expect(await refer('large.jpg')).toMatchObject({ outcome: 'rejected', code: 'TOO_LARGE' });
});

it('keeps what is handed over after its file has failed', async () => {
  const { image, file, bytes } = await referred('handed.jpg');
  await rm(file);
  await collection.process({ imageId: image.id }, 1, false);
  const again = await collection.images.add({ kind: 'base64', base64: bytes.toString('base64') }, {});
  expect(again).toMatchObject({ outcome: 'duplicate', image: { id: image.id, status: 'PENDING' } });
  await collection.process({ imageId: image.id }, 1, false);
  expect(await statusOf(image.id)).toMatchObject({ status: 'READY' });
  expect(await findings()).not.toContainEqual(expect.objectContaining({ imageId: image.id }));
  await expect(addPicture(collection.images, bytes)).rejects.toThrow(/not accepted/);
});
