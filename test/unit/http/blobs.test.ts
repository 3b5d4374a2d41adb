import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { THUMBNAIL_WIDTHS } from '../../../src/images/images.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

const sha256 = '1'.padStart(64, '0');
let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer();
});
afterAll(() => server.close());

const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

describe('originals', () => {
  it('come with headers that let them be kept for ever and do no harm', async () => {
    const response = await get(`/originals/${sha256}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('0123456789');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '10',
      'content-disposition': 'inline; filename="0000000000000000.png"',
      etag: `"${sha256}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'accept-ranges': 'bytes',
    });
  });

  it('answer HEAD, conditional and range requests', async () => {
    const head = await get(`/originals/${sha256}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    const same = await get(`/originals/${sha256}`, {
      headers: { 'if-none-match': `"${sha256}"`, 'cache-control': 'max-age=0' },
    });
    expect([same.status, await same.text()]).toEqual([304, '']);
    const part = await get(`/originals/${sha256}`, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    const beyond = await get(`/originals/${sha256}`, { headers: { range: 'bytes=20-30' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await beyond.json()).toHaveProperty('error.code', 'BAD_REQUEST');
    const several = await get(`/originals/${sha256}`, { headers: { range: 'bytes=0-1,5-6' } });
    expect([several.status, await several.text()]).toEqual([200, '0123456789']);
  });

  it.each([
    [`"${sha256}"`, 206],
    ['"another"', 200],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 200],
  ])('answer a range on the condition If-Range: %s with %i', async (condition, status) => {
    const response = await get(`/originals/${sha256}`, {
      headers: { range: 'bytes=2-4', 'if-range': condition },
    });
    expect([response.status, await response.text()]).toEqual([status, status === 206 ? '234' : '0123456789']);
  });

  it.each([
    `/originals/${'9'.padStart(64, '0')}`,
    '/originals/short',
    `/originals/${sha256.slice(1)}G`,
    `/originals/..%2f..%2f..%2fetc%2fpasswd`,
    '/originals/',
    `/thumbnails/320/${'9'.padStart(64, '0')}.webp`,
    `/thumbnails/321/${sha256}.webp`,
    `/thumbnails/320/${sha256}.png`,
    `/thumbnails/320/..%2f${sha256}.webp`,
    `/thumbnails/0320/${sha256}.webp`,
  ])('%s is not there', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
    expect(await response.json()).toHaveProperty('error.code', 'NOT_FOUND');
  });

  it('whose file is missing are not there', async () => {
    const { images } = server.services;
    const original = images.original.bind(images);
    Object.assign(images, {
      original: () =>
        Promise.resolve({ mediaType: 'image/png', size: 10, open: () => Promise.resolve(undefined) }),
    });
    const response = await get(`/originals/${sha256}`);
    Object.assign(images, { original });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(response.headers.get('etag')).toBeNull();
  });
});

describe('thumbnails', () => {
  it.each(THUMBNAIL_WIDTHS)('exist in the width %i', async (width) => {
    const response = await get(`/thumbnails/${width}/${sha256}.webp`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(response.headers.get('etag')).toBe(`"${sha256}-${width}"`);
    await response.arrayBuffer();
  });

  it.each([
    [undefined, 'webp'],
    ['*/*', 'webp'],
    ['image/avif,image/webp,image/apng,image/*,*/*;q=0.8', 'webp'],
    ['image/jpeg, image/webp;q=0.1', 'webp'],
    ['image/png,image/jpeg;q=0.9', 'jpeg'],
    ['image/webp;q=0,*/*', 'jpeg'],
    ['text/html', 'jpeg'],
  ])('without an ending are what the client takes: Accept %s gives %s', async (accept, format) => {
    const response = await get(
      `/thumbnails/320/${sha256}`,
      accept === undefined ? {} : { headers: { accept } },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(`image/${format}`);
    expect(response.headers.get('vary')).toMatch(/\bAccept\b/);
    expect(response.headers.get('etag')).toBe(`"${sha256}-320${format === 'webp' ? '' : '-jpeg'}"`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    await response.arrayBuffer();
  });

  it('with an ending are what it says, whatever the client takes', async () => {
    for (const [ending, type, accept] of [
      ['jpg', 'image/jpeg', 'image/webp'],
      ['webp', 'image/webp', 'image/jpeg'],
    ] as const) {
      const response = await get(`/thumbnails/320/${sha256}.${ending}`, { headers: { accept } });
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('vary') ?? '').not.toMatch(/\bAccept\b/);
      expect(response.headers.get('content-disposition')).toMatch(new RegExp(`-320\\.${ending}"$`));
      await response.arrayBuffer();
    }
  });

  it('of other widths are refused with the widths that there are', async () => {
    const response = await get(`/thumbnails/100000/${sha256}`);
    expect(response.status).toBe(404);
    expect(await response.text()).toMatch(/80, 160, 240, 320, 480, 640, 960, 1280, 1920/);
  });

  it('answer conditional and range requests', async () => {
    const headers = { 'if-none-match': `"${sha256}-320"`, 'cache-control': 'max-age=0' };
    expect((await get(`/thumbnails/320/${sha256}`, { headers })).status).toBe(304);
    const other = await get(`/thumbnails/320/${sha256}`, { headers: { ...headers, accept: 'image/jpeg' } });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
    const part = await get(`/thumbnails/320/${sha256}`, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
  });

  it('that cannot be made leave no details in the answer', async () => {
    server.services.failures.set('images.thumbnail', new Error('VipsJpeg: /secret/path is broken'));
    const response = await get(`/thumbnails/320/${sha256}.webp`);
    server.services.failures.clear();
    expect(response.status).toBe(500);
    const body = (await response.json()) as { error: { code: string; message: string; errorId: string } };
    expect(body.error.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(body)).not.toMatch(/secret/);
    expect(server.log.join('')).toMatch(new RegExp(`secret.*${body.error.errorId}`));
  });
});
