import { errorCode } from './errors.js';

/** Of Node, when the server's machine or port does not answer; a name may not resolve while a container starts again. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** `disk_full` of PostgreSQL. */
export const DATABASE_DISK_FULL = '53100';

/**
 * Of PostgreSQL: it stops (57P01), crashed (57P02), starts (57P03), or has no connection (53300) or no room left (53100) right
 * now. A server without room for its log stops, so that the two look alike from here.
 */
const SERVER_CODES = new Set(['57P01', '57P02', '57P03', '53300', DATABASE_DISK_FULL]);

/** Of Prisma, over the same driver: not reached, not in time, closed, no connection free. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024']);

const LOST_CODES = new Set([...SOCKET_CODES, ...SERVER_CODES, ...PRISMA_CODES]);

/** node-postgres gives these no code; Prisma puts lines of its own before them. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|terminating connection)/m;

/**
 * Whether a statement failed because the server went away, so that it may well succeed when it is back. What had been sent
 * last may have happened all the same, only the answer is missing.
 */
export function isLostConnection(error: unknown): boolean {
  // Node tries every address of a host, and gives the failures as a list.
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isLostConnection);
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  // Class 08 is "connection exception".
  if (code !== undefined && (LOST_CODES.has(code) || code.startsWith('08'))) return true;
  return DRIVER_MESSAGES.test(error.message);
}
