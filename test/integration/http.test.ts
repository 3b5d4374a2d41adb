import { createHash, randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApiKey, deleteApiKey } from '../../src/db/api-keys.js';
import { startServer } from '../../src/http/server.js';
import { createLogger } from '../../src/log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { postGraphql } from '../support/graphql-client.js';
import { makePicture } from '../support/pictures.js';

let app: TestApp;
let bytes: Buffer;
let image: { id: string; url: string; thumbnailUrl: string; sha256: string };

beforeAll(async () => {
  app = await startTestApp();
  bytes = await makePicture(1, { width: 400, height: 300, format: 'jpeg' });
  const { data } = await app.graphql(
    `mutation ($base64: String!) {
      addImages(input: { images: [{ source: { base64: $base64 } }] }) {
        results { ... on ImageAccepted { image { id sha256 url thumbnailUrl(width: 1000) } } }
      }
    }`,
    { base64: bytes.toString('base64') },
  );
  const text = z.string();
  const parsed = z
    .object({
      addImages: z.object({
        results: z.tuple([
          z.object({ image: z.object({ id: text, url: text, thumbnailUrl: text, sha256: text }) }),
        ]),
      }),
    })
    .parse(data);
  image = parsed.addImages.results[0].image;
});
afterAll(() => app.close());

describe('pictures', () => {
  it('are served as they came, under the hash of their content', async () => {
    const response = await fetch(image.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const served = Buffer.from(await response.arrayBuffer());
    expect(served.equals(bytes)).toBe(true);
    expect(createHash('sha256').update(served).digest('hex')).toBe(image.sha256);
    expect(response.headers.get('etag')).toBe(`"${image.sha256}"`);
    const part = await fetch(image.url, { headers: { range: 'bytes=-5' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-5))).toBe(true);
  });

  it('have WebP thumbnails, never larger than the original', async () => {
    expect(image.thumbnailUrl).toMatch(/\/thumbnails\/1280\//);
    const widths = [];
    for (const width of [160, 320, 1280]) {
      const response = await fetch(image.thumbnailUrl.replace('/1280/', `/${width}/`));
      expect(response.headers.get('content-type')).toBe('image/webp');
      const { format, width: actual } = await sharp(await response.arrayBuffer()).metadata();
      expect(format).toBe('webp');
      widths.push(actual);
    }
    expect(widths).toEqual([160, 320, 400]);
  });

  it('are gone when the image is deleted', async () => {
    const other = await makePicture(2);
    const sha256 = createHash('sha256').update(other).digest('hex');
    const { data } = await app.graphql(
      'mutation ($base64: String!) { addImages(input: { images: [{ source: { base64: $base64 } }] }) { results { ... on ImageAccepted { image { id } } } } }',
      { base64: other.toString('base64') },
    );
    const id = /"id":"([^"]+)"/.exec(JSON.stringify(data))?.[1];
    expect((await fetch(`${app.url}/originals/${sha256}`)).status).toBe(200);
    await app.graphql('mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }', { id });
    expect((await fetch(`${app.url}/originals/${sha256}`)).status).toBe(404);
    expect((await fetch(`${app.url}/thumbnails/160/${sha256}.webp`)).status).toBe(404);
  });
});

describe('an upload that is cut off', () => {
  it('is a result that says so; the whole file before it is accepted, and nothing else is kept', async () => {
    const boundary = 'b0undary';
    const whole = await makePicture(3);
    const cut = await makePicture(4);
    const field = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const file = (name: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.jpg"\r\n\r\n`;
    const query = `mutation ($a: Upload!, $b: Upload!) {
      addImages(input: { images: [{ source: { upload: $a } }, { source: { upload: $b } }] }) {
        results { __typename ... on ImageAccepted { image { filename byteSize } } ... on ImageRejected { code message } }
      }
    }`;
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'apollo-require-preflight': 'true',
      },
      body: Buffer.concat([
        Buffer.from(field('operations', JSON.stringify({ query, variables: { a: null, b: null } }))),
        Buffer.from(field('map', '{"a":["variables.a"],"b":["variables.b"]}')),
        Buffer.from(file('a')),
        whole,
        Buffer.from(`\r\n${file('b')}`),
        cut.subarray(0, cut.length / 2),
      ]),
    });
    expect(await response.json()).toMatchObject({
      data: {
        addImages: {
          results: [
            { __typename: 'ImageAccepted', image: { filename: 'a.jpg', byteSize: whole.length } },
            { __typename: 'ImageRejected', code: 'UPLOAD_INCOMPLETE' },
          ],
        },
      },
    });
    expect((await app.graphql('{ stats { imageCount } }')).data).toEqual({ stats: { imageCount: 2 } });
  });
});

describe('health', () => {
  it('is ready when database and encoder are', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ok', checks: { database: 'ok', encoder: 'ok', search: 'ok' } },
    ]);
  });
});

describe('API keys', () => {
  it('lock an open server as soon as there is one, and open it again when the last is gone', async () => {
    const key = `pk_${randomBytes(32).toString('base64url')}`;
    const sha256 = createHash('sha256').update(key).digest();
    const query = '{ stats { imageCount } }';
    const status = async (headers: Record<string, string> = {}) =>
      (await postGraphql(app.url, query, {}, headers)).status;
    expect(await status()).toBe(200);

    await createApiKey(app.app.database, { name: 'front end', role: 'read', sha256 });
    await expect.poll(() => status(), { timeout: 15_000, interval: 250 }).toBe(401);
    const authorization = `Bearer ${key}`;
    expect(await status({ authorization })).toBe(200);
    const { body } = await postGraphql(
      app.url,
      'mutation { retryFailedImages { retriedCount } }',
      {},
      { authorization },
    );
    expect(body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');

    await deleteApiKey(app.app.database, 'front end');
    await expect.poll(() => status(), { timeout: 15_000, interval: 250 }).toBe(200);
    await expect.poll(() => status({ authorization }), { timeout: 15_000, interval: 250 }).toBe(401);
  });

  it('are asked for before a server opens itself to a network', async () => {
    const { config, database, encoder } = app.app;
    const start = startServer({
      config: { ...config, host: '0.0.0.0' },
      services: app.app,
      database,
      encoder,
      log: createLogger('silent'),
    });
    await expect(start).rejects.toThrow(
      /no API key yet.*pictograph keys create.*PICTOGRAPH_ALLOW_ANONYMOUS=true/s,
    );
  });
});
