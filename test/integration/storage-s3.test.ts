import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { S3Config } from '../../src/storage-config.js';
import { OperatorError, RequestError } from '../../src/errors.js';
import { sha256Of } from '../../src/images/content-hash.js';
import { openStorage } from '../../src/images/storage.js';
import { createLogger } from '../../src/log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { addPicture, openCollection, type Collection } from '../support/collection.js';
import { makePicture } from '../support/pictures.js';
import { startS3, type TestS3 } from '../support/s3-server.js';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
});
afterEach(() => {
  s3.before = () => undefined;
});
afterAll(() => s3.close());

const log = createLogger('silent');
let seed = 0;
const freshPicture = () => makePicture(++seed, { width: 400, height: 300 });
const originalKey = (prefix: string, sha256: string) =>
  `${prefix}/originals/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;

describe('a Pictograph that keeps its images in S3', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp(s3.variables('app/of/tests'));
  });
  afterAll(() => app.close());

  const ADD = `mutation ($base64: String!) {
    addImages(input: { images: [{ source: { base64: $base64 } }] }) {
      results { __typename ... on ImageAccepted { image { id url thumbnailUrl(width: 200) } } }
    }
  }`;
  const accepted = z.object({
    addImages: z.object({
      results: z.tuple([
        z.object({ image: z.object({ id: z.string(), url: z.string(), thumbnailUrl: z.string() }) }),
      ]),
    }),
  });
  const add = (bytes: Buffer) => app.graphql(ADD, { base64: bytes.toString('base64') });

  it('adds, embeds, serves and deletes them', async () => {
    const bytes = await freshPicture();
    const sha256 = await sha256Of(bytes);
    const { image } = accepted.parse((await add(bytes)).data).addImages.results[0];
    expect(await s3.keys('app/of/tests/originals')).toEqual([originalKey('app/of/tests', sha256)]);

    const whole = await fetch(image.url);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('etag')).toBe(`"${sha256}"`);
    expect(whole.headers.get('content-length')).toBe(String(bytes.length));
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(image.url, { headers: { range: 'bytes=-5' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes ${bytes.length - 5}-${bytes.length - 1}/${bytes.length}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-5))).toBe(true);
    const same = await fetch(image.url, {
      headers: { 'if-none-match': `"${sha256}"`, 'cache-control': 'max-age=0' },
    });
    expect(same.status).toBe(304);

    for (const [accept, format] of [
      ['*/*', 'webp'],
      ['image/jpeg', 'jpeg'],
    ] as const) {
      const thumbnail = await fetch(image.thumbnailUrl, { headers: { accept } });
      expect(thumbnail.headers.get('content-type')).toBe(`image/${format}`);
      expect(await sharp(await thumbnail.arrayBuffer()).metadata()).toMatchObject({ format, width: 240 });
    }
    await expect
      .poll(async () => (await app.graphql('{ images { nodes { status } } }')).data)
      .toEqual({ images: { nodes: [{ status: 'READY' }] } });
    expect((await s3.keys('app/of/tests/thumbnails')).map((key) => key.replace(sha256, ''))).toEqual([
      `app/of/tests/thumbnails/240/${sha256.slice(0, 2)}/.jpg`,
      `app/of/tests/thumbnails/240/${sha256.slice(0, 2)}/.webp`,
      `app/of/tests/thumbnails/320/${sha256.slice(0, 2)}/.webp`,
    ]);

    await app.graphql('mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }', { id: image.id });
    expect(await s3.keys('app/of/tests')).toEqual([]);
    expect((await fetch(image.url)).status).toBe(404);
  });

  it('acknowledges nothing while the storage is down, says so, and goes on when it is back', async () => {
    const bytes = await freshPicture();
    const kept = accepted.parse((await add(await freshPicture())).data).addImages.results[0].image;
    await s3.stop();
    const { errors } = await add(bytes);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    expect(errors?.[0]?.message).toMatch(/storage of images does not answer.*Try again later/);
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|pictures/);
    expect((await app.graphql('{ images { totalCount } }')).data).toEqual({ images: { totalCount: 1 } });
    for (const url of [kept.url, kept.thumbnailUrl]) {
      const response = await fetch(url);
      expect(response.status).toBe(503);
      expect(response.headers.get('cache-control')).toBe('no-store');
      await response.arrayBuffer();
    }
    await s3.start();
    expect(accepted.safeParse((await add(bytes)).data).success).toBe(true);
    expect((await fetch(kept.url)).status).toBe(200);
  });
});

describe('the storage in S3', () => {
  let collection: Collection;
  const PREFIX = 'collection';
  beforeAll(async () => {
    collection = await openCollection({ storage: s3.config(PREFIX, { timeoutMs: 400 }) });
  });
  afterAll(() => collection.drop());
  const base64 = (bytes: Buffer) => ({ kind: 'base64', base64: bytes.toString('base64') }) as const;

  it('puts the object there before the answer, whoever removed it in between', async () => {
    const bytes = await freshPicture();
    const sha256 = await sha256Of(bytes);
    const staged = await collection.storage.originals.stage(sha256, bytes, 'image/jpeg');
    await collection.storage.remove([sha256]);
    await staged.place();
    expect(await collection.storage.originals.read(sha256)).toEqual(bytes);
  });

  it('has parts of objects, and says which are missing', async () => {
    const { originals } = collection.storage;
    const bytes = await freshPicture();
    const { sha256 } = await addPicture(collection.images, bytes);
    const part = await originals.open(sha256, { start: 3, end: 9 });
    expect(part && (await buffer(part))).toEqual(bytes.subarray(3, 10));
    expect(await originals.isWhole(sha256, bytes.length)).toBe(true);
    const other = createHash('sha256').update('nothing').digest('hex');
    expect(await originals.isWhole(other, 1)).toBe(false);
    expect(await originals.read(other)).toBeUndefined();
    expect(await originals.open(other)).toBeUndefined();
  });

  it('lists page by page', async () => {
    // The test server has no pages of its own that work on this Node.
    const hash = (digit: string) => `ab${digit.repeat(62)}`;
    const page = (digit: string, next: string) =>
      `<ListBucketResult><IsTruncated>${String(next !== '')}</IsTruncated>${next}<Contents><Key>${originalKey(PREFIX, hash(digit))}</Key>
        <Size>7</Size><LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>`;
    const asked: string[] = [];
    s3.before = ({ querystring }) => {
      const query = new URLSearchParams(querystring);
      asked.push(`${query.get('prefix') ?? ''} ${query.get('continuation-token') ?? ''}`);
      return query.has('continuation-token')
        ? page('2', '')
        : page('1', '<NextContinuationToken>more</NextContinuationToken>');
    };
    const listed = [];
    for await (const original of collection.storage.originals.list('ab')) listed.push(original);
    expect(listed).toEqual(
      ['1', '2'].map((digit) => ({ sha256: hash(digit), size: 7, modifiedAt: new Date('2026-10-01') })),
    );
    expect(asked).toEqual([`${PREFIX}/originals/ab/ `, `${PREFIX}/originals/ab/ more`]);
  });

  it('lists and removes what there is', async () => {
    const storage = await openStorage(s3.config('listed'), log);
    const names = Array.from({ length: 30 }, (_, index) => `ab${index.toString(16).padStart(62, '0')}`);
    await Promise.all(names.map((name) => storage.originals.stage(name, Buffer.from('x'), 'image/png')));
    const listed = [];
    for await (const { sha256, size } of storage.originals.list('ab')) listed.push(`${sha256} ${size}`);
    expect(listed.sort()).toEqual(names.map((name) => `${name} 1`));
    for await (const original of storage.originals.list('ac')) expect(original).toBeUndefined();
    await storage.remove(names);
    expect(await s3.keys('listed')).toEqual([]);
    storage.close();
  });

  it('fails an image whose object is missing, with what to do', async () => {
    const { id, sha256 } = await addPicture(collection.images, await freshPicture());
    await collection.storage.remove([sha256]);
    await collection.process({ imageId: id }, 1, false);
    const image = (await collection.images.byIds([id])).get(id);
    expect(image).toMatchObject({ status: 'FAILED', failureCode: 'ORIGINAL_MISSING' });
    expect(image?.failureMessage).toMatch(/Add the same file again/);
  });

  it('gives up a request that gets no answer, tried three times, and acknowledges nothing', async () => {
    const bytes = await freshPicture();
    let asked = 0;
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    s3.before = async ({ method, path }) => {
      if (method !== 'PUT') return;
      if (path.includes('/originals/')) asked++;
      await released;
    };
    await expect(collection.images.add(base64(bytes), {})).rejects.toThrow(RequestError);
    release?.();
    expect(asked).toBe(3);
    const { rows } = await collection.database.pool.query(
      "SELECT FROM images WHERE sha256 = decode($1, 'hex')",
      [await sha256Of(bytes)],
    );
    expect(rows).toHaveLength(0);
  });

  it('gets over an error of the moment', async () => {
    let failed = 0;
    s3.before = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/originals/') && failed++ < 2)
        throw new Error('the server stumbles');
    };
    await addPicture(collection.images, await freshPicture());
    expect(failed).toBe(3);
  });

  it('leaves a job to be tried again while it does not answer', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    s3.before = () => {
      throw new Error('the server is ill');
    };
    await expect(collection.process({ imageId: id }, 1, false)).rejects.toThrow(RequestError);
    s3.before = () => undefined;
    await collection.process({ imageId: id }, 2, false);
    expect((await collection.images.byIds([id])).get(id)).toMatchObject({ status: 'READY' });
  });
});

describe('a start with a bucket that cannot be used', () => {
  async function refusal(changes: Partial<S3Config>): Promise<string> {
    const opening = openStorage(s3.config('start', { timeoutMs: 500, ...changes }), log);
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperatorError);
    return error instanceof OperatorError ? error.message : '';
  }

  it('says what to check when nobody is there', async () => {
    expect(await refusal({ endpoint: 'http://127.0.0.1:9' })).toMatch(
      /s3:\/\/pictures\/start\/ at http:\/\/127\.0\.0\.1:9 .*cannot be reached \(ECONNREFUSED\): check S3_ENDPOINT/,
    );
  });

  it('says what to check when the answer does not come', async () => {
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    s3.before = () => released;
    expect(await refusal({ timeoutMs: 100 })).toMatch(/cannot be reached.*check S3_ENDPOINT/);
    release?.();
  });

  it('says that there is no such bucket', async () => {
    expect(await refusal({ bucket: 'elsewhere' })).toMatch(
      /no bucket elsewhere: create it, or correct STORAGE_URL/,
    );
  });

  it('says that the credentials are refused, and never repeats them', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'open-sesame' };
    const message = await refusal({ credentials });
    expect(message).toMatch(/refused the credentials.*S3_ACCESS_KEY_ID.*s3:PutObject/);
    expect(message).not.toMatch(/nobody|sesame/);
  });
});
