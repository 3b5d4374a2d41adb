import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../log.js';

/** Gives each request an id, which its answer names, and logs it at debug. Query strings hold data and stay out. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID();
    const startedAt = performance.now();
    const { method, path } = request;
    response.set('X-Request-Id', requestId);
    response.once('close', () => {
      log.debug(
        {
          requestId,
          method,
          path,
          status: response.statusCode,
          ms: Math.round(performance.now() - startedAt),
          ...(!response.writableFinished && { brokenOff: true }),
        },
        'request',
      );
    });
    next();
  };
}
