import { RejectedImageError } from './images.js';
import { tooLarge } from './read-bounded.js';

const DATA_PREFIX = /^\s*data:[^,]{0,200},/i;
const FOREIGN_CHARACTER = /[^A-Za-z0-9+/_=-]/;
const EXPECTED =
  'Give the file as base64, with or without a prefix such as `data:image/jpeg;base64,`; line breaks are fine.';

/**
 * Decodes base64, plain or URL-safe, with or without a `data:` prefix and padding.
 *
 * Node's own decoder skips what it does not know, which would store a mangled file: here that is an error.
 *
 * @param maxBytes checked against the length of the text, before anything is decoded
 * @throws RejectedImageError INVALID_INPUT or TOO_LARGE
 */
export function decodeBase64(given: string, maxBytes: number): Buffer {
  const prefix = DATA_PREFIX.exec(given)?.[0];
  if (prefix !== undefined && !/;\s*base64\s*,$/i.test(prefix)) {
    throw invalid('The data: address is not base64.');
  }
  const text = given.slice(prefix?.length ?? 0).replace(/\s+/g, '');
  const firstPad = text.indexOf('=');
  const digits = firstPad === -1 ? text.length : firstPad;
  if (Math.floor((digits * 3) / 4) > maxBytes) throw tooLarge(maxBytes);
  if (FOREIGN_CHARACTER.test(text)) throw invalid('The text has characters that base64 does not use.');
  // The last group has 2 or 3 digits where it is not full, and then its padding, if any, fills it up to 4.
  const padding = text.slice(digits);
  if (digits % 4 === 1 || (padding !== '' && padding !== ['', '', '==', '='][digits % 4])) {
    throw invalid('The base64 text is cut off, or was joined from several.');
  }
  return Buffer.from(text, 'base64');
}

function invalid(what: string): RejectedImageError {
  return new RejectedImageError('INVALID_INPUT', `${what} ${EXPECTED}`);
}
