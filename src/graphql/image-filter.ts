import { RequestError } from '../errors.js';
import { isPlace } from '../images/details.js';
import { checkMetadata } from '../images/metadata.js';
import { checkLength, checkScore, checkTexts } from './arguments.js';
import type {
  ImageFilter as ImageFilterInput,
  InputMaybe,
  LabelFilter,
  LocationFilter,
} from './generated/types.js';
import { requireImageId } from './global-ids.js';
import type { ImageFilter } from './mappers.js';

/** How deep filters may stand within a filter, and how many they may be, itself counted. */
const MAX_DEPTH = 5;
const MAX_FILTERS = 50;

/** What the saved searches that a filter names ask for, by the ids that it names them by. */
export type NamedSearches = ReadonlyMap<string, NonNullable<ImageFilter['savedSearch']>>;

/**
 * Turns the filter of a request into the domain's, with every list bounded. Null counts as left out.
 *
 * @param named all saved searches that the filter names; left out: it may name none
 * @throws RequestError BAD_USER_INPUT
 */
export function parseImageFilter(input: InputMaybe<ImageFilterInput>, named?: NamedSearches): ImageFilter {
  if (!input) return {};
  filtersWithin(input);
  return parseConditions(input, named);
}

/**
 * A filter and all that stand within it. Comes before anything else is done with it: a filter takes memory and the database's
 * time for each that it holds.
 *
 * @throws RequestError BAD_USER_INPUT for too many of them, or too deep ones
 */
export function filtersWithin(input: ImageFilterInput): readonly ImageFilterInput[] {
  let level: readonly ImageFilterInput[] = [input];
  const filters: ImageFilterInput[] = [];
  for (let depth = 0; level.length > 0; depth++) {
    filters.push(...level);
    if (depth > MAX_DEPTH) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`filter\` has \`and\`, \`or\` and \`not\` more than ${MAX_DEPTH} levels deep. Bring inner conditions out.`,
      );
    }
    if (filters.length > MAX_FILTERS) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`filter\` is made of more than ${MAX_FILTERS} filters in all. Lists such as \`tagsAny\` and \`ids\` say the same in one.`,
      );
    }
    level = level.flatMap(({ and, or, not }) => [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])]);
  }
  return filters;
}

function parseConditions(input: ImageFilterInput, named: NamedSearches | undefined): ImageFilter {
  const { ids, status, tagsAll, tagsAny, tagsNone, mediaType, createdAt, takenAt, width, height } = input;
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
    ...(takenAt?.from && { takenFrom: takenAt.from }),
    ...(takenAt?.before && { takenBefore: takenAt.before }),
    ...(isGiven(width?.min) && { widthMin: width.min }),
    ...(isGiven(width?.max) && { widthMax: width.max }),
    ...(isGiven(height?.min) && { heightMin: height.min }),
    ...(isGiven(height?.max) && { heightMax: height.max }),
    ...(isGiven(input.filename) && { filename: checkFilename(input.filename) }),
    ...(isGiven(input.metadata) && { metadata: checkContained(input.metadata) }),
    ...parseLocation(input.location),
    ...(isGiven(input.hasLocation) && { hasLocation: input.hasLocation }),
    ...(input.label && { label: parseLabel(input.label) }),
    ...(isGiven(input.savedSearch) && { savedSearch: lookUp(input.savedSearch, named) }),
    ...(input.and && { and: input.and.map((each) => parseConditions(each, named)) }),
    ...(input.or && { or: input.or.map((each) => parseConditions(each, named)) }),
    ...(input.not && { not: parseConditions(input.not, named) }),
  };
}

function parseLabel({ set, name, minScore }: LabelFilter): NonNullable<ImageFilter['label']> {
  checkTexts([set, name], 'filter.label', 400);
  if (!isGiven(minScore)) return { set, name };
  return { set, name, minScore: checkScore(minScore, 'filter.label.minScore') };
}

function lookUp(id: string, named: NamedSearches | undefined): NonNullable<ImageFilter['savedSearch']> {
  const found = named?.get(id);
  if (found !== undefined) return found;
  throw new RequestError(
    'BAD_USER_INPUT',
    '`filter.savedSearch` cannot stand in the filter of a saved search, which could then fall back on itself. Write the conditions ' +
      'of the other one out, or ask for both when you search: `and: [{ savedSearch: "…" }, { savedSearch: "…" }]`.',
  );
}

function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== null && value !== undefined;
}

function checkFilename(filename: string): string {
  const [text = ''] = checkTexts([filename], 'filter.filename');
  return text;
}

/** What metadata is to contain must be something that metadata can be. */
function checkContained(metadata: unknown): string {
  const checked = checkMetadata(metadata);
  if ('problem' in checked)
    throw new RequestError('BAD_USER_INPUT', `\`filter.metadata\`: ${checked.problem}`);
  return checked.json;
}

/** Half of the Earth's circumference: nothing is further away. */
const FURTHEST_KM = 20_038;

function parseLocation(input: InputMaybe<LocationFilter>): Pick<ImageFilter, 'near' | 'box'> {
  if (!input) return {};
  if (input.near !== undefined) {
    const { radiusKm, ...place } = input.near;
    checkPlace(place, 'filter.location.near');
    if (radiusKm <= 0 || radiusKm > FURTHEST_KM) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`filter.location.near.radiusKm\` is ${radiusKm}, but a radius is more than 0 and at most ${FURTHEST_KM} km.`,
      );
    }
    return { near: { ...place, radiusKm } };
  }
  const { south, west, north, east } = input.box;
  checkPlace({ latitude: south, longitude: west }, 'filter.location.box');
  checkPlace({ latitude: north, longitude: east }, 'filter.location.box');
  if (south > north) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`filter.location.box\` has its south (${south}) above its north (${north}). Exchange them.`,
    );
  }
  return { box: { south, west, north, east } };
}

function checkPlace(place: { readonly latitude: number; readonly longitude: number }, name: string): void {
  if (isPlace(place)) return;
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`${name}\` names latitude ${place.latitude}, longitude ${place.longitude}. A latitude lies between -90 and 90 degrees, a longitude between -180 and 180.`,
  );
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
