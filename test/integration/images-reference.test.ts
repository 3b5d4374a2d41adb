import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AddResult } from '../../src/images/images.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { makePicture } from '../support/pictures.js';

let app: TestApp;
let folder: string;
let seed = 100;
beforeAll(async () => {
  app = await startTestApp();
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-references-'));
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

/** What `pictograph ingest --by-reference` does with a file. */
const refer = (file: string) => app.app.images.add({ kind: 'file', path: file, byReference: true }, {});

function imageOf(result: AddResult) {
  if (result.outcome === 'rejected') throw new Error(result.message);
  return result.image;
}

/** A new picture in a file of its own, indexed by reference and embedded. */
async function referredPicture(name: string) {
  const bytes = await makePicture(++seed, { width: 400, height: 300 });
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  const added = await refer(file);
  expect(added.outcome).toBe('accepted');
  const { id, sha256 } = imageOf(added);
  await expect
    .poll(async () => (await app.app.images.byIds([id])).get(id)?.status, { timeout: 60_000 })
    .toBe('READY');
  return { id, sha256, bytes, file };
}

const original = (sha256: string, init?: RequestInit) => fetch(`${app.url}/originals/${sha256}`, init);

async function expectOriginal(sha256: string, bytes: Buffer): Promise<void> {
  const response = await original(sha256);
  expect([response.status, Buffer.from(await response.arrayBuffer()).equals(bytes)]).toEqual([200, true]);
}

async function expectNoOriginal(sha256: string, status: number, code: string): Promise<void> {
  const response = await original(sha256);
  const text = await response.text();
  expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
  expect(JSON.parse(text)).toMatchObject({ error: { code } });
  expect(text).not.toContain(folder);
}

async function expectThumbnails(sha256: string): Promise<void> {
  for (const width of [320, 640, 1920]) {
    const response = await fetch(`${app.url}/thumbnails/${width}/${sha256}`);
    expect([width, response.status]).toEqual([width, 200]);
    await response.arrayBuffer();
  }
}

async function originalState(sha256: string): Promise<string> {
  const answer = z.object({
    images: z.object({ nodes: z.array(z.object({ sha256: z.string(), originalState: z.string() })) }),
  });
  const { data } = await app.graphql('{ images(first: 100) { nodes { sha256 originalState } } }');
  const found = answer.parse(data).images.nodes.find((node) => node.sha256 === sha256);
  return found?.originalState ?? 'no such image';
}

async function referenceOf(
  imageId: number,
): Promise<{ path: string; stamp: string | null; state: string } | undefined> {
  const { rows } = await app.app.database.pool.query(
    'SELECT path, stamp, state FROM image_references WHERE image_id = $1',
    [imageId],
  );
  return z
    .array(z.object({ path: z.string(), stamp: z.string().nullable(), state: z.string() }))
    .parse(rows)[0];
}

describe('an image by reference', () => {
  it('is indexed where it lies: only thumbnails are stored, and the file itself is served', async () => {
    const { sha256, bytes } = await referredPicture('served/one.jpg');
    await expectOriginal(sha256, bytes);
    const part = await original(sha256, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    const head = await original(sha256, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    expect(await originalState(sha256)).toBe('REFERENCED');

    const { dataFolder } = app.app.config;
    const files = await readdir(dataFolder, { recursive: true });
    expect(files.filter((name) => name.includes(sha256) && name.startsWith('originals'))).toEqual([]);
    expect(files.filter((name) => name.includes(sha256)).length).toBeGreaterThan(0);
  });

  it('is missed when its file changes or goes, shows its thumbnails on, and is there again with the file', async () => {
    const { id, sha256, bytes, file } = await referredPicture('missed/one.jpg');
    const old = new Date('2020-01-01T00:00:00Z');
    await utimes(file, old, old);
    await expectOriginal(sha256, bytes);
    // A file that has been left alone for a while is known by its stamp.
    await expect
      .poll(async () => {
        await originalState(sha256);
        return (await referenceOf(id))?.stamp;
      })
      .toEqual(expect.any(String));
    await expectOriginal(sha256, bytes);

    const other = Buffer.from(bytes).reverse();
    await writeFile(file, other);
    await utimes(file, old, old);
    await expectNoOriginal(sha256, 410, 'ORIGINAL_CHANGED');
    expect(await originalState(sha256)).toBe('CHANGED');
    expect(await referenceOf(id)).toMatchObject({ state: 'CHANGED' });
    await expectThumbnails(sha256);

    await writeFile(file, bytes);
    await expectOriginal(sha256, bytes);
    await rm(file);
    await expectNoOriginal(sha256, 404, 'ORIGINAL_MISSING');
    expect(await originalState(sha256)).toBe('MISSING');
    await expectThumbnails(sha256);

    await writeFile(file, bytes);
    await expectOriginal(sha256, bytes);
    expect(await originalState(sha256)).toBe('REFERENCED');
  });

  it('never shows another file, whatever is put in its place and whatever its row says', async () => {
    const { id, sha256, bytes, file } = await referredPicture('hostile/one.jpg');
    const secret = path.join(folder, 'secret');
    await writeFile(secret, Buffer.alloc(bytes.length, 'secret'));
    await rm(file);
    await symlink(secret, file);
    await expectNoOriginal(sha256, 404, 'ORIGINAL_MISSING');
    await rm(file);
    await mkdir(file);
    await expectNoOriginal(sha256, 404, 'ORIGINAL_MISSING');
    await rm(file, { recursive: true });

    // The folder becomes a link to one that has a file of this name and size.
    const elsewhere = path.join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(path.join(elsewhere, 'one.jpg'), await readFile(secret));
    await rm(path.dirname(file), { recursive: true });
    await symlink(elsewhere, path.dirname(file));
    await expectNoOriginal(sha256, 410, 'ORIGINAL_CHANGED');

    for (const forged of [secret, '/dev/zero', '/proc/self/environ', '../etc/passwd']) {
      await app.app.database.pool.query(
        "UPDATE image_references SET path = $2, stamp = NULL, state = 'PRESENT' WHERE image_id = $1",
        [id, forged],
      );
      const response = await original(sha256);
      expect([forged, response.status < 400]).toEqual([forged, false]);
      await response.arrayBuffer();
    }
  });

  it('is found again where it was moved to, and stays where it is when there is a copy', async () => {
    const { id, sha256, bytes, file } = await referredPicture('moved/one.jpg');
    const copy = path.join(folder, 'moved/copy.jpg');
    await writeFile(copy, bytes);
    expect(await refer(copy)).toEqual({
      outcome: 'duplicate',
      image: expect.objectContaining({ id }) as unknown,
    });
    expect((await referenceOf(id))?.path).toBe(file);
    await rm(copy);

    const moved = path.join(folder, 'moved/two.jpg');
    await rename(file, moved);
    await expectNoOriginal(sha256, 404, 'ORIGINAL_MISSING');
    expect(await refer(moved)).toMatchObject({ outcome: 'duplicate', image: { id }, hasMoved: true });
    expect(await referenceOf(id)).toMatchObject({ path: moved, state: 'PRESENT' });
    await expectOriginal(sha256, bytes);
  });

  it('stays beside the new image that its changed file is, and both ways back', async () => {
    const first = await referredPicture('changed/one.jpg');
    const bytes = await makePicture(++seed);
    await writeFile(first.file, bytes);
    const added = await refer(first.file);
    expect(added).toMatchObject({ outcome: 'accepted', previousIds: [first.id] });
    const second = imageOf(added);
    await expectOriginal(second.sha256, bytes);
    expect(await originalState(first.sha256)).toBe('CHANGED');
    // Told once.
    expect(await refer(first.file)).not.toHaveProperty('previousIds');

    await writeFile(first.file, first.bytes);
    expect(await refer(first.file)).toMatchObject({
      outcome: 'duplicate',
      image: { id: first.id },
      previousIds: [second.id],
    });
    await expectOriginal(first.sha256, first.bytes);
    expect(await originalState(second.sha256)).toBe('CHANGED');
  });

  it('is kept from when its bytes are handed over: the file may go then', async () => {
    const { id, sha256, bytes, file } = await referredPicture('uploaded/one.jpg');
    const { data } = await app.graphql(
      `mutation ($base64: String!) { addImages(input: { images: [{ source: { base64: $base64 } }] }) {
        results { __typename ... on ImageDuplicate { image { sha256 originalState } } } } }`,
      { base64: bytes.toString('base64') },
    );
    expect(data).toEqual({
      addImages: { results: [{ __typename: 'ImageDuplicate', image: { sha256, originalState: 'KEPT' } }] },
    });
    expect(await referenceOf(id)).toBeUndefined();
    await rm(file);
    await expectOriginal(sha256, bytes);
    // And what is kept is not given up for a reference.
    await writeFile(file, bytes);
    expect(await refer(file)).toMatchObject({ outcome: 'duplicate', image: { id } });
    expect(await originalState(sha256)).toBe('KEPT');
  });

  it('is deleted without its file', async () => {
    const { id, sha256, bytes, file } = await referredPicture('deleted/one.jpg');
    await app.app.images.delete([id]);
    expect(await readFile(file)).toEqual(bytes);
    expect((await original(sha256)).status).toBe(404);
    expect(await referenceOf(id)).toBeUndefined();
    const thumbnails = path.join(app.app.config.dataFolder, 'thumbnails', '320', sha256.slice(0, 2));
    await expect(access(path.join(thumbnails, `${sha256}.webp`))).rejects.toThrow(/ENOENT/);
  });
});
