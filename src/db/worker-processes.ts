import type { Queryable } from './database.js';

/** Says that a worker is alive. */
export async function recordHeartbeat(queryable: Queryable, workerId: string): Promise<void> {
  await queryable.query(
    `/* workerProcesses.heartbeat */
     INSERT INTO worker_processes (worker_id) VALUES ($1)
     ON CONFLICT (worker_id) DO UPDATE SET seen_at = now()`,
    [workerId],
  );
}

/** Forgets a worker that has ended. */
export async function forgetWorker(queryable: Queryable, workerId: string): Promise<void> {
  await queryable.query('/* workerProcesses.forget */ DELETE FROM worker_processes WHERE worker_id = $1', [
    workerId,
  ]);
}

/** Forgets workers that were not seen for a while. Their jobs must have been given free before. */
export async function forgetSilentWorkers(queryable: Queryable, silenceSeconds: number): Promise<void> {
  await queryable.query(
    '/* workerProcesses.forgetSilent */ DELETE FROM worker_processes WHERE seen_at < now() - make_interval(secs => $1)',
    [silenceSeconds],
  );
}
