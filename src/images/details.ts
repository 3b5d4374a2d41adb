import type { GeoPoint } from '../db/images.js';
import { isStorableText } from '../db/storable-text.js';
import { isStorableTime } from '../db/storable-time.js';
import { cleanFilename, MAX_FILENAME_CHARACTERS } from './filename.js';
import type { ImageDetails } from './images.js';
import { checkMetadata } from './metadata.js';

const MAX_TITLE_CHARACTERS = 1000;
const MAX_TAGS = 100;
const MAX_TAG_CHARACTERS = 100;

/** Details that may be stored. A field that was left out is missing. */
export interface CheckedDetails {
  readonly filename?: string | null;
  readonly title?: string | null;
  readonly tags?: readonly string[];
  /** The JSON text of an object. */
  readonly metadata?: string;
  readonly takenAt?: Date | null;
  readonly location?: GeoPoint | null;
}

/** A detail that breaks a rule; the message says what was wrong and what is allowed. */
export class InvalidDetailError extends Error {
  override readonly name = 'InvalidDetailError';

  constructor(
    readonly field: 'filename' | 'title' | 'tags' | 'metadata' | 'takenAt' | 'location',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Checks and tidies what people say about an image: trims, sorts and deduplicates tags, takes folders off file names.
 *
 * @throws InvalidDetailError for the first field that breaks a rule
 */
export function checkDetails(details: ImageDetails): CheckedDetails {
  return {
    ...(details.filename !== undefined && { filename: checkFilename(details.filename) }),
    ...(details.title !== undefined && { title: checkTitle(details.title) }),
    ...(details.tags !== undefined && { tags: checkTags(details.tags) }),
    ...(details.metadata !== undefined && { metadata: serialiseMetadata(details.metadata) }),
    ...(details.takenAt !== undefined && { takenAt: checkTakenAt(details.takenAt) }),
    ...(details.location !== undefined && { location: checkLocation(details.location) }),
  };
}

/**
 * What a file says about itself, made to fit the rules that people's words must keep: too long a title is cut, tags that
 * break a rule are left out. A file is not refused for its metadata.
 */
export function fitDetails(found: { readonly title: string | null; readonly tags: readonly string[] }): {
  title: string | null;
  tags: readonly string[];
} {
  const title = Array.from(found.title?.trim() ?? '')
    .slice(0, MAX_TITLE_CHARACTERS)
    .join('');
  const tags = found.tags
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && !isLongerThan(tag, MAX_TAG_CHARACTERS) && isStorableText(tag));
  return {
    title: title === '' || !isStorableText(title) ? null : title,
    tags: [...new Set(tags)].slice(0, MAX_TAGS).sort(),
  };
}

function checkFilename(filename: string | null): string | null {
  if (filename === null) return null;
  const clean = cleanFilename(filename);
  if (clean !== null && isLongerThan(clean, MAX_FILENAME_CHARACTERS)) {
    throw new InvalidDetailError(
      'filename',
      `The file name is longer than ${MAX_FILENAME_CHARACTERS} characters. Shorten it, or leave it out.`,
    );
  }
  return clean;
}

function checkTitle(title: string | null): string | null {
  if (title === null) return null;
  if (isLongerThan(title, MAX_TITLE_CHARACTERS)) {
    throw new InvalidDetailError(
      'title',
      `The title is longer than ${MAX_TITLE_CHARACTERS} characters. Shorten it; longer texts belong in metadata.`,
    );
  }
  if (!isStorableText(title)) throw unstorable('title', 'The title');
  return title;
}

function checkTags(given: readonly string[]): readonly string[] {
  const tags = new Set<string>();
  for (const raw of given) {
    const tag = raw.trim();
    if (tag === '') {
      throw new InvalidDetailError('tags', 'A tag is empty. A tag has from 1 to 100 characters.');
    }
    if (isLongerThan(tag, MAX_TAG_CHARACTERS)) {
      throw new InvalidDetailError(
        'tags',
        `The tag that begins with "${Array.from(tag.slice(0, 40)).slice(0, 20).join('')}" is longer than ${MAX_TAG_CHARACTERS} characters. Shorten it.`,
      );
    }
    if (!isStorableText(tag)) throw unstorable('tags', 'A tag');
    tags.add(tag);
  }
  if (tags.size > MAX_TAGS) {
    throw new InvalidDetailError(
      'tags',
      `There are ${tags.size} different tags. An image has at most ${MAX_TAGS}.`,
    );
  }
  return [...tags].sort();
}

function serialiseMetadata(metadata: unknown): string {
  const checked = checkMetadata(metadata);
  if ('problem' in checked) throw new InvalidDetailError('metadata', checked.problem);
  return checked.json;
}

function checkTakenAt(takenAt: Date | null): Date | null {
  if (takenAt === null || isStorableTime(takenAt)) return takenAt;
  throw new InvalidDetailError(
    'takenAt',
    'The time when the image was taken lies outside of the years 1 to 9999. Correct it, or leave it out.',
  );
}

function checkLocation(location: GeoPoint | null): GeoPoint | null {
  if (location === null || isPlace(location)) return location;
  throw new InvalidDetailError(
    'location',
    `There is no place at latitude ${location.latitude}, longitude ${location.longitude}. ` +
      'A latitude lies between -90 and 90 degrees, a longitude between -180 and 180.',
  );
}

/** Whether latitude and longitude are in range. */
export function isPlace({ latitude, longitude }: GeoPoint): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

function unstorable(field: InvalidDetailError['field'], what: string): InvalidDetailError {
  return new InvalidDetailError(
    field,
    `${what} has a character that PostgreSQL cannot store: U+0000 or half of a surrogate pair. Remove it.`,
  );
}

/** Counts characters as people do, so that an emoji is one and not two; stops early for long texts. */
function isLongerThan(text: string, characters: number): boolean {
  if (text.length <= characters) return false;
  return text.length > 2 * characters || Array.from(text).length > characters;
}
