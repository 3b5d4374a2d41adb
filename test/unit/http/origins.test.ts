import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketUrl } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

const MUTATION = 'mutation { retryFailedImages { retriedCount } }';
const FRONT_END = 'http://front.example:5173';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer({ variables: { CORS_ORIGINS: FRONT_END } });
});
afterAll(() => server.close());
beforeEach(() => {
  server.services.calls.length = 0;
});

/** fetch cannot send a Host header of one's own. */
function send(
  url: string,
  headers: Record<string, string>,
  options: { method?: string; body?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: options.method ?? 'GET', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

/** Resolves with the status of a refusal, or with 101. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

describe('cross-site request forgery', () => {
  it.each([
    ['a GET', `?query=${encodeURIComponent(MUTATION)}`, { method: 'GET' }],
    [
      'a form',
      '',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=x' },
    ],
    [
      'a text',
      '',
      {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ query: MUTATION }),
      },
    ],
    ['no content type', '', { method: 'POST', body: new Blob([JSON.stringify({ query: MUTATION })]) }],
  ])('cannot be done with %s', async (_, search, init) => {
    const response = await fetch(`${server.url}/graphql${search}`, init);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/Cross-Site Request Forgery/);
    expect(server.services.calls).toEqual([]);
  });

  it('cannot be done with a multipart form, which the upload parser would turn into JSON', async () => {
    const form = new FormData();
    form.set('operations', JSON.stringify({ query: MUTATION }));
    form.set('map', '{}');
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/apollo-require-preflight/);
    expect(server.services.calls).toEqual([]);
  });

  it('never lets a GET mutate, whatever its headers', async () => {
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(MUTATION)}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(response.status).toBe(405);
    expect(server.services.calls).toEqual([]);
  });

  it('lets a GET query pass that a form cannot send', async () => {
    const response = await fetch(`${server.url}/graphql?query=%7Bstats%7BimageCount%7D%7D`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(await response.json()).toEqual({ data: { stats: { imageCount: 5 } } });
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('lets the pages of a listed origin in', async () => {
    const response = await preflight(FRONT_END);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(FRONT_END);
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(response.headers.get('vary')).toMatch(/Origin/);
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { origin: FRONT_END, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ stats { imageCount } }' }),
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe(FRONT_END);
  });

  it.each(['http://evil.example', 'http://front.example', 'https://front.example:5173', 'null'])(
    'keeps the pages of %s out, and says how to let them in',
    async (origin) => {
      const response = await preflight(origin);
      expect(response.status).toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(await response.text()).toMatch(/CORS_ORIGINS/);
    },
  );
});

describe('WebSocket origins', () => {
  it.each([
    ['of this server', () => server.url, 101],
    ['that is listed', () => FRONT_END, 101],
    ['from elsewhere', () => 'https://evil.example', 403],
    ['from another port of this machine', () => 'http://127.0.0.1:1', 403],
    ['that is hidden', () => 'null', 403],
  ])('an origin %s', async (_, origin, status) => {
    expect(await upgrade(webSocketUrl(server.url), { origin: origin() })).toBe(status);
  });

  it('are served on the GraphQL path only', async () => {
    expect(await upgrade(webSocketUrl(server.url).replace('/graphql', '/other'), {})).toBe(404);
  });
});

describe('DNS rebinding', () => {
  it('is refused on a loopback address without keys, for pages, data and WebSockets', async () => {
    const port = new URL(server.url).port;
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ]) {
      const { status, body } = await send(
        `${server.url}/graphql`,
        { host, 'content-type': 'application/json' },
        {
          method: 'POST',
          body: JSON.stringify({ query: MUTATION }),
        },
      );
      expect(status).toBe(421);
      expect(body).toMatch(/names of this machine.*PUBLIC_URL/);
    }
    expect((await send(`${server.url}/`, { host: 'evil.example' })).status).toBe(421);
    // Orchestrators ask for the health by whatever address they have.
    expect((await send(`${server.url}/health/live`, { host: 'evil.example' })).status).toBe(200);
    expect(
      await upgrade(webSocketUrl(server.url), { host: 'evil.example', origin: 'http://evil.example' }),
    ).toBe(421);
    expect(server.services.calls).toEqual([]);
  });

  it('does not hit names of this machine', async () => {
    for (const host of [
      'localhost',
      'LOCALHOST:4000',
      '127.0.0.1',
      '127.8.9.1:1',
      '[::1]:4000',
      'app.localhost:80',
    ]) {
      expect((await send(`${server.url}/`, { host })).status).toBe(302);
    }
  });

  it('does not hit PUBLIC_URL, nor a server with keys', async () => {
    const behindProxy = await startFakeServer({ variables: { PUBLIC_URL: 'https://pictures.example/' } });
    const { body } = await send(
      `http://127.0.0.1:${portOf(behindProxy)}/graphql`,
      { host: 'pictures.example', 'content-type': 'application/json' },
      {
        method: 'POST',
        body: JSON.stringify({ query: '{ images(first: 1) { nodes { url } } }' }),
      },
    );
    await behindProxy.close();
    expect(body).toMatch(/"url":"https:\/\/pictures.example\/originals\//);

    const locked = await startFakeServer({ keys: { pk_0123456789abcdef: 'read' } });
    const { status } = await send(`${locked.url}/`, { host: 'any.example' });
    await locked.close();
    expect(status).toBe(302);
  });

  it('is refused in a container too, where every address is listened on but PUBLIC_URL tells the name', async () => {
    const container = await startFakeServer({
      variables: { HOST: '0.0.0.0', PICTOGRAPH_ALLOW_ANONYMOUS: 'true', PUBLIC_URL: 'http://127.0.0.1:4000' },
    });
    const url = `http://127.0.0.1:${portOf(container)}/`;
    const statuses = [await send(url, { host: 'evil.example' }), await send(url, { host: 'localhost:4000' })];
    await container.close();
    expect(statuses.map(({ status }) => status)).toEqual([421, 302]);
  });
});

/** PUBLIC_URL hides the port; the log has it. */
function portOf(fake: FakeServer): string {
  const port = fake.log.map((line) => /"port":(\d+)/.exec(line)?.[1]).find((found) => found !== undefined);
  if (port === undefined) throw new Error('The server did not log its port');
  return port;
}
