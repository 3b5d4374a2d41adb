import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FIRST_OPERATION } from '../../../src/http/ide.js';
import { postGraphql } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

describe('the IDEs', () => {
  let server: FakeServer;
  beforeAll(async () => {
    server = await startFakeServer();
  });
  afterAll(() => server.close());
  const get = (path: string, headers: Record<string, string> = { accept: 'text/html,*/*' }) =>
    fetch(`${server.url}${path}`, { headers, redirect: 'manual' });

  it('open Apollo Sandbox, embedded, for a browser at the API itself', async () => {
    const response = await get('/graphql');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('text/html');
    expect(html).toMatch(/new window\.EmbeddedSandbox/);
    expect(html).toMatch(/red car|query Find/);
    expect(response.headers.get('content-security-policy')).not.toMatch(/default-src|sandbox|script-src/);
  });

  it('lead from the root to the one that works without the internet', async () => {
    const response = await get('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/altair']);
  });

  it('serve Altair with every file that its page names', async () => {
    const response = await get('/altair');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toMatch('<base href="/altair/">');
    expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
    const files = [...html.matchAll(/(?:src|href)="([^"/][^"]*)"/g)].map((match) => String(match[1]));
    expect(files).toEqual(
      expect.arrayContaining(['styles.css', 'main.js', 'polyfills.js', 'initial-options.js']),
    );
    for (const file of files) {
      const asset = await get(`/altair/${file}`);
      expect([file, asset.status]).toEqual([file, 200]);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('point Altair at where its page came from, with subscriptions and a first query', async () => {
    const script = await (await get('/altair/initial-options.js')).text();
    const init = vi.fn();
    runInNewContext(script, { AltairGraphQL: { init }, location: { origin: 'https://pictures.example' } });
    expect(init).toHaveBeenCalledWith(
      expect.objectContaining({
        endpointURL: 'https://pictures.example/graphql',
        subscriptionsEndpoint: 'wss://pictures.example/graphql',
        initialSubscriptionRequestHandlerId: 'graphql-ws',
        initialQuery: FIRST_OPERATION,
      }),
    );
  });

  it('begin with a query that works', async () => {
    const { body } = await postGraphql(server.url, FIRST_OPERATION, { text: 'red car' });
    expect(body.errors).toBeUndefined();
  });

  it('serve nothing from outside of their folder', async () => {
    const response = await get('/altair/..%2f..%2f..%2fpackage.json');
    expect(response.status).toBeGreaterThanOrEqual(400);
  });
});

describe('in production', () => {
  it('there is no IDE, but a word on where the API is', async () => {
    const server = await startFakeServer({ variables: { NODE_ENV: 'production' } });
    const root = await fetch(server.url);
    expect(await root.json()).toEqual({ name: 'Pictograph', api: '/graphql', health: '/health/ready' });
    expect((await fetch(`${server.url}/altair`)).status).toBe(404);
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toMatch('application/json');
    expect(page.status).toBe(400);
    await server.close();
  });
});
