export const MAX_FILENAME_CHARACTERS = 255;

const CONTROL_CHARACTERS = /\p{Cc}/gu;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * A name without folders and control characters: what it says never reaches a path on disk, but it is shown to people
 * and offered to their browsers.
 *
 * @returns null when nothing is left of it
 */
export function cleanFilename(given: string): string | null {
  const segment = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
  const clean = segment.replace(CONTROL_CHARACTERS, '').replace(LONE_SURROGATES, '\u{fffd}').trim();
  return clean === '' || clean === '.' || clean === '..' ? null : clean;
}

/**
 * A clean name made from one that nobody typed, such as an address's: where it is too long it is cut, its extension
 * kept.
 */
export function deriveFilename(given: string | undefined): string | null {
  const clean = given === undefined ? null : cleanFilename(given);
  if (clean === null) return null;
  const characters = Array.from(clean);
  if (characters.length <= MAX_FILENAME_CHARACTERS) return clean;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? '';
  return characters.slice(0, MAX_FILENAME_CHARACTERS - extension.length).join('') + extension;
}

/** The file name in an address: its last path segment, decoded. */
export function filenameOfUrl(url: URL): string | undefined {
  const segment = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
