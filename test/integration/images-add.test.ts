import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/images/content-hash.js';
import type { ByteSource } from '../../src/images/images.js';
import {
  addPicture,
  describeResult,
  openCollection,
  TEST_LIMITS,
  type Collection,
} from '../support/collection.js';
import { startImageServer, type ImageServer } from '../support/image-server.js';
import { makePicture, makePngBomb, PICTURE_FORMATS } from '../support/pictures.js';

let collection: Collection;
let server: ImageServer;
let seed = 0;
/** A picture that no other test has. */
const freshPicture = (options?: Parameters<typeof makePicture>[1]) => makePicture(++seed, options);

const base64 = (bytes: Buffer): ByteSource => ({ kind: 'base64', base64: bytes.toString('base64') });
const upload = (stream: Readable, filename?: string): ByteSource => ({
  kind: 'stream',
  filename,
  open: () => Promise.resolve(stream),
});

beforeAll(async () => {
  collection = await openCollection({
    fetchPolicy: { allowAddress: (address) => address === '127.0.0.1' },
    uploadIdleMs: 200,
  });
  const picture = await makePicture(1_000_000);
  server = await startImageServer((request, response) => {
    if (request.url?.includes('.jpg') === true) response.end(picture);
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await server.close();
  await collection.drop();
});

async function originalsOnDisk(): Promise<string[]> {
  const entries = await readdir(path.join(collection.dataFolder, 'originals'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('a picture that is added', () => {
  it.each(PICTURE_FORMATS)('as %s is stored, described and queued', async (format) => {
    const bytes = await freshPicture({ format, width: 60, height: 40 });
    const { images } = collection;
    const result = await images.add(base64(bytes), {
      filename: `folder/Picture.${format}`,
      title: 'A title',
      tags: [' b ', 'a', 'b'],
      metadata: { camera: 'X100', nested: { list: [1, null, 'ž'] } },
    });
    const sha256 = await sha256Of(bytes);
    if (result.outcome !== 'accepted') throw new Error(describeResult(result));
    expect(result.image).toMatchObject({
      sha256,
      mediaType: `image/${format}`,
      width: 60,
      height: 40,
      byteSize: bytes.length,
      filename: `Picture.${format}`,
      title: 'A title',
      tags: ['a', 'b'],
      metadata: { camera: 'X100', nested: { list: [1, null, 'ž'] } },
      status: 'PENDING',
      failureCode: null,
      attempts: 0,
    });
    const original = await images.original(sha256);
    expect(original?.mediaType).toBe(`image/${format}`);
    const stream = await original?.open();
    expect(stream && (await buffer(stream))).toEqual(bytes);
    expect(await images.byIds([result.image.id])).toEqual(new Map([[result.image.id, result.image]]));
    const jobs = await collection.jobs();
    expect(jobs.at(-1)).toMatchObject({ task: 'process_image', attempts: 0, max_attempts: 3 });
  });

  it('has the sides that people see', async () => {
    const bytes = await freshPicture({ width: 60, height: 40, orientation: 6 });
    expect(await addPicture(collection.images, bytes)).toMatchObject({ width: 40, height: 60 });
  });

  it('needs no details', async () => {
    expect(await addPicture(collection.images, await freshPicture())).toMatchObject({
      filename: null,
      title: null,
      tags: [],
      metadata: {},
    });
  });

  it('comes from a URL, and is named by it', async () => {
    const url = `${server.url}/folder/red%20car.jpg?size=large`;
    const result = await collection.images.add({ kind: 'url', url }, {});
    expect(result).toMatchObject({ outcome: 'accepted', image: { filename: 'red car.jpg' } });
  });

  it('comes from an upload, in pieces, and is named by it', async () => {
    const bytes = await freshPicture({ width: 300, height: 300, format: 'png' });
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, index) =>
      bytes.subarray(index * 1000, (index + 1) * 1000),
    );
    const result = await collection.images.add(upload(Readable.from(pieces), 'C:\\Photos\\holiday.png'), {});
    expect(result).toMatchObject({
      outcome: 'accepted',
      image: { filename: 'holiday.png', byteSize: bytes.length },
    });
  });

  it('comes from a file, also through a link, and is named by it', async () => {
    const folder = path.join(collection.dataFolder, 'to-ingest');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'photo.jpg'), await freshPicture());
    await symlink(path.join(folder, 'photo.jpg'), path.join(folder, 'link.jpg'));
    const add = (name: string) => collection.images.add({ kind: 'file', path: path.join(folder, name) }, {});
    expect(await add('photo.jpg')).toMatchObject({ outcome: 'accepted', image: { filename: 'photo.jpg' } });
    expect(await add('link.jpg')).toMatchObject({ outcome: 'duplicate', image: { filename: 'photo.jpg' } });
  });

  it('is named as told, or not at all, rather than by its source', async () => {
    const add = async (filename: string | null) =>
      collection.images.add(upload(Readable.from([await freshPicture()]), 'source.jpg'), { filename });
    expect(await add('told.jpg')).toMatchObject({ image: { filename: 'told.jpg' } });
    expect(await add(null)).toMatchObject({ image: { filename: null } });
  });
});

describe('the same bytes again', () => {
  it('are one image, and change nothing', async () => {
    const bytes = await freshPicture();
    const first = await addPicture(collection.images, bytes, { title: 'first', tags: ['a'] });
    const jobs = await collection.jobs();
    const again = await collection.images.add(base64(bytes), { title: 'second', filename: 'again.jpg' });
    expect(again).toEqual({ outcome: 'duplicate', image: first });
    expect(await collection.jobs()).toEqual(jobs);
  });

  it('are one image however many add them at the same moment', async () => {
    const bytes = await freshPicture();
    const adders = [collection.images, collection.another(), collection.another()];
    const before = await collection.jobs();
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (adders[index % 3] ?? collection.images).add(base64(bytes), {}),
      ),
    );
    const outcomes = results.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual(['accepted', ...Array<string>(11).fill('duplicate')]);
    const ids = results.map((result) => (result.outcome === 'rejected' ? undefined : result.image.id));
    expect(new Set(ids).size).toBe(1);
    expect((await collection.jobs()).length).toBe(before.length + 1);
  });

  it('put back an original that was lost or damaged', async () => {
    const bytes = await freshPicture();
    const image = await addPicture(collection.images, bytes);
    const file = collection.originalPath(image.sha256);
    for (const damage of [() => rm(file), () => writeFile(file, bytes.subarray(0, 100))]) {
      await damage();
      expect(await collection.images.add(base64(bytes), {})).toEqual({ outcome: 'duplicate', image });
      expect(await readFile(file)).toEqual(bytes);
    }
  });

  it('try a FAILED image again', async () => {
    const bytes = await freshPicture();
    const { id, sha256 } = await addPicture(collection.images, bytes);
    await rm(collection.originalPath(sha256));
    await collection.process({ imageId: id }, 1, false);
    expect((await collection.images.byIds([id])).get(id)).toMatchObject({ failureCode: 'ORIGINAL_MISSING' });
    await collection.database.pool.query(
      'SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs',
    );

    const again = await collection.images.add(base64(bytes), {});
    expect(again).toMatchObject({
      outcome: 'duplicate',
      image: { id, status: 'PENDING', failureCode: null, failureMessage: null, attempts: 0 },
    });
    expect(await collection.jobs()).toHaveLength(1);
    await collection.process({ imageId: id }, 1, false);
    expect((await collection.images.byIds([id])).get(id)).toMatchObject({ status: 'READY' });
  });
});

