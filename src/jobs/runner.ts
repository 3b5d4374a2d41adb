import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { JobRunner } from './jobs.js';
import { startQueueWorker, type QueueWorker, type QueueWorkerOptions } from './queue-worker.js';
import { watchOverWorkers, type WatchTiming } from './worker-watch.js';

export type { JobRunner } from './jobs.js';

export interface JobRunnerOptions extends QueueWorkerOptions {
  readonly timing?: WatchTiming;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

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
  const isStopped = () => stopped.signal.aborted;

  const start = async (): Promise<QueueWorker> => {
    const worker = await startQueueWorker(options);
    watch.add(worker.id);
    return worker;
  };

  /** @returns undefined when `stop` came first */
  const startAgain = async (): Promise<QueueWorker | undefined> => {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await delay(pause, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      if (isStopped()) return undefined;
      try {
        return await start();
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'The job runner cannot be started yet');
      }
    }
  };

  let worker: QueueWorker | undefined = await start();
  /** Until it is stopped: when graphile-worker gives up, because the database is gone, another one is started. */
  const supervise = async (): Promise<void> => {
    while (worker !== undefined) {
      // `stop` may have come while it was being started.
      if (isStopped()) await worker.stop();
      await worker.ended;
      await watch.retire(worker.id);
      if (isStopped()) return;
      log.warn('The job runner stopped; it is started again');
      worker = await startAgain();
    }
  };

  const supervision = supervise();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped.abort();
    await worker?.stop();
    await supervision;
    await watch.stop();
  };
  return { stop: () => (stopping ??= stop()) };
}
