import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import type { Database } from '../../src/db/database.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy.js';
import { postGraphql, request } from '../support/graphql-client.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, startProgram } from '../support/program.js';

/** How long a condition is waited for: it never decides whether a test passes on a slow machine. */
const PATIENCE = { timeout: 240_000, interval: 50 };
const MODEL = { CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };

describe.runIf(databaseKind === 'server')('on a PostgreSQL', { timeout: 600_000 }, () => {
  let testDatabase: TestDatabase;
  let proxy: DatabaseProxy;
  /** Past the proxy. */
  let direct: Database;
  let variables: Record<string, string>;
  let dataFolder: string;

  beforeEach(async () => {
    testDatabase = await createTestDatabase();
    direct = await testDatabase.open();
    proxy = await startDatabaseProxy(testDatabase.variables['DATABASE_URL'] ?? '');
    variables = { ...testDatabase.variables, ...MODEL, PORT: '0', DATABASE_URL: proxy.url };
    dataFolder = testDatabase.variables['PICTOGRAPH_DATA'] ?? '';
  });
  afterEach(async () => {
    await endPrograms();
    await proxy.close();
    await testDatabase.drop();
  });

  const count = async (sql: string): Promise<number> => {
    const { rows } = await direct.pool.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM ${sql}`,
    );
    return rows[0]?.count ?? 0;
  };
  const readyCount = () => count("images WHERE status = 'READY'");
  const untilReady = (least: number) =>
    vi.waitFor(async () => {
      expect(await readyCount()).toBeGreaterThanOrEqual(least);
    }, PATIENCE);

  it('that goes away while files are ingested, nothing is lost and nothing taken twice', async () => {
    const PICTURES = 80;
    const folder = path.join(dataFolder, 'pictures');
    await mkdir(folder);
    for (let i = 0; i < PICTURES; i++) {
      await writeFile(path.join(folder, `${i}.png`), await makePicture(i, { format: 'png' }));
    }
    const report = path.join(dataFolder, 'report.jsonl');
    const program = startProgram(['ingest', '--report', report, folder], variables);

    // The server ends every connection, in the middle of whatever it does, as when it is told to restart at once …
    await untilReady(5);
    await direct.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'pictograph'`,
    );
    // … and later there is none at all, until the command has noticed: its jobs may well have failed before.
    await untilReady(15);
    const noticed = () => program.stderr().split('The database does not answer').length - 1;
    const over = () => program.stderr().split('The database is back').length - 1;
    await proxy.goAway();
    await vi.waitFor(() => {
      expect(program.stderr()).toContain('ECONNREFUSED');
      expect(noticed()).toBeGreaterThan(over());
    }, PATIENCE);
    await proxy.comeBack();

    expect(await program.ended, program.stderr()).toBe(0);
    expect(over()).toBe(noticed());
    const told = (await readFile(report, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { source?: string; id?: number })
      .filter(({ source }) => source !== undefined);
    expect(told).toHaveLength(PICTURES);
    expect(new Set(told.map(({ source }) => source)).size).toBe(PICTURES);
    expect(new Set(told.map(({ id }) => id)).size).toBe(PICTURES);
    expect(await readyCount()).toBe(PICTURES);
    expect(await count('images')).toBe(PICTURES);
    const originals = path.join(dataFolder, 'originals');
    const files = await readdir(originals, { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile())).toHaveLength(PICTURES);
  });

  it('that goes away under a server, it says so, and goes on by itself when it is back', async () => {
    const program = startProgram(['serve'], variables);
    const [, url = ''] = await program.waitFor(/Pictograph serves (http:\S+)\/graphql/);
    const add = async (from: number, to: number) => {
      const images = [];
      for (let i = from; i < to; i++) {
        images.push({ source: { base64: (await makePicture(i)).toString('base64') } });
      }
      await request(
        url,
        'mutation ($images: [AddImageInput!]!) { addImages(input: { images: $images }) { results { __typename } } }',
        { images },
      );
    };
    const health = async () => {
      const answer = await fetch(`${url}/health/ready`);
      return { status: answer.status, body: await answer.json() };
    };
    await add(0, 60);
    await untilReady(5);
    await proxy.goAway();
    await vi.waitFor(async () => {
      expect(await health()).toMatchObject({ status: 503, body: { checks: { database: 'failed' } } });
    }, PATIENCE);
    const statsOf = () => postGraphql(url, '{ stats { imageCount } }');
    const outage = { code: 'UNAVAILABLE' };
    expect((await statsOf()).body.errors).toMatchObject([
      { message: expect.stringMatching(/database.*again/) as string, extensions: outage },
    ]);
    // Once the number of keys is no longer remembered, the request does not come as far as GraphQL.
    await vi.waitFor(async () => {
      const { status, body } = await statsOf();
      expect(body.errors).toMatchObject([{ extensions: outage }]);
      expect(status).toBe(503);
    }, PATIENCE);
    const picture = await fetch(`${url}/originals/${'0'.repeat(64)}`);
    expect({ status: picture.status, body: await picture.json() }).toMatchObject({
      status: 503,
      body: { error: outage },
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await proxy.comeBack();
    await vi.waitFor(async () => {
      expect(await health()).toMatchObject({ status: 200 });
    }, PATIENCE);
    await add(60, 70);
    await untilReady(70);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(await count('images')).toBe(70);
    expect(await count('graphile_worker.jobs')).toBe(0);
  });

  it('the jobs of a worker that is killed in the middle of them are done by another', async () => {
    // Only adds: whatever is embedded, a worker embedded.
    const config = loadConfig(
      {},
      { ...variables, DATABASE_URL: testDatabase.variables['DATABASE_URL'] ?? '' },
    );
    const app = await openApp(config, createLogger('silent'));
    for (let i = 0; i < 60; i++) {
      const base64 = (await makePicture(i)).toString('base64');
      expect(await app.images.add({ kind: 'base64', base64 }, {})).toMatchObject({ outcome: 'accepted' });
    }
    await app.close();
    const locked = () => count('graphile_worker.jobs WHERE locked_by IS NOT NULL');

    const first = startProgram(['worker'], variables);
    await untilReady(5);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(await locked()).toBeGreaterThan(0);
    expect(await readyCount()).toBeLessThan(60);
    // A minute goes by, for those who measure whether it is alive; graphile-worker by itself waits for four hours.
    await direct.pool.query("UPDATE worker_processes SET seen_at = seen_at - interval '1 minute'");
    await direct.pool.query(
      "UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '1 minute'",
    );

    const second = startProgram(['worker'], variables);
    await untilReady(60);
    await vi.waitFor(async () => {
      expect(await count('graphile_worker.jobs')).toBe(0);
    }, PATIENCE);
    expect(await count('images')).toBe(60);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(await count('worker_processes')).toBe(0);
  });
});
