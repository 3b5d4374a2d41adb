import { errorCode } from './errors.js';
import { DATABASE_DISK_FULL, isLostConnection } from './lost-connection.js';

/**
 * What clients of the API are told when the database cannot do what is asked, although nothing is wrong with the request.
 *
 * @returns undefined when the error is of another kind
 */
export function describeDatabaseTrouble(error: unknown): string | undefined {
  if (errorCode(error) === DATABASE_DISK_FULL)
    return "The database's disk is full, so nothing was stored. Try again when whoever operates it has made room; what was acknowledged before is safe.";
  if (isLostConnection(error))
    return 'The database does not answer right now. Try again in a moment; what was acknowledged before is safe.';
  return undefined;
}
