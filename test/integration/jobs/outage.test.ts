import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { openDatabase } from '../../../src/db/open.js';
import { enqueueImages } from '../../../src/jobs/queue.js';
import { startJobRunner } from '../../../src/jobs/runner.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../../support/database.js';
import { startDatabaseProxy, type DatabaseProxy } from '../../support/database-proxy.js';
import { addImages } from '../../support/rows.js';

/** What the log says. */
const lines: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
const PATIENCE = { timeout: 60_000, interval: 20 };

describe.runIf(databaseKind === 'server')('a PostgreSQL that goes away under a job runner', () => {
  let testDatabase: TestDatabase;
  let proxy: DatabaseProxy;
  /** What the runner works on, through the proxy. */
  let database: Database;
  /** What the test looks at, past it. */
  let direct: Database;

  beforeEach(async () => {
    testDatabase = await createTestDatabase();
    direct = await testDatabase.open();
    proxy = await startDatabaseProxy(testDatabase.variables['DATABASE_URL'] ?? '');
    database = await openDatabase({ databaseUrl: proxy.url, dataFolder: '/nonexistent', poolSize: 6, log });
  });
  afterEach(async () => {
    await proxy.close();
    await testDatabase.drop();
  });

  const start = (process_image: (imageId: number) => Promise<void>) =>
    startJobRunner({
      database,
      tasks: { process_image: ({ imageId }) => process_image(imageId) },
      concurrency: 4,
      log,
      pollIntervalMs: 100,
      timing: { heartbeatMs: 100, sweepMs: 200, silenceSeconds: 1 },
    });
  const jobsLeft = async () => (await direct.pool.query('SELECT FROM graphile_worker.jobs')).rowCount;

  it('works on what is left when it is back, and can be stopped', async () => {
    const ids = await addImages(direct.pool, 12, 'PENDING');
    await enqueueImages(direct.pool, ids, 5);
    const running: (() => void)[] = [];
    const done = new Set<number>();
    let away = true;
    const runner = await start(async (imageId) => {
      if (away) await new Promise<void>((resolve) => running.push(resolve));
      done.add(imageId);
    });
    await vi.waitFor(() => {
      expect(running).toHaveLength(4);
    }, PATIENCE);

    // One after the other, so that their ends are written down in several statements, all of which fail.
    await proxy.goAway();
    const failures = () => lines.filter((line) => line.includes('Failed to complete jobs')).length;
    for (const [index, finish] of running.entries()) {
      finish();
      await vi.waitFor(() => {
        expect(done.size).toBe(index + 1);
        // The last one may be left behind before that.
        expect(failures()).toBeGreaterThanOrEqual(Math.min(index + 1, 3));
      }, PATIENCE);
    }
    away = false;
    await proxy.comeBack();

    await vi.waitFor(async () => {
      expect(await jobsLeft()).toBe(0);
    }, PATIENCE);
    expect([...done].toSorted()).toEqual(ids.toSorted());
    await runner.stop();
    await database.close();
    // Or else this was not what it is about.
    expect(lines.join('')).toContain('does not end by itself');
  });
});
