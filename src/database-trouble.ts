import { errorCode } from './errors.js';
import { isLostConnection } from './lost-connection.js';

/** `disk_full` of PostgreSQL. */
const DISK_FULL = '53100';

/**
 * What clients of the API are told when the database cannot do what is asked, although nothing is wrong with the request.
 *
 * @returns undefined when the error is of another kind
 */
export function describeDatabaseTrouble(error: unknown): string | undefined {
  if (isLostConnection(error))
    return 'The database does not answer right now. Try again in a moment; what was acknowledged before is safe.';
  if (errorCode(error) === DISK_FULL)
    return "The database's disk is full, so nothing was stored. Try again when whoever operates it has made room; what was acknowledged before is safe.";
  return undefined;
}
