import type { RequestHandler } from 'express';
import type { Config } from '../config.js';
import { sendError } from './answers.js';

export type OriginCheck = (origin: string, hostHeader: string | undefined) => boolean;

/** Whether a page of an origin may use this server from a browser: its own pages, PUBLIC_URL's, and those listed. */
export function createOriginCheck(config: Pick<Config, 'corsOrigins' | 'publicUrl'>): OriginCheck {
  const allowed = new Set(config.corsOrigins);
  if (config.publicUrl !== undefined) allowed.add(new URL(config.publicUrl).origin);
  return (origin, hostHeader) =>
    allowed.has(origin) ||
    // A proxy may speak https for us, so the scheme is not compared.
    (hostHeader !== undefined && origin.replace(/^https?:\/\//, '') === hostHeader);
}

/**
 * Cross-origin resource sharing for the origins in CORS_ORIGINS; none by default, because on a loopback address every
 * page that the user visits can send requests here. Keys travel in a header, never in a cookie, so credentials are off.
 */
export function cors(isAllowed: OriginCheck): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin');
    const { origin, host } = request.headers;
    const allowed = origin !== undefined && isAllowed(origin, host);
    if (allowed) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Expose-Headers', 'X-Request-Id');
    }
    const wantedMethod = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || origin === undefined || wantedMethod === undefined) {
      next();
      return;
    }
    if (!allowed) {
      sendError(
        response,
        403,
        'FORBIDDEN',
        `Pages of the origin ${JSON.stringify(origin)} may not use this server. Whoever runs it can add the origin to CORS_ORIGINS.`,
      );
      return;
    }
    response.vary('Access-Control-Request-Headers');
    response.set({
      'Access-Control-Allow-Methods': 'GET, HEAD, POST',
      'Access-Control-Allow-Headers': request.get('Access-Control-Request-Headers') ?? '',
      'Access-Control-Max-Age': '600',
    });
    response.status(204).end();
  };
}
