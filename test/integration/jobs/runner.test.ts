import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { IMAGE_PROCESSED_CHANNEL } from '../../../src/db/image-status.js';
import { enqueueImages, requeueOrphans } from '../../../src/jobs/queue.js';
import type { JobRunner, Tasks } from '../../../src/jobs/jobs.js';
import { startJobRunner } from '../../../src/jobs/runner.js';
import { createLogger } from '../../../src/log.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../../support/database.js';
import { addImages } from '../../support/rows.js';

const log = createLogger('silent');
const PATIENCE = { timeout: 30_000, interval: 20 };

let testDatabase: TestDatabase;
let database: Database;
const runners: JobRunner[] = [];
beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open({ poolSize: 8 });
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await testDatabase.drop();
});

async function start(process_image: Tasks['process_image'], concurrency = 4): Promise<JobRunner> {
  const runner = await startJobRunner({
    database,
    tasks: { process_image },
    concurrency,
    log,
    pollIntervalMs: 100,
    timing: { heartbeatMs: 100, sweepMs: 200, silenceSeconds: 1 },
  });
  runners.push(runner);
  return runner;
}

async function jobs(): Promise<{ key: string; attempts: number; locked_by: string | null }[]> {
  const { rows } = await database.pool.query<{ key: string; attempts: number; locked_by: string | null }>(
    'SELECT key, attempts, locked_by FROM graphile_worker.jobs ORDER BY id',
  );
  return rows;
}
const noJobs = () =>
  vi.waitFor(async () => {
    expect(await jobs()).toEqual([]);
  }, PATIENCE);

async function status(id: number | undefined): Promise<unknown> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    'SELECT status, failure_code, attempts FROM images WHERE id = $1',
    [id],
  );
  return rows[0];
}

describe('running jobs', () => {
  it('processes each image once, however often it was queued before', async () => {
    const ids = await addImages(database.pool, 20, 'PENDING');
    await enqueueImages(database.pool, ids, 5);
    await enqueueImages(database.pool, [...ids, ...ids], 5);
    await enqueueImages(database.pool, [], 5);
    const calls: unknown[] = [];
    await start((payload, attempt, lastAttempt) => {
      calls.push({ payload, attempt, lastAttempt });
      return Promise.resolve();
    });
    await noJobs();
    expect(calls).toHaveLength(20);
    expect(calls).toEqual(
      expect.arrayContaining(
        ids.map((imageId) => ({ payload: { imageId }, attempt: 1, lastAttempt: false })),
      ),
    );
    // And what comes later, at once.
    await enqueueImages(database.pool, ids.slice(0, 1), 5);
    await noJobs();
    expect(calls).toHaveLength(21);
  });

  it('queues with the transaction, or not at all', async () => {
    const [id = 0] = await addImages(database.pool, 1, 'PENDING');
    const attempt = database.transaction(async (client) => {
      await enqueueImages(client, [id], 5);
      throw new Error('not today');
    });
    await expect(attempt).rejects.toThrow('not today');
    expect(await jobs()).toEqual([]);
    await database.transaction((client) => enqueueImages(client, [id], 5));
    expect(await jobs()).toMatchObject([{ key: `image:${id}`, attempts: 0 }]);
  });

  it('tries again later, and marks the image when the last attempt failed too', async () => {
    const [id = 0] = await addImages(database.pool, 1, 'PENDING');
    await enqueueImages(database.pool, [id], 2);
    const heard = vi.fn();
    const stop = await database.listen(IMAGE_PROCESSED_CHANNEL, heard);
    const attempts: [number, boolean, number][] = [];
    await start((_, attempt, lastAttempt) => {
      attempts.push([attempt, lastAttempt, performance.now()]);
      return Promise.reject(new Error('always'));
    });
    await vi.waitFor(async () => {
      expect(await status(id)).toEqual({ status: 'FAILED', failure_code: 'INTERNAL', attempts: 2 });
    }, PATIENCE);
    expect(attempts.map(([attempt, last]) => [attempt, last])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect((attempts[1]?.[2] ?? 0) - (attempts[0]?.[2] ?? 0)).toBeGreaterThan(2_000);
    await noJobs();
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalledWith(String(id));
    });
    await stop();
  });

  it('is not stopped by a job that makes no sense', async () => {
    const [id = 0] = await addImages(database.pool, 1, 'PENDING');
    await database.pool.query(
      'SELECT graphile_worker.add_job(\'process_image\', \'{"imageId": "x"}\', max_attempts => 1)',
    );
    await enqueueImages(database.pool, [id], 1);
    const done = vi.fn(() => Promise.resolve());
    await start(done, 1);
    await noJobs();
    expect(done).toHaveBeenCalledOnce();
  });
});

