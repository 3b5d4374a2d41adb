import type { ExpandedTags } from 'exifreader';
import { z } from 'zod';
import type { GeoPoint } from '../db/images.js';
import { isStorableTime } from '../db/storable-time.js';
import { isPlace } from './details.js';

/** What a file says about itself; null and empty where it says nothing. Not checked against the rules for details. */
export const embeddedMetadata = z.object({
  takenAt: z.date().nullable(),
  location: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  camera: z.string().nullable(),
  title: z.string().nullable(),
  tags: z.array(z.string()),
});
export type EmbeddedMetadata = z.infer<typeof embeddedMetadata>;

export const NO_METADATA: EmbeddedMetadata = {
  takenAt: null,
  location: null,
  camera: null,
  title: null,
  tags: [],
};

/** The tags that are understood here: the fewer are parsed, the less can go wrong. */
export const WANTED_TAGS = {
  exif: [
    ...['Make', 'Model', 'DateTimeOriginal', 'OffsetTimeOriginal', 'SubSecTimeOriginal'],
    ...['DateTimeDigitized', 'OffsetTimeDigitized', 'SubSecTimeDigitized'],
    ...['GPSLatitudeRef', 'GPSLatitude', 'GPSLongitudeRef', 'GPSLongitude'],
  ],
  gps: true,
  iptc: true,
  xmp: true,
} as const;

const MAX_CAMERA_CHARACTERS = 200;

/**
 * Chooses among what EXIF, XMP and IPTC say. EXIF comes first for what the camera knows, XMP for what people wrote. Every
 * tag may be missing, or anything at all: hostile files come this way.
 */
export function interpretTags(tags: ExpandedTags): EmbeddedMetadata {
  const group = (found: object | undefined) => {
    const named = new Map<string, unknown>(Object.entries(found ?? {}));
    return (name: string) => textsOf(named.get(name));
  };
  const [exifTexts, xmp, iptc] = [group(tags.exif), group(tags.xmp), group(tags.iptc)];
  const exif = (name: string) => exifTexts(name)[0];
  const exifTime = (kind: 'Original' | 'Digitized') =>
    parseExifTime(exif(`DateTime${kind}`), exif(`SubSecTime${kind}`), exif(`OffsetTime${kind}`));
  return {
    takenAt:
      exifTime('Original') ??
      parseIsoTime(xmp('DateTimeOriginal')[0]) ??
      parseIsoTime(xmp('DateCreated')[0]) ??
      parseIsoTime([...iptc('Date Created').slice(0, 1), ...iptc('Time Created').slice(0, 1)].join('T')) ??
      exifTime('Digitized') ??
      null,
    location:
      placeOf(tags.gps?.Latitude, tags.gps?.Longitude) ??
      placeOf(parseXmpDegrees(xmp('GPSLatitude')[0]), parseXmpDegrees(xmp('GPSLongitude')[0])) ??
      null,
    camera: cameraOf(exif('Make') ?? xmp('Make')[0], exif('Model') ?? xmp('Model')[0]),
    title: defaultText(tags.xmp?.['title']) ?? iptc('Object Name')[0] ?? null,
    tags: [...xmp('subject'), ...iptc('Keywords')],
  };
}

/**
 * EXIF's `2024:06:01 12:30:15` with its fraction and its offset from UTC. A time without an offset is read as UTC: nobody
 * knows better, and it stays the time that the camera's clock showed.
 */
function parseExifTime(time = '', fraction = '', offset = ''): Date | undefined {
  const [, date, clock] = /^(\d{4}:\d\d:\d\d)[ T](\d\d:\d\d:\d\d)/.exec(time) ?? [];
  if (date === undefined || clock === undefined) return undefined;
  const digits = /^\d+/.exec(fraction)?.[0] ?? '0';
  const zone = /^[+-]\d\d:\d\d$/.test(offset) ? offset : 'Z';
  return parseIsoTime(`${date.replaceAll(':', '-')}T${clock}.${digits}${zone}`);
}