describe('a source that is refused', () => {
  let picture: Buffer;
  beforeAll(async () => {
    picture = await freshPicture({ width: 300, height: 200 });
  });

  it.each<[string, () => ByteSource, RegExp]>([
    ['no bytes', () => base64(Buffer.alloc(0)), /^EMPTY: .*no bytes/],
    [
      'a text',
      () => base64(Buffer.from('a text named .jpg')),
      /^UNSUPPORTED: .*JPEG, PNG, WebP, AVIF, GIF and TIFF/,
    ],
    ['an SVG', () => base64(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), /^UNSUPPORTED: SVG/],
    ['a truncated JPEG', () => base64(picture.subarray(0, 5000)), /^UNREADABLE: .*cut off/],
    [
      'a PNG bomb',
      () => base64(makePngBomb(30_000, 30_000)),
      /^TOO_LARGE: .*30000 × 30000.*at most 1 megapixels/,
    ],
    ['too many bytes', () => base64(Buffer.alloc(TEST_LIMITS.imageBytes + 1)), /^TOO_LARGE: .*1 MiB/],
    ['malformed base64', () => ({ kind: 'base64', base64: 'not base64!' }), /^INVALID_INPUT: .*base64/],
    [
      'an address of this machine',
      () => ({ kind: 'url', url: 'http://[::1]:1/a.jpg' }),
      /^URL_REFUSED: .*not public/,
    ],
    ['a file: address', () => ({ kind: 'url', url: 'file:///etc/passwd' }), /^URL_REFUSED: .*http/],
    [
      'an address that is not there',
      () => ({ kind: 'url', url: `${server.url}/missing` }),
      /^URL_FAILED: .*404/,
    ],
    [
      'a file that is not there',
      () => ({ kind: 'file', path: '/no/such/file.jpg' }),
      /^INVALID_INPUT: .*ENOENT/,
    ],
    ['a folder', () => ({ kind: 'file', path: collection.dataFolder }), /^INVALID_INPUT: .*folder/],
    ['a device', () => ({ kind: 'file', path: '/dev/zero' }), /^INVALID_INPUT: .*no regular file/],
    ['an empty upload', () => upload(Readable.from([])), /^EMPTY: /],
    [
      'an endless upload',
      () =>
        upload(
          Readable.from(
            (function* () {
              for (;;) yield Buffer.alloc(65_536);
            })(),
          ),
        ),
      /^TOO_LARGE: /,
    ],
    [
      'an upload whose request broke off before it',
      () => ({
        kind: 'stream',
        filename: 'a.jpg',
        open: () => Promise.reject(new Error('Request disconnected')),
      }),
      /^UPLOAD_INCOMPLETE: .*send it again/,
    ],
    [
      'an upload that breaks off in its middle',
      () => {
        const stream = new PassThrough();
        stream.write(picture.subarray(0, 1000));
        setImmediate(() =>
          stream.destroy(new Error('Request disconnected during file upload stream parsing.')),
        );
        return upload(stream);
      },
      /^UPLOAD_INCOMPLETE: /,
    ],
    [
      'an upload that broke off before it was read',
      () => {
        const stream = new PassThrough();
        stream.on('error', () => undefined);
        stream.destroy(new Error('Request disconnected'));
        return upload(stream);
      },
      /^UPLOAD_INCOMPLETE: /,
    ],
    [
      'an upload that stops coming',
      () => {
        const stream = new PassThrough();
        stream.write(picture.subarray(0, 1000));
        return upload(stream);
      },
      /^UPLOAD_INCOMPLETE: /,
    ],
  ])('%s: nothing is stored, and the reason is said', async (_, source, expected) => {
    const files = await originalsOnDisk();
    const count = await collection.images.count({});
    expect(describeResult(await collection.images.add(source(), {}))).toMatch(expected);
    expect(await originalsOnDisk()).toEqual(files);
    expect(await collection.images.count({})).toBe(count);
  });

  it.each([
    ['title', { title: 'x'.repeat(1001) }],
    ['tags', { tags: [''] }],
    ['metadata', { metadata: { a: '\0' } }],
    ['file name', { filename: 'x'.repeat(256) }],
  ])('a %s that breaks a rule, before the source is read', async (_, details) => {
    const source: ByteSource = {
      kind: 'stream',
      filename: undefined,
      open: () => Promise.reject(new Error('must not be opened')),
    };
    expect(describeResult(await collection.images.add(source, details))).toMatch(/^INVALID_INPUT: /);
  });

  it('never stops the others of a batch', async () => {
    const good = await Promise.all([freshPicture(), freshPicture(), freshPicture()]);
    const results = await Promise.all(
      [
        base64(good[0]),
        base64(Buffer.from('text')),
        base64(good[1]),
        { kind: 'url', url: `${server.url}/missing` } as const,
        base64(makePngBomb(30_000, 30_000)),
        base64(good[2]),
      ].map((source) => collection.images.add(source, {})),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'rejected',
      'accepted',
      'rejected',
      'rejected',
      'accepted',
    ]);
  });
});

