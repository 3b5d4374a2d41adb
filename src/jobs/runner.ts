import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { run, type Runner, type RunnerOptions, type TaskList, type WorkerEvents } from 'graphile-worker';
import { z } from 'zod';
import type { Database } from '../db/database.js';
import { jobQueueLog } from '../db/job-queue-log.js';
import { unlockJobsOf } from '../db/jobs.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { JobRunner, Tasks } from './jobs.js';
import { watchOverWorkers, type WorkerWatch, type WatchTiming } from './worker-watch.js';

export type { JobRunner } from './jobs.js';

export interface JobRunnerOptions {
  readonly database: Database;
  readonly tasks: Tasks;
  /** How many jobs run at once. */
  readonly concurrency: number;
  readonly log: Logger;
  /** How often to look for jobs that nobody announced: those that wait for their next attempt. 2 s unless told. */
  readonly pollIntervalMs?: number;
  readonly timing?: WatchTiming;
}

const POLL_INTERVAL_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

const processImagePayload = z.object({ imageId: z.int().positive() });

/**
 * Starts to run background work in this process, and takes over what workers that died have left.
 *
 * Losing the database stops nothing for good: work goes on when it is back. A job whose end could not be written down then
 * runs once more, so a task must not mind that.
 *
 * @throws Error when the database cannot be reached at the start
 */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { database, log } = options;
  const watch = await watchOverWorkers({ database, log, ...(options.timing && { timing: options.timing }) });
  const stopped = new AbortController();
  let runner: Runner | undefined;

  const start = async (): Promise<Runner> => {
    const started = await run(runnerOptions(options, watch));
    runner = started;
    return started;
  };

  /** Until it is stopped: when graphile-worker gives up, because the database is gone, it is started again. */
  const supervise = async (first: Runner): Promise<void> => {
    let current: Runner | undefined = first;
    let pause = 500;
    while (!stopped.signal.aborted) {
      try {
        current ??= await start();
        pause = 500;
        // `stop` may have come while it was being started.
        if (isStopped()) await current.stop();
        await current.promise;
        if (isStopped()) return;
        log.warn('The job runner stopped; it is started again');
      } catch (error) {
        if (isStopped()) return;
        log.warn({ reason: messageOf(error) }, 'The job runner stopped; it is started again');
      }
      current = undefined;
      runner = undefined;
      await delay(pause, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      await giveBack(watch.workerIds());
    }
  };
  const isStopped = (): boolean => stopped.signal.aborted;

  /** Our own workers of before are certainly not alive: their jobs need not wait until they count as dead. */
  const giveBack = async (workerIds: readonly string[]): Promise<void> => {
    for (const workerId of workerIds) {
      try {
        await unlockJobsOf(database.pool, workerId);
        await watch.forget(workerId);
      } catch (error) {
        log.debug({ reason: messageOf(error), workerId }, 'Jobs could not be given back yet');
      }
    }
  };

  const supervision = supervise(await start());
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped.abort();
    // It may have stopped by itself a moment ago.
    await runner?.stop().catch(() => undefined);
    await supervision;
    await watch.stop();
    await giveBack(watch.workerIds());
  };
  return { stop: () => (stopping ??= stop()) };
}

function runnerOptions(options: JobRunnerOptions, watch: WorkerWatch): RunnerOptions {
  const { database, tasks, concurrency, log, pollIntervalMs = POLL_INTERVAL_MS } = options;
  const taskList: TaskList = {
    async process_image(payload, { job }) {
      const { imageId } = processImagePayload.parse(payload);
      await tasks.process_image({ imageId }, job.attempts, job.attempts >= job.max_attempts);
    },
  };
  const events: WorkerEvents = new EventEmitter();
  events.on('pool:create', ({ workerPool }) => {
    watch.add(workerPool.id);
  });
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
  return {
    pgPool: database.pool,
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
