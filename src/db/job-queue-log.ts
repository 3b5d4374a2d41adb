import { Logger as QueueLogger } from 'graphile-worker';
import type { Logger } from '../log.js';

/** graphile-worker's messages in our log, one level lower: what matters about a job, its runner says itself. */
export function jobQueueLog(log: Logger): QueueLogger {
  return new QueueLogger((scope) => (level, message) => {
    const fields = { component: 'graphile-worker', worker: scope.workerId, job: scope.jobId };
    const text: string = level;
    if (text === 'error') log.warn(fields, message);
    else log.debug(fields, message);
  });
}