describe('reading without storing', () => {
  it('gives the bytes of what would be accepted', async () => {
    const bytes = await freshPicture();
    const count = await collection.images.count({});
    expect(Buffer.from(await collection.images.read(base64(bytes)))).toEqual(bytes);
    expect(await collection.images.count({})).toBe(count);
  });

  it('refuses what would be rejected', async () => {
    await expect(collection.images.read(base64(Buffer.from('text')))).rejects.toMatchObject({
      name: 'RejectedImageError',
      code: 'UNSUPPORTED',
    });
    await expect(collection.images.read({ kind: 'url', url: 'http://127.0.0.2/' })).rejects.toMatchObject({
      code: 'URL_REFUSED',
    });
  });
});

it('gives memory back after every kind of failure, so that more sources than fit at once all come through', async () => {
  // The budget holds four of the largest; each of these waits for one of them.
  const results = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      if (index % 4 === 0) return collection.images.add(upload(Readable.from([Buffer.from('text')])), {});
      if (index % 4 === 1) {
        const stream = new PassThrough();
        setImmediate(() => stream.destroy(new Error('broken')));
        return collection.images.add(upload(stream), {});
      }
      return collection.images.add(upload(Readable.from([await freshPicture()])), {});
    }),
  );
  expect(results.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(20);
  expect(results.filter(({ outcome }) => outcome === 'rejected')).toHaveLength(20);
});

it('keeps neither row nor job when the database fails, and takes the same file once it works again', async () => {
  const bytes = await freshPicture();
  const jobs = await collection.jobs();
  const broken = collection.another({
    database: {
      ...collection.database,
      transaction: (work) =>
        collection.database.transaction(async (client) => {
          await work(client);
          throw new Error('the connection broke before COMMIT');
        }),
    },
  });
  await expect(broken.add(base64(bytes), {})).rejects.toThrow('before COMMIT');
  expect(await collection.images.original(await sha256Of(bytes))).toBeUndefined();
  expect(await collection.jobs()).toEqual(jobs);
  expect(await collection.images.add(base64(bytes), {})).toMatchObject({ outcome: 'accepted' });
});

it('leaves no temporary file behind', async () => {
  expect(await readdir(path.join(collection.dataFolder, 'originals', '.staging'))).toEqual([]);
});
