import { errorCode } from './errors.js';

/** No room, no room for this user, no room in a file of this process (`ulimit -f`). */
const CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Whether something could not be written because there is no room for it. */
export function isFullDisk(error: unknown): boolean {
  return CODES.has(errorCode(error) ?? '');
}
