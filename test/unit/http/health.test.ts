import { describe, expect, it } from 'vitest';
import { Degraded } from '../../../src/http/health.js';
import { startFakeServer } from './fake-server.js';

describe('health', () => {
  it('stays in service with what is degraded, and says what that is', async () => {
    const server = await startFakeServer({
      checks: {
        database: () => Promise.resolve(),
        search: () => Promise.resolve(new Degraded('The vector index is missing.')),
      },
    });
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'degraded', checks: { database: 'ok', search: 'degraded' } },
    ]);
    await server.close();
    expect(server.log.join('')).toMatch(/vector index is missing/);
  });

  it('is ready when every check passes, and says which does not, but not why', async () => {
    let broken = false;
    const server = await startFakeServer({
      checks: {
        database: () => (broken ? Promise.reject(new Error('password wrong for secret')) : Promise.resolve()),
        encoder: () => Promise.resolve(),
      },
    });
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', checks: { database: 'ok', encoder: 'ok' } },
    ]);
    broken = true;
    const unready = await fetch(`${server.url}/health/ready`);
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { status: 'unavailable', checks: { database: 'failed', encoder: 'ok' } },
    ]);
    const live = await fetch(`${server.url}/health/live`);
    expect([live.status, live.headers.get('cache-control')]).toEqual([200, 'no-store']);
    await live.arrayBuffer();
    await server.close();
    expect(server.log.join('')).toMatch(/password wrong/);
  });
});