describe('stopping', () => {
  it('waits for what runs and leaves the rest in the queue', async () => {
    const ids = await addImages(database.pool, 5, 'PENDING');
    await enqueueImages(database.pool, ids, 5);
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const started = vi.fn();
    const ended = vi.fn();
    const runner = await start(async () => {
      started();
      await gate;
      ended();
    }, 2);
    await vi.waitFor(() => {
      expect(started).toHaveBeenCalledTimes(2);
    }, PATIENCE);
    const stopping = runner.stop().then(() => {
      expect(ended).toHaveBeenCalledTimes(2);
    });
    finish();
    await stopping;
    await runner.stop();
    expect(started).toHaveBeenCalledTimes(2);
    expect(await jobs()).toHaveLength(3);
    expect((await jobs()).map((job) => job.locked_by)).toEqual([null, null, null]);
    expect((await database.pool.query('SELECT FROM worker_processes')).rows).toEqual([]);

    const next = vi.fn(() => Promise.resolve());
    await start(next);
    await noJobs();
    expect(next).toHaveBeenCalledTimes(3);
  });
});

describe('after a crash', () => {
  /** Lets another process begin a job, and kills it there. */
  async function beginAndDie(): Promise<void> {
    await database.close();
    const script = path.join(import.meta.dirname, '../../support/hanging-worker.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      env: { ...process.env, ...testDatabase.variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface(child.stdout), 'line');
    child.kill('SIGKILL');
    await once(child, 'exit');
    database = await testDatabase.open();
  }

  it('the job of the dead process is run by another, after all others, and that attempt does not count', async () => {
    const [id = 0, next = 0] = await addImages(database.pool, 2, 'PENDING');
    await enqueueImages(database.pool, [id], 3);
    await beginAndDie();
    expect(await jobs()).toMatchObject([{ attempts: 1, locked_by: expect.any(String) as string }]);
    // Should it be the image that kills its process, the others are done before it does so again.
    await enqueueImages(database.pool, [next], 3);
    const ran: unknown[] = [];
    await start(({ imageId }, attempt) => {
      ran.push([imageId, attempt]);
      return Promise.resolve();
    }, 1);
    await noJobs();
    expect(ran).toEqual([
      [next, 1],
      [id, 1],
    ]);
  });

  it('an image that killed its process again and again is given up', async () => {
    const [id = 0] = await addImages(database.pool, 1, 'PENDING');
    await enqueueImages(database.pool, [id], 1);
    // Twice before.
    await database.pool.query('UPDATE graphile_worker._private_jobs SET priority = 2');
    await beginAndDie();
    const task = vi.fn(() => Promise.resolve());
    await start(task);
    await vi.waitFor(async () => {
      expect(await status(id)).toEqual({ status: 'FAILED', failure_code: 'INTERNAL', attempts: 3 });
    }, PATIENCE);
    expect(task).not.toHaveBeenCalled();
    expect(await jobs()).toEqual([]);
  });

  it.runIf(databaseKind === 'server')('a worker that is alive keeps its job', async () => {
    const [id = 0] = await addImages(database.pool, 1, 'PENDING');
    await enqueueImages(database.pool, [id], 3);
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const slow = vi.fn(() => gate);
    await start(slow);
    await vi.waitFor(() => {
      expect(slow).toHaveBeenCalledOnce();
    }, PATIENCE);
    const other = vi.fn(() => Promise.resolve());
    await start(other);
    // Longer than the silence after which a worker counts as dead, measured by the database's clock.
    await database.pool.query('SELECT pg_sleep(2)');
    expect(other).not.toHaveBeenCalled();
    finish();
    await noJobs();
    expect(slow).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
  });
});

it('goes on when the database was lost for a while', async () => {
  const ids = await addImages(database.pool, 3, 'PENDING');
  await enqueueImages(database.pool, ids.slice(0, 2), 5);
  const done = new Set<number>();
  let lose: (() => Promise<unknown>) | undefined = () =>
    databaseKind === 'server'
      ? database.pool.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        )
      : database.pool.query("SELECT repeat('[', 1000000)::jsonb");
  await start(async ({ imageId }) => {
    const now = lose;
    lose = undefined;
    await now?.().catch(() => undefined);
    done.add(imageId);
  }, 2);
  await noJobs();
  await vi.waitFor(() => enqueueImages(database.pool, ids.slice(2), 5), PATIENCE);
  await noJobs();
  expect([...done].toSorted()).toEqual(ids.toSorted());
});

it('queues images that nothing would ever process', async () => {
  const [queued = 0, ...orphans] = await addImages(database.pool, 4, 'PENDING');
  await addImages(database.pool, 2, 'READY');
  await enqueueImages(database.pool, [queued], 5);
  expect(await requeueOrphans(database, 5)).toBe(3);
  expect((await jobs()).map((job) => job.key)).toEqual([queued, ...orphans].map((id) => `image:${id}`));
  expect(await requeueOrphans(database, 5)).toBe(0);
});
