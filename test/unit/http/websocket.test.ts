import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { webSocketClient, webSocketUrl } from '../../support/graphql-client.js';
import { startFakeServer, type FakeServer } from './fake-server.js';

const imageId = (id: number) => Buffer.from(`Image:${id}`).toString('base64url');

interface Subscriber {
  readonly results: unknown[];
  readonly errors: unknown[];
  readonly stop: () => void;
}

function subscribe(client: Client, query: string, variables?: Record<string, unknown>): Subscriber {
  const subscriber: Omit<Subscriber, 'stop'> = { results: [], errors: [] };
  const stop = client.subscribe(
    { query, ...(variables && { variables }) },
    {
      next: (result) => subscriber.results.push(result),
      error: (error) => subscriber.errors.push(error),
      complete: () => undefined,
    },
  );
  return Object.assign(subscriber, { stop });
}

describe('GraphQL over WebSocket', () => {
  let server: FakeServer;
  let client: Client;
  beforeAll(async () => {
    server = await startFakeServer();
    client = webSocketClient(server.url);
  });
  afterAll(async () => {
    await client.dispose();
    await server.close();
  });

  it('tells of processed images, loaded at that moment, and only of those asked for', async () => {
    const all = subscribe(client, 'subscription { imageProcessed { id status title url } }');
    const one = subscribe(client, 'subscription ($ids: [ID!]) { imageProcessed(ids: $ids) { id } }', {
      ids: [imageId(2)],
    });
    await expect.poll(() => server.services.subscribers()).toBe(2);
    server.services.announce(1);
    server.services.announce(2);
    server.services.announce(999);
    await expect.poll(() => all.results).toHaveLength(2);
    const row = server.services.rows[0];
    Object.assign(row ?? {}, { title: 'changed meanwhile' });
    server.services.announce(1);
    await expect.poll(() => all.results).toHaveLength(3);
    expect(all.results.at(0)).toMatchObject({
      data: { imageProcessed: { id: imageId(1), status: 'READY', title: null } },
    });
    expect(all.results.at(2)).toMatchObject({ data: { imageProcessed: { title: 'changed meanwhile' } } });
    expect(all.results.at(0)).toHaveProperty(
      'data.imageProcessed.url',
      expect.stringMatching(`^${server.url}/originals/`),
    );
    await expect.poll(() => one.results).toEqual([{ data: { imageProcessed: { id: imageId(2) } } }]);

    one.stop();
    await expect.poll(() => server.services.subscribers()).toBe(1);
    all.stop();
    await expect.poll(() => server.services.subscribers()).toBe(0);
    expect([all.errors, one.errors]).toEqual([[], []]);
  });

  it('ends its subscriptions when the connection breaks', async () => {
    const socket = new WebSocket(webSocketUrl(server.url), 'graphql-transport-ws');
    socket.on('open', () => {
      socket.send('{"type":"connection_init"}');
    });
    socket.on('message', (data: Buffer) => {
      if (data.toString().includes('connection_ack')) {
        socket.send(
          JSON.stringify({
            id: '1',
            type: 'subscribe',
            payload: { query: 'subscription { imageProcessed { id } }' },
          }),
        );
      }
    });
    await expect.poll(() => server.services.subscribers()).toBe(1);
    socket.terminate();
    await expect.poll(() => server.services.subscribers()).toBe(0);
  });

  it('gives each event a budget of its own', async () => {
    const subscriber = subscribe(
      client,
      'subscription { imageProcessed { similar(first: 100) { nodes { similar(first: 1) { nodes { id } } } } } }',
    );
    await expect.poll(() => server.services.subscribers()).toBe(1);
    for (let event = 0; event < 30; event += 1) server.services.announce(1);
    await expect.poll(() => subscriber.results).toHaveLength(30);
    expect(subscriber.results.every((result) => !JSON.stringify(result).includes('errors'))).toBe(true);
    subscriber.stop();
    await expect.poll(() => server.services.subscribers()).toBe(0);
  });

  it('refuses ids that are none', async () => {
    const subscriber = subscribe(client, 'subscription { imageProcessed(ids: ["x"]) { id } }');
    await expect.poll(() => [...subscriber.errors, ...subscriber.results]).toHaveLength(1);
    expect(JSON.stringify([...subscriber.errors, ...subscriber.results])).toMatch(/BAD_USER_INPUT/);
  });

  it.each([
    ['syntax', '{ images(', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ imagez { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', 'query ($x: Int!) { images(first: $x) { totalCount } }', 'BAD_USER_INPUT'],
    [
      'an unnamed operation among several',
      'query A { stats { imageCount } } query B { stats { imageCount } }',
      'BAD_USER_INPUT',
    ],
    ['a page that is too large', '{ images(first: 101) { totalCount } }', 'BAD_USER_INPUT'],
  ])('tells about %s as HTTP does', async (_, query, code) => {
    const subscriber = subscribe(client, query);
    const answers = () => [...subscriber.errors, ...subscriber.results];
    await expect.poll(answers).toHaveLength(1);
    const error = [answers()[0]].flat()[0] as { errors?: unknown[] } | undefined;
    expect(error?.errors?.[0] ?? error).toMatchObject({ extensions: { code } });
  });

  it('hides what went wrong inside, in answers and in the middle of a subscription', async () => {
    server.services.failures.set('images.stats', new Error('SELECT secret'));
    server.services.failures.set('images.byIds', new Error('SELECT secret'));
    const query = subscribe(client, '{ stats { imageCount } }');
    const subscription = subscribe(client, 'subscription { imageProcessed { id } }');
    await expect.poll(() => server.services.subscribers()).toBe(1);
    server.services.announce(1);
    await expect.poll(() => query.results).toHaveLength(1);
    await expect.poll(() => subscription.errors).toHaveLength(1);
    server.services.failures.clear();
    const told = JSON.stringify([query.results, subscription.errors]);
    expect(told).not.toMatch(/secret/);
    expect(told.match(/INTERNAL_SERVER_ERROR/g)).toHaveLength(2);
    expect(server.log.filter((line) => line.includes('SELECT secret'))).toHaveLength(2);
  });

  it('bounds how much one connection runs at once', async () => {
    const own = webSocketClient(server.url);
    const subscribers = Array.from({ length: 51 }, () =>
      subscribe(own, 'subscription { imageProcessed { id } }'),
    );
    await expect.poll(() => subscribers.flatMap(({ errors }) => errors)).toHaveLength(1);
    expect(JSON.stringify(subscribers.at(-1)?.errors)).toMatch(/50 operations at once.*TOO_LARGE/);
    await own.dispose();
    await expect.poll(() => server.services.subscribers()).toBe(0);
  });

  it.each([
    ['that is no JSON', 'nonsense', 4400],
    [
      'before it was introduced',
      '{"id":"1","type":"subscribe","payload":{"query":"{ stats { imageCount } }"}}',
      4401,
    ],
    ['that is too large', 'x'.repeat(1024 * 1024 + 1), 1009],
  ])('closes a connection on a message %s', async (_, message, code) => {
    const socket = new WebSocket(webSocketUrl(server.url), 'graphql-transport-ws');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('open', () => {
      socket.send(message);
    });
    expect(await closed).toBe(code);
    // It is the only one that suffers.
    const other = subscribe(client, '{ stats { imageCount } }');
    await expect.poll(() => other.results).toHaveLength(1);
  });

  it('refuses clients of another protocol', async () => {
    const socket = new WebSocket(webSocketUrl(server.url), 'graphql-ws');
    const refused = new Promise((resolve) => {
      socket.on('close', resolve);
      socket.on('error', () => undefined);
    });
    expect([1006, 4406]).toContain(await refused);
  });
});

describe('closing', () => {
  it('ends WebSockets with 1001, and refuses new connections', async () => {
    const server = await startFakeServer();
    const socket = new WebSocket(webSocketUrl(server.url), 'graphql-transport-ws');
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise((resolve) =>
      socket.on('close', (code: number) => {
        resolve(code);
      }),
    );
    await server.close();
    expect(await closed).toBe(1001);
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    await server.close();
  });

  it('lets a mutation finish, over HTTP and over WebSocket, and sends its answer', async () => {
    const server = await startFakeServer();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    Object.assign(server.services.images, {
      retryFailed: async () => {
        server.services.calls.push('images.retryFailed');
        await held;
        return 3;
      },
    });
    const mutation = 'mutation { retryFailedImages { retriedCount } }';
    const client = webSocketClient(server.url);
    const overSocket = subscribe(client, mutation);
    const overHttp = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: mutation }),
    });
    await expect.poll(() => server.services.calls).toHaveLength(2);
    const closed = vi.fn();
    const closing = server.close().then(closed);
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    expect(closed).not.toHaveBeenCalled();
    release();
    expect(await (await overHttp).json()).toEqual({ data: { retryFailedImages: { retriedCount: 3 } } });
    await closing;
    expect(overSocket.results).toEqual([{ data: { retryFailedImages: { retriedCount: 3 } } }]);
    await client.dispose();
  });

  it('waits for a mutation whose client has gone, but not for ever', async () => {
    const server = await startFakeServer({ graceMs: 300 });
    Object.assign(server.services.images, {
      retryFailed: () => {
        server.services.calls.push('images.retryFailed');
        return new Promise(() => undefined);
      },
    });
    const gone = new AbortController();
    const request = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { retryFailedImages { retriedCount } }' }),
      signal: gone.signal,
    });
    await expect.poll(() => server.services.calls).toHaveLength(1);
    gone.abort();
    await expect(request).rejects.toThrow();
    await server.close();
    expect(server.log.join('')).toMatch(/Requests were still running/);
  });

  it('does not wait for a client that never finishes its request', async () => {
    const server = await startFakeServer({ graceMs: 300 });
    const { connect } = await import('node:net');
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await expect.poll(() => server.log.length).toBeGreaterThan(0);
    await server.close();
    await ended;
  });
});

describe('starting', () => {
  it('names a port that is taken, and how to choose another', async () => {
    const first = await startFakeServer();
    const { port } = new URL(first.url);
    await expect(startFakeServer({ variables: { PORT: port } })).rejects.toThrow(
      new RegExp(`Port ${port} on 127.0.0.1 is in use already.*PORT`),
    );
    await first.close();
  });

  it('names an address that this machine does not have', async () => {
    await expect(
      startFakeServer({ variables: { HOST: '203.0.113.77', PICTOGRAPH_ALLOW_ANONYMOUS: 'true' } }),
    ).rejects.toThrow(/HOST=203.0.113.77 is no address of this machine/);
  });
});
