// PostgreSQL reads four-digit years only in the form that JavaScript writes, and no image is older or newer than these.
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether PostgreSQL can be told of this time in ISO 8601: the years from 1 to 9999. */
export function isStorableTime(time: Date): boolean {
  return time.getTime() >= EARLIEST && time.getTime() <= LATEST;
}

/** A time as PostgreSQL reads it; the nearest one where it is out of range. */
export function storableTime(time: Date): string {
  return new Date(Math.min(Math.max(time.getTime(), EARLIEST), LATEST)).toISOString();
}
