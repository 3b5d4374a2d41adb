import type { IncomingMessage } from 'node:http';
import { RequestError } from '../errors.js';
import { GRAPHQL_PATH } from './answers.js';
import type { Authentication } from './authentication.js';
import type { HostCheck } from './host-check.js';
import type { OriginCheck } from './origins.js';
import type { Refusal } from './upgrade.js';

/**
 * Decides about a WebSocket before it is opened. Browsers let every page connect to everything and only tell where the
 * page came from, so the origin is checked here; there is no preflight that would have done it.
 */
export function createAdmission(deps: {
  checkHost: HostCheck;
  isAllowedOrigin: OriginCheck;
  authentication: Authentication;
}): (request: IncomingMessage) => Promise<Refusal | undefined> {
  return async ({ url, headers }) => {
    if (url?.split('?')[0] !== GRAPHQL_PATH) {
      return { status: 404, code: 'NOT_FOUND', message: `WebSockets are served at ${GRAPHQL_PATH} only.` };
    }
    const misdirected = await deps.checkHost(headers.host);
    if (misdirected !== undefined) {
      return { status: 421, code: 'MISDIRECTED_REQUEST', message: misdirected };
    }
    if (headers.origin !== undefined && !deps.isAllowedOrigin(headers.origin, headers.host)) {
      return {
        status: 403,
        code: 'FORBIDDEN',
        message: `Pages of the origin ${headers.origin} may not use this server. Whoever runs it can add the origin to CORS_ORIGINS.`,
      };
    }
    // Without a header the key may still come in the connectionParams: browsers can send no header.
    if (headers.authorization === undefined) return undefined;
    try {
      await deps.authentication.roleOf(headers.authorization);
      return undefined;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { status: 401, code: error.code, message: error.message };
    }
  };
}
