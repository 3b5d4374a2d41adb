import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FetchPolicy } from '../../../src/images/address-guard.js';
import { fetchUrl } from '../../../src/images/fetch-url.js';
import { RejectedImageError } from '../../../src/images/images.js';
import { startImageServer, type ImageServer } from '../../support/image-server.js';

const BODY = Buffer.from('these bytes stand for an image');
const MAX_BYTES = 100_000;

let server: ImageServer;
let headers: IncomingHttpHeaders = {};
let open = 0;

beforeAll(async () => {
  server = await startImageServer((request, response) => {
    open++;
    response.on('close', () => open--);
    headers = request.headers;
    const url = new URL(request.url ?? '', 'http://server');
    switch (url.pathname) {
      case '/image':
        response.end(BODY);
        break;
      case '/redirect':
        response.writeHead(Number(url.searchParams.get('status') ?? 302), {
          location: url.searchParams.get('to') ?? '/image',
          'set-cookie': 'secret=1',
        });
        response.end('moved');
        break;
      case '/redirects': {
        const left = Number(url.searchParams.get('left'));
        response.writeHead(302, { location: left > 1 ? `/redirects?left=${left - 1}` : '/image' }).end();
        break;
      }
      case '/nowhere':
        response.writeHead(302).end();
        break;
      case '/hangs':
        break;
      case '/hangs-in-body':
        response.writeHead(200).write('the first bytes');
        break;
      case '/endless': {
        const more = () => {
          while (response.write(Buffer.alloc(16_384)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
        break;
      }
      case '/announces-too-much':
        response.writeHead(200, { 'content-length': String(MAX_BYTES + 1) }).flushHeaders();
        break;
      case '/cut-off':
        response.writeHead(200, { 'content-length': '1000' });
        response.write('only a part', () => request.socket.destroy());
        break;
      default:
        response.writeHead(404).end('not here');
    }
  });
});
afterAll(() => server.close());

const LOOPBACK: FetchPolicy = { allowAddress: (address) => address === '127.0.0.1' };

function fetchFrom(
  address: string,
  policy: FetchPolicy = LOOPBACK,
  fetchTimeoutMs = 30_000,
  reserve: (bytes: number) => Promise<void> = () => Promise.resolve(),
) {
  return fetchUrl(address, {
    limits: { imageBytes: MAX_BYTES, imagePixels: 1, imageFrames: 1, bodyBytes: 1, fetchTimeoutMs },
    policy,
    reserve,
  });
}

/** The code and message that an address is refused with, as `CODE: message`. */
async function refusal(address: string, policy?: FetchPolicy, fetchTimeoutMs?: number) {
  try {
    await fetchFrom(address, policy, fetchTimeoutMs);
  } catch (error) {
    if (error instanceof RejectedImageError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('The address was fetched.');
}

describe('an address that answers', () => {
  it('gives its bytes, whatever the content type', async () => {
    expect(await fetchFrom(`${server.url}/image`)).toEqual(BODY);
  });

  it('learns nothing but who asks', async () => {
    await fetchFrom(`${server.url}/redirect`);
    expect(headers['user-agent']).toMatch(/^Pictograph\/\d+\.\d+\.\d+/);
    expect(headers.cookie).toBeUndefined();
    expect(headers.authorization).toBeUndefined();
    expect(headers.referer).toBeUndefined();
  });

  it('may be a name', async () => {
    const resolve = vi.fn(() => Promise.resolve(['127.0.0.1']));
    expect(await fetchFrom(`http://pictures.example:${server.port}/image`, { ...LOOPBACK, resolve })).toEqual(
      BODY,
    );
    expect(headers.host).toBe(`pictures.example:${server.port}`);
  });

  it.each([301, 302, 303, 307, 308])('may redirect with %i', async (status) => {
    expect(await fetchFrom(`${server.url}/redirect?status=${status}`)).toEqual(BODY);
  });

  it('may redirect 5 times and no more', async () => {
    expect(await fetchFrom(`${server.url}/redirects?left=5`)).toEqual(BODY);
    expect(await refusal(`${server.url}/redirects?left=6`)).toMatch(/^URL_FAILED: .*more than 5 times/);
  });

  it('asks for as much memory as the body needs', async () => {
    const reserve = vi.fn((_bytes: number) => Promise.resolve());
    expect(await fetchFrom(`${server.url}/image`, LOOPBACK, 30_000, reserve)).toEqual(BODY);
    expect(reserve).toHaveBeenCalledExactlyOnceWith(BODY.length);
  });
});

describe('an address that is refused', () => {
  it.each([
    ['ftp', 'ftp://example.org/a.jpg', 'ftp:'],
    ['file', 'file:///etc/passwd', 'file:'],
    ['data', 'data:image/png;base64,AAAA', 'data:'],
    ['javascript', 'javascript:alert(1)', 'javascript:'],
    ['no URL', 'example.org/a.jpg', 'not a URL'],
    ['empty', '', 'not a URL'],
    ['a user name', 'http://me@example.org/a.jpg', 'user name'],
    ['a password', 'http://me:secret@example.org/a.jpg', 'user name or password'],
    ['too long', `http://example.org/${'a'.repeat(9000)}`, '8192'],
  ])('%s', async (_, address, message) => {
    const found = await refusal(address, {});
    expect(found).toMatch(/^URL_REFUSED: /);
    expect(found).toContain(message);
    expect(found).toContain('http://');
    expect(found).not.toContain('secret');
  });

  it.each([
    ['loopback', (port: number) => `http://127.0.0.1:${port}/image`],
    ['loopback as one number', (port: number) => `http://2130706433:${port}/image`],
    ['loopback in hexadecimal', (port: number) => `http://0x7f.1:${port}/image`],
    ['loopback in octal', (port: number) => `http://0177.0.0.1:${port}/image`],
    ['loopback, short', (port: number) => `http://127.1:${port}/image`],
    ['this host', (port: number) => `http://0.0.0.0:${port}/image`],
    ['IPv4-mapped loopback', (port: number) => `http://[::ffff:127.0.0.1]:${port}/image`],
    ['IPv6 loopback', (port: number) => `http://[::1]:${port}/image`],
    ['the system’s own name', (port: number) => `http://localhost:${port}/image`],
    ['over TLS', (port: number) => `https://127.0.0.1:${port}/image`],
  ])('%s', async (_, address) => {
    const before = server.requests.length;
    expect(await refusal(address(server.port), {})).toMatch(/^URL_REFUSED: .*not public/);
    expect(server.requests).toHaveLength(before);
  });

  it('a public name with a private address', async () => {
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1']) {
      const resolve = () => Promise.resolve([address]);
      expect(await refusal(`http://pictures.example:${server.port}/image`, { resolve })).toMatch(
        /^URL_REFUSED: /,
      );
    }
  });

  it('a redirect to loopback, by address or by name', async () => {
    // The first address is let through as if it were public; the guard must look at the second for itself.
    const policy: FetchPolicy = {
      allowAddress: (address) => address === '127.0.0.1',
      resolve: (name) => Promise.resolve([name === 'outside.example' ? '127.0.0.1' : '127.0.0.2']),
    };
    const start = `http://outside.example:${server.port}/redirect?to=`;
    for (const target of [
      `http://127.0.0.2:${server.port}/image`,
      `http://inside.example:${server.port}/image`,
      `//inside.example:${server.port}/image`,
      'http://[::1]/image',
      'file:///etc/passwd',
      `http://me:secret@outside.example:${server.port}/image`,
    ]) {
      const before = server.requests.length;
      expect(await refusal(start + encodeURIComponent(target), policy)).toMatch(/^URL_REFUSED: /);
      expect(server.requests.slice(before)).toHaveLength(1);
    }
  });

  it('a name that answers differently the second time', async () => {
    let asked = 0;
    const policy: FetchPolicy = {
      allowAddress: (address) => address === '127.0.0.1',
      // Checked once and looked up again, the second answer would be connected to.
      resolve: () => Promise.resolve([asked++ === 0 ? '127.0.0.1' : '127.0.0.2']),
    };
    const address = `http://rebinding.example:${server.port}/image`;
    expect(await fetchFrom(address, policy)).toEqual(BODY);
    expect(asked).toBe(1);
    expect(await refusal(address, policy)).toMatch(/^URL_REFUSED: /);
  });

  it('connects to the allowed one of several addresses', async () => {
    const policy: FetchPolicy = {
      ...LOOPBACK,
      resolve: () => Promise.resolve(['10.0.0.1', '127.0.0.1', '::1']),
    };
    expect(await fetchFrom(`http://pictures.example:${server.port}/image`, policy)).toEqual(BODY);
  });
});

describe('an address that fails', () => {
  it.each([
    ['a status other than 200', '/missing', 'status 404'],
    ['a redirect to nowhere', '/nowhere', 'status 302'],
    ['a connection that breaks', '/cut-off', 'broke off'],
  ])('%s', async (_, path, message) => {
    const found = await refusal(server.url + path);
    expect(found).toMatch(/^URL_FAILED: /);
    expect(found).toContain(message);
  });

  it.each([
    ['never answers', '/hangs'],
    ['stops in the middle', '/hangs-in-body'],
  ])('a server that %s', async (_, path) => {
    const found = await refusal(server.url + path, LOOPBACK, 150);
    expect(found).toMatch(/^URL_FAILED: .*within 0\.15 seconds/);
  });

  it('a name server that hangs', async () => {
    const policy: FetchPolicy = { ...LOOPBACK, resolve: () => new Promise(() => undefined) };
    expect(await refusal('http://pictures.example/image', policy, 150)).toMatch(
      /^URL_FAILED: .*within 0\.15 seconds/,
    );
  });

  it('a name that does not exist', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    expect(await refusal('http://nowhere.example/a.jpg', { resolve })).toMatch(
      /^URL_FAILED: .*name is not known/,
    );
  });

  it('a port where nobody listens', async () => {
    const closed = await startImageServer(() => undefined);
    await closed.close();
    expect(await refusal(`${closed.url}/image`)).toMatch(/^URL_FAILED: .*refuses connections/);
  });

  it.each(['/endless', '/announces-too-much'])('more bytes than allowed: %s', async (path) => {
    expect(await refusal(server.url + path)).toMatch(/^TOO_LARGE: /);
  });

  it('leaves no connection open', async () => {
    await refusal(`${server.url}/endless`);
    await refusal(`${server.url}/hangs`, LOOPBACK, 100);
    await expect.poll(() => open).toBe(0);
  });
});