const ISO_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):?(\d\d))?)?$/;

/** A date, or a date and time, of ISO 8601 as XMP and IPTC have it; without a zone UTC. Years from 1 to 9999. */
function parseIsoTime(text = ''): Date | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const local = new Date(`${written}Z`);
  // 31 April would become 1 May, and cameras whose clock was never set write 0000:00:00.
  if (year === '0000' || Number.isNaN(local.getTime()) || !local.toISOString().startsWith(written))
    return undefined;
  const [sign, offsetHours, offsetMinutes] = [match[8], Number(match[9] ?? 0), Number(match[10] ?? 0)];
  const offset = (sign === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  const time = new Date(local.getTime() + Number(fraction.padEnd(3, '0').slice(0, 3)) - offset);
  return isStorableTime(time) ? time : undefined;
}

/** A place in range. Exactly 0, 0 lies in the ocean, and is what devices write that found no satellite. */
function placeOf(latitude = Number.NaN, longitude = Number.NaN): GeoPoint | undefined {
  if (latitude === 0 && longitude === 0) return undefined;
  const place = { latitude, longitude };
  return isPlace(place) ? place : undefined;
}

/** XMP's `50,5.25N` or `50,5,15N`: degrees, minutes and seconds. */
function parseXmpDegrees(text = ''): number | undefined {
  const match = /^(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])$/.exec(text);
  if (match === null) return undefined;
  const degrees = Number(match[1]) + Number(match[2]) / 60 + Number(match[3] ?? 0) / 3600;
  return match[4] === 'S' || match[4] === 'W' ? -degrees : degrees;
}

/** Many models repeat the make: `Canon` and `Canon EOS 80D` are one camera's name. */
function cameraOf(make: string | undefined, model: string | undefined): string | null {
  const firstWord = (text: string | undefined) => text?.split(' ')[0]?.toLowerCase();
  const words = firstWord(make) === firstWord(model) ? [model] : [make, model];
  const camera = words.filter((word) => word !== undefined).join(' ');
  return camera === '' ? null : Array.from(camera).slice(0, MAX_CAMERA_CHARACTERS).join('');
}

/** The text of a language alternative that is meant for everybody: the one marked `x-default`, or the first. */
function defaultText(tag: unknown): string | undefined {
  const value = xmpTag.safeParse(tag).data?.value;
  const alternatives: readonly unknown[] = Array.isArray(value) ? value : [];
  const chosen = alternatives.find(
    (alternative) => languageTag.safeParse(alternative).data?.attributes.lang === 'x-default',
  );
  return textsOf(chosen ?? tag)[0];
}

const languageTag = z.object({ attributes: z.object({ lang: z.string() }) });
const xmpTag = z.object({ value: z.unknown() });
const textTag = z.union([
  // EXIF has lists of texts, XMP texts and lists of tags, IPTC bytes with their text as description.
  z.object({ value: z.string() }).transform(({ value }) => [value]),
  z.object({ value: z.array(z.string()) }).transform(({ value }) => value.slice(0, 1)),
  z
    .object({ value: z.array(z.number()), description: z.string() })
    .transform(({ description }) => [description]),
]);
const textTags = z.union([
  textTag,
  z.array(z.unknown()).transform((tags) => tags.flatMap((tag) => textTag.safeParse(tag).data ?? [])),
  z
    .object({ value: z.array(z.unknown()) })
    .transform(({ value }) => value.flatMap((tag) => textTag.safeParse(tag).data ?? [])),
]);

/** The texts of a tag, or of several of one name, tidied; empty ones are left out. */
function textsOf(tag: unknown): string[] {
  return (textTags.safeParse(tag).data ?? [])
    .map((text) => text.replace(CONTROL_CHARACTERS, ' ').trim())
    .filter((text) => text !== '');
}

/** Fixed-length fields are filled up with U+0000. */
const CONTROL_CHARACTERS = /\p{Cc}+/gu;
