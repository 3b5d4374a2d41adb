import { Router } from 'express';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';

/** What a check resolves with when requests are answered rightly, but not as well as they could be. */
export class Degraded {
  constructor(readonly reason: string) {}
}

/** What has to work before requests can be answered, by name. A check rejects when it does not, and may resolve with `Degraded`. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

const CHECK_TIMEOUT_MS = 5_000;

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work; 503 names what cannot, the log says why. What is
 * degraded is named too, with 200: taking the process out of service would make matters worse.
 */
export function healthRoutes(deps: {
  checks: ReadinessChecks;
  isClosing: () => boolean;
  log: Logger;
}): Router {
  const router = Router();

  router.get('/live', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });

  router.get('/ready', async (_request, response) => {
    const results = await Promise.all(
      Object.entries(deps.checks).map(async ([name, check]) => {
        try {
          const result = await within(CHECK_TIMEOUT_MS, check());
          if (!(result instanceof Degraded)) return [name, 'ok'] as const;
          deps.log.warn({ check: name, cause: result.reason }, 'Ready, but degraded');
          return [name, 'degraded'] as const;
        } catch (error) {
          deps.log.warn({ check: name, cause: messageOf(error) }, 'Not ready');
          return [name, 'failed'] as const;
        }
      }),
    );
    const ready = !deps.isClosing() && results.every(([, result]) => result !== 'failed');
    const degraded = results.some(([, result]) => result === 'degraded');
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? (degraded ? 'degraded' : 'ok') : deps.isClosing() ? 'closing' : 'unavailable',
        checks: Object.fromEntries(results),
      });
  });

  return router;
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`No answer within ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
