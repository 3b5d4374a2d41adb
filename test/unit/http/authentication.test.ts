import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OperatorError } from '../../../src/errors.js';
import { assertSafeToListen, createAuthentication } from '../../../src/http/authentication.js';
import type { Role } from '../../../src/graphql/roles.js';
import { postGraphql, webSocketClient } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

const READ = 'pk_reading-0123456789';
const WRITE = 'pk_writing-0123456789';
const MUTATION = 'mutation { retryFailedImages { retriedCount } }';
const QUERY = '{ stats { imageCount } }';

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('who may listen', () => {
  it.each([
    ['127.0.0.1', false, 0],
    ['localhost', false, 0],
    ['::1', false, 0],
    ['0.0.0.0', true, 0],
    ['0.0.0.0', false, 1],
  ])('%s, anonymous %s, %i keys', (host, allowAnonymous, keyCount) => {
    expect(() => {
      assertSafeToListen({ host, allowAnonymous }, keyCount);
    }).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'pictures.example'])('not %s without a key', (host) => {
    expect(() => {
      assertSafeToListen({ host, allowAnonymous: false }, 0);
    }).toThrow(OperatorError);
    expect(() => {
      assertSafeToListen({ host, allowAnonymous: false }, 0);
    }).toThrow(/pictograph keys create.*PICTOGRAPH_ALLOW_ANONYMOUS=true/s);
  });

  it('is checked when the server starts', async () => {
    await expect(startFakeServer({ variables: { HOST: '0.0.0.0' } })).rejects.toThrow(
      /there is no API key yet/,
    );
  });
});

describe('looking keys up', () => {
  it('remembers roles and the number of keys for a short while, and forgets failures at once', async () => {
    let now = 0;
    const roleOf = vi.fn((): Promise<Role | undefined> => Promise.resolve('read'));
    const count = vi.fn(() => Promise.resolve(1));
    const authentication = createAuthentication({
      config: { host: '127.0.0.1', allowAnonymous: false },
      keys: { roleOf, count },
      now: () => now,
    });
    const ask = (authorization: string) => authentication.roleOf(authorization);
    const header = `Bearer ${READ}`;
    await Promise.all([ask(header), ask(header)]);
    await ask(header);
    expect(roleOf).toHaveBeenCalledTimes(1);
    expect(roleOf).toHaveBeenCalledWith(createHash('sha256').update(READ).digest());
    now = 5_001;
    roleOf.mockResolvedValue(undefined);
    await expect(ask(header)).rejects.toThrow(/not known/);
    roleOf.mockRejectedValueOnce(new Error('database gone'));
    await expect(ask(`Bearer ${WRITE}`)).rejects.toThrow(/database gone/);
    roleOf.mockResolvedValue('write');
    expect(await ask(`Bearer ${WRITE}`)).toBe('write');
    await authentication.keysInUse();
    await authentication.keysInUse();
    expect(count).toHaveBeenCalledTimes(1);
  });
});

describe('a server without keys', () => {
  it('lets everybody do everything, until the first key is made', async () => {
    const server = await startFakeServer();
    expect((await postGraphql(server.url, MUTATION)).body.errors).toBeUndefined();
    expect((await postGraphql(server.url, QUERY, {}, bearer(READ))).status).toBe(401);
    await server.close();
  });
});

describe('a server with keys', () => {
  let server: FakeServer;
  beforeAll(async () => {
    server = await startFakeServer({ keys: { [READ]: 'read', [WRITE]: 'write' } });
  });
  afterAll(() => server.close());

  it.each([
    ['no key', {}],
    ['an unknown key', bearer('pk_nobody-knows-this-one')],
    ['a password', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a key without scheme', { authorization: READ }],
  ])('refuses %s, before it reads the body', async (_, headers) => {
    const {
      status,
      body,
      headers: answered,
    } = await postGraphql(server.url, QUERY, { x: 'x'.repeat(1000) }, headers);
    expect(status).toBe(401);
    expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
    expect(server.services.calls).toEqual([]);
  });

  it('refuses a GET without a key', async () => {
    const response = await fetch(`${server.url}/graphql?query=%7Bstats%7BimageCount%7D%7D`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('lets the role read query, and write mutate too', async () => {
    expect((await postGraphql(server.url, QUERY, {}, bearer(READ))).body.data).toEqual({
      stats: { imageCount: 5 },
    });
    const forbidden = await postGraphql(server.url, MUTATION, {}, bearer(READ));
    expect(forbidden.body.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/role read.*role write/) as string,
      extensions: { code: 'FORBIDDEN' },
    });
    expect(server.services.calls).not.toContain('images.retryFailed');
    expect((await postGraphql(server.url, MUTATION, {}, bearer(WRITE))).body.errors).toBeUndefined();
  });

  it('serves the IDE, health and pictures without a key, and pictures for private caches', async () => {
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const picture = await fetch(`${server.url}/originals/${'1'.padStart(64, '0')}`);
    expect(picture.status).toBe(200);
    expect(picture.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    await picture.arrayBuffer();
  });

  const overSocket = (params: Record<string, unknown>, headers: Record<string, string>, query: string) =>
    new Promise<unknown>((resolve) => {
      const client = webSocketClient(server.url, params, { headers });
      const settle = (result: unknown) => {
        resolve(result);
        void client.dispose();
      };
      client.subscribe({ query }, { next: settle, error: settle, complete: () => undefined });
    });

  it('asks for the key over WebSocket too: in the header, or in the connectionParams', async () => {
    const answer = { data: { stats: { imageCount: 5 } } };
    expect(await overSocket({}, bearer(READ), QUERY)).toEqual(answer);
    expect(await overSocket(bearer(READ), {}, QUERY)).toEqual(answer);
    expect(await overSocket({ Authorization: `Bearer ${READ}` }, {}, QUERY)).toEqual(answer);
    expect(await overSocket({}, {}, QUERY)).toMatchObject({ code: 4403 });
    expect(await overSocket(bearer('pk_nobody-knows-this-one'), {}, QUERY)).toMatchObject({ code: 4403 });
    expect(await overSocket(bearer(READ), {}, MUTATION)).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });
});
