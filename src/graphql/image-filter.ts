import { createHash } from 'node:crypto';
import { checkLength, checkTexts } from './arguments.js';
import type { ImageFilter as ImageFilterInput, InputMaybe } from './generated/types.js';
import { requireImageId } from './global-ids.js';
import type { ImageFilter } from './mappers.js';

/**
 * Turns the filter of a request into the domain's, with every list bounded. Null counts as left out.
 *
 * @throws RequestError BAD_USER_INPUT
 */
export function parseImageFilter(input: InputMaybe<ImageFilterInput>): ImageFilter {
  if (!input) return {};
  const { ids, status, tagsAll, tagsAny, tagsNone, mediaType, createdAt } = input;
  if (ids) checkLength(ids, 'filter.ids');
  return {
    ...(ids && { ids: unique(ids.map((id) => requireImageId(id, 'filter.ids'))) }),
    ...(status && { status: unique(status) }),
    ...(tagsAll && { tagsAll: unique(checkTexts(tagsAll, 'filter.tagsAll')) }),
    ...(tagsAny && { tagsAny: unique(checkTexts(tagsAny, 'filter.tagsAny')) }),
    ...(tagsNone && { tagsNone: unique(checkTexts(tagsNone, 'filter.tagsNone')) }),
    ...(mediaType && { mediaType: unique(checkTexts(mediaType, 'filter.mediaType')) }),
    ...(createdAt?.from && { createdFrom: createdAt.from }),
    ...(createdAt?.before && { createdBefore: createdAt.before }),
  };
}

/** A digest that is the same for filters that mean the same: what a cursor carries to know its own list. */
export function filterDigest(filter: ImageFilter): string {
  const conditions: readonly (readonly [string, unknown])[] = Object.entries(filter);
  const canonical = conditions
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(String).sort() : value])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url').slice(0, 16);
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
