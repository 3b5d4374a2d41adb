import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { run, type RunnerOptions, type TaskList, type WorkerEvents } from 'graphile-worker';
import { z } from 'zod';
import type pg from 'pg';
import type { Database } from '../db/database.js';
import { jobQueueLog } from '../db/job-queue-log.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { Tasks } from './jobs.js';

export interface QueueWorkerOptions {
  readonly database: Database;
  readonly tasks: Tasks;
  /** How many jobs run at once. */
  readonly concurrency: number;
  readonly log: Logger;
  /** How often to look for jobs that nobody announced: those that wait for their next attempt. 2 to 6 s unless told. */
  readonly pollIntervalMs?: number;
}

/** A graphile-worker that runs. It ends when it loses the database at the wrong moment, and is not to be used again then. */
export interface QueueWorker {
  /** What its jobs are locked by. */
  readonly id: string;
  /** Resolves when it has ended: no job of it is running any more, and it will take no other. Never rejects. */
  readonly ended: Promise<void>;
  /** Waits for the running jobs, and for its end. Never rejects. */
  stop(): Promise<void>;
}

/** One listens for new jobs; through the others jobs are taken and written down as done, in a millisecond each. */
const CONNECTIONS = 4;
/** How long it may take to write down what became of the last jobs. */
const END_TIMEOUT_MS = 5_000;

const processImagePayload = z.object({ imageId: z.int().positive() });
const labelSetPayload = z.object({ labelSetId: z.int().positive() });
const slicePayload = z.object({
  modelId: z.int().positive(),
  slice: z.int().min(0),
  after: z.int().min(0),
});
const modelPayload = z.object({ modelId: z.int().positive() });

/**
 * Starts a graphile-worker whose end can be relied upon. Version 0.17.3 never ends when writing down the ends of jobs failed
 * in two statements at once (`batch` in its `main.ts` counts the second one down twice). It is left behind then, and because
 * it may keep connections for good, they are its own, and cut off.
 *
 * @throws Error when the database cannot be reached
 */
export async function startQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { database, log } = options;
  const connections = database.separatePool(CONNECTIONS);
  forgiveSecondRelease(connections.pool);
  const inFlight = new Set<Promise<void>>();
  const events: WorkerEvents = new EventEmitter();
  logFailures(events, log);
  const created = new Promise<string>((resolve) => {
    events.once('pool:create', ({ workerPool }) => {
      resolve(workerPool.id);
    });
  });
  const idle = async () => {
    while (inFlight.size > 0) await Promise.allSettled(inFlight);
  };
  const over = new AbortController();
  const hung = new Promise<void>((resolve) => {
    const giveUp = async () => {
      await idle();
      await delay(END_TIMEOUT_MS, undefined, { signal: over.signal });
      log.warn('The job runner does not end by itself; it is left behind');
      resolve();
    };
    events.once('pool:gracefulShutdown', () => {
      // Rejects when the worker ended in time.
      giveUp().catch(() => undefined);
    });
  });

  try {
    const runner = await run(runnerOptions(options, connections.pool, events, inFlight));
    const ended = Promise.race([runner.promise.then(idle), hung])
      .catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'The job runner ended with an error');
      })
      .finally(() => {
        over.abort();
        // One that hangs still has a timer for recurring jobs, which would keep the process alive.
        runner.stop().catch(() => undefined);
        connections.close();
      });
    return {
      id: await created,
      ended,
      async stop() {
        // It rejects when the worker has just stopped by itself.
        runner.stop().catch(() => undefined);
        await ended;
      },
    };
  } catch (error) {
    connections.close();
    throw error;
  }
}

type Connected = Parameters<pg.Pool['connect']>[0];

/**
 * graphile-worker 0.17.3 releases the connection that it listens on a second time when the first LISTEN fails while it is being
 * shut down. pg-pool throws at that, in a promise that nobody waits for: the whole process would end.
 */
function forgiveSecondRelease(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  const connectWith = pool.connect.bind(pool);
  function forgiving(): Promise<pg.PoolClient>;
  function forgiving(callback: Connected): void;
  function forgiving(callback?: Connected): unknown {
    if (!callback) return connect();
    connectWith((error, client, release) => {
      // There is nothing to release then, whatever the types say.
      if (error) {
        callback(error, client, release);
        return;
      }
      let released = false;
      callback(error, client, (reason?: Error | boolean) => {
        if (released) return;
        released = true;
        release(reason);
      });
    });
    return undefined;
  }
  pool.connect = forgiving;
}

function logFailures(events: WorkerEvents, log: Logger): void {
  events.on('job:error', ({ job, error }) => {
    const last = job.attempts >= job.max_attempts;
    log[last ? 'error' : 'warn'](
      {
        job: job.id,
        task: job.task_identifier,
        attempt: job.attempts,
        of: job.max_attempts,
        reason: messageOf(error),
      },
      last ? 'A job failed for the last time' : 'A job failed; it will be tried again',
    );
  });
}

/**
 * Each of so many workers of graphile-worker asks by itself, also when there has been nothing to do for days. Up to 24 of them ask four
 * times a second in all.
 */
function pollInterval(concurrency: number): number {
  return Math.min(Math.max(2_000, concurrency * 250), 6_000);
}

function runnerOptions(
  options: QueueWorkerOptions,
  pgPool: pg.Pool,
  events: WorkerEvents,
  inFlight: Set<Promise<void>>,
): RunnerOptions {
  const { tasks, concurrency, log, pollIntervalMs = pollInterval(concurrency) } = options;
  const tracked = async (work: Promise<void>) => {
    inFlight.add(work);
    try {
      await work;
    } finally {
      inFlight.delete(work);
    }
  };
  const { find_duplicates, classify_label_set, embed_collection, clear_model } = tasks;
  const taskList: TaskList = {
    async process_image(payload, { job }) {
      const { imageId } = processImagePayload.parse(payload);
      await tracked(tasks.process_image({ imageId }, job.attempts, job.attempts >= job.max_attempts));
    },
    ...(find_duplicates && { find_duplicates: () => tracked(find_duplicates()) }),
    ...(classify_label_set && {
      async classify_label_set(payload, { job }) {
        const { labelSetId } = labelSetPayload.parse(payload);
        await tracked(classify_label_set({ labelSetId }, job.attempts >= job.max_attempts));
      },
    }),
    ...(embed_collection && {
      embed_collection: (payload, { job }) =>
        tracked(embed_collection(slicePayload.parse(payload), job.attempts >= job.max_attempts)),
    }),
    ...(clear_model && { clear_model: (payload) => tracked(clear_model(modelPayload.parse(payload))) }),
  };
  return {
    pgPool,
    taskList,
    events,
    logger: jobQueueLog(log),
    parsedCronItems: [],
    noHandleSignals: true,
    concurrency,
    pollInterval: pollIntervalMs,
    preset: {
      // Without a delay graphile-worker does not wait for the statement that ends a job, so that a broken connection at
      // that moment would be an unhandled rejection, which ends the process; and `stop` would not wait for it either.
      worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 },
    },
  };
}
