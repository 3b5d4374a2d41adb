import { messageOf } from '../errors.js';
import { UnreadableImageError } from './encoder.js';

/** What libvips says, and what that means to whoever sent the file. The first that matches. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/is empty/i, 'The file has no bytes.'],
  [
    /unsupported image format/i,
    'The bytes are no image of a format that can be decoded (JPEG, PNG, WebP, AVIF, GIF, TIFF).',
  ],
  [/premature end|unexpected end|end of file|not enough data/i, 'The image is cut off: send the whole file.'],
  [
    /compression format|not built in|no decoding plugin/i,
    'The image is compressed in a way that cannot be decoded here.',
  ],
];

/**
 * What went wrong in sharp, as an error about the file. Its own words stay in `cause`: they can hold paths and are
 * written for those who know libvips.
 */
export function asUnreadable(error: unknown): Error {
  if (error instanceof UnreadableImageError) return error;
  const words = messageOf(error);
  // Running out of memory is no fault of the file: trying again may help.
  if (/memory/i.test(words)) return new Error(`The image could not be decoded: ${words}`, { cause: error });
  const meaning =
    MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ??
    'The image is damaged or cut off: send it again.';
  return new UnreadableImageError(meaning, { cause: error });
}
