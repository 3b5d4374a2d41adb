import type { ErrorFields } from './wire.js';

/** What the gateway tells clients in PostgreSQL's place, with the codes that PostgreSQL has for it. */

export function idledTooLong(idleLimitMs: number): ErrorFields {
  return {
    severity: 'FATAL',
    code: '25P03',
    message:
      `A transaction was left open for ${idleLimitMs / 1000} s without a statement while others waited for the ` +
      'embedded database, which runs one transaction at a time. It was rolled back.',
  };
}

/** What PostgreSQL says of ENOSPC, in the language that the embedded one speaks. */
export const isDiskFull = (reason: string): boolean => reason.includes('No space left on device');

/** Of a session that was lost, and is going to be opened again. */
export function crashed(reason: string): ErrorFields {
  if (isDiskFull(reason)) return DISK_FULL;
  return {
    severity: 'FATAL',
    code: '57P02',
    message: `The embedded database stopped unexpectedly (${reason}). What was committed is safe; try again.`,
  };
}

export function crashedForGood(reason: string): ErrorFields {
  const error = crashed(reason);
  return { ...error, message: `${error.message} It will not be opened again: restart Pictograph.` };
}

export const DISK_FULL: ErrorFields = {
  severity: 'FATAL',
  code: '53100',
  message:
    'The disk of the embedded database is full. What was committed is safe; make room, and it is opened again by itself.',
};

export const SHUTTING_DOWN: ErrorFields = {
  severity: 'FATAL',
  code: '57P01',
  message: 'The embedded database is shutting down.',
};

export const UNNAMED_LOST: ErrorFields = {
  severity: 'ERROR',
  code: '26000',
  message:
    'The unnamed prepared statement does not exist: on the embedded database it lasts until the next Sync. Give it a name.',
};
