import { isStorableText } from '../db/storable-text.js';
import { RequestError } from '../errors.js';

/** Characters that a text, a label, a template or a filled template may have. CLIP reads about the first 300. */
export const MAX_TEXT_CHARACTERS = 1_000;

/**
 * The form in which a text is encoded and stored: Unicode NFC, no white space at the ends, one space for every run of
 * it. CLIP's tokenizer reads all these spellings alike, so they share one embedding. Case is left alone: CLIP folds it
 * by itself, and a multilingual model may not.
 *
 * @param what names the text in error messages, with a capital: `The query`
 * @throws RequestError BAD_USER_INPUT when it is empty, too long or cannot be stored
 */
export function normaliseText(text: string, what: string): string {
  // No Unicode form makes this short enough, and a body of megabytes is not worth normalising.
  if (text.length > 100 * MAX_TEXT_CHARACTERS) throw tooLong(what, text.length);
  if (!isStorableText(text)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `${what} has a NUL character or half of a surrogate pair. Write it as plain Unicode text.`,
    );
  }
  const normal = text.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (normal === '') {
    throw new RequestError(
      'BAD_USER_INPUT',
      `${what} is empty. Write from 1 to ${MAX_TEXT_CHARACTERS.toLocaleString('en')} characters.`,
    );
  }
  const characters = countCharacters(normal);
  if (characters > MAX_TEXT_CHARACTERS) throw tooLong(what, characters);
  return normal;
}

function tooLong(what: string, characters: number): RequestError {
  return new RequestError(
    'BAD_USER_INPUT',
    `${what} has ${characters.toLocaleString('en')} characters; at most ${MAX_TEXT_CHARACTERS.toLocaleString('en')} ` +
      'are allowed. Shorten it: CLIP reads only the first 77 tokens.',
  );
}

/** Code points, as people count, not UTF-16 units. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
