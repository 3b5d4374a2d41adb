import type { Database } from '../db/database.js';
import { failExhaustedJobs, releaseAllJobs, releaseJobsOf, releaseJobsOfSilentWorkers } from '../db/jobs.js';
import { forgetSilentWorkers, forgetWorker, recordHeartbeat } from '../db/worker-processes.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';

/** Tells other processes that our workers are alive, and finds workers that are not. */
export interface WorkerWatch {
  /** A worker of this process begins. */
  add(workerId: string): void;
  /**
   * A worker of this process has ended. What it leaves locked is free at once, or as soon as the database is back; others
   * need not wait until it counts as dead. Never rejects.
   */
  retire(workerId: string): Promise<void>;
  stop(): Promise<void>;
}

export interface WatchTiming {
  readonly heartbeatMs: number;
  readonly sweepMs: number;
  /** A worker that was not seen for so long is dead. */
  readonly silenceSeconds: number;
}

const TIMING: WatchTiming = { heartbeatMs: 5_000, sweepMs: 10_000, silenceSeconds: 30 };

/**
 * Takes over the jobs of dead workers, at once and from then on again and again; graphile-worker by itself waits four hours.
 *
 * The embedded database belongs to this process alone, so at the start every lock is one that a dead process left.
 */
export async function watchOverWorkers(options: {
  readonly database: Database;
  readonly log: Logger;
  readonly timing?: WatchTiming;
}): Promise<WorkerWatch> {
  const { database, log, timing = TIMING } = options;
  const { pool } = database;
  const alive = new Set<string>();
  const ended = new Set<string>();

  const releaseEnded = async (): Promise<void> => {
    for (const workerId of ended) {
      await releaseJobsOf(pool, workerId);
      if (database.kind === 'server') await forgetWorker(pool, workerId);
      ended.delete(workerId);
    }
  };
  const sweep = async (): Promise<void> => {
    await releaseEnded();
    if (database.kind === 'server') {
      const dead = await releaseJobsOfSilentWorkers(pool, timing.silenceSeconds);
      if (dead.length > 0) log.warn({ workers: dead }, 'Took over the jobs of workers that are dead');
      await forgetSilentWorkers(pool, timing.silenceSeconds);
    }
    const failed = await failExhaustedJobs(pool);
    if (failed.length > 0) log.error({ images: failed }, 'Images failed: their jobs have no attempt left');
  };
  const beat = async (): Promise<void> => {
    for (const workerId of alive) await recordHeartbeat(pool, workerId);
  };

  if (database.kind === 'embedded') await releaseAllJobs(pool);
  await sweep();

  const tryToReleaseEnded = () =>
    releaseEnded().catch((error: unknown) => {
      log.debug({ reason: messageOf(error) }, 'Jobs could not be given back yet');
    });

  /** One at a time, and a failure is no reason to end: the database may be back the next time. */
  const repeat = (what: string, work: () => Promise<void>, everyMs: number): { end(): Promise<void> } => {
    let running: Promise<void> | undefined;
    const timer = setInterval(() => {
      running ??= work()
        .catch((error: unknown) => {
          log.debug({ reason: messageOf(error) }, `${what} failed`);
        })
        .finally(() => {
          running = undefined;
        });
    }, everyMs);
    timer.unref();
    return {
      async end() {
        clearInterval(timer);
        await running;
      },
    };
  };
  const heartbeats = database.kind === 'server' ? [repeat('A heartbeat', beat, timing.heartbeatMs)] : [];
  const sweeps = repeat('Looking for dead workers', sweep, timing.sweepMs);

  return {
    add(workerId) {
      alive.add(workerId);
      if (database.kind === 'embedded') return;
      recordHeartbeat(pool, workerId).catch((error: unknown) => {
        log.debug({ reason: messageOf(error) }, 'The first heartbeat failed');
      });
    },
    async retire(workerId) {
      alive.delete(workerId);
      ended.add(workerId);
      await tryToReleaseEnded();
    },
    async stop() {
      await Promise.all([...heartbeats, sweeps].map((each) => each.end()));
      await tryToReleaseEnded();
    },
  };
}
