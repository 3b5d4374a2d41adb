import type { GeoPoint, ImageStatus } from './images.js';
import { isStorableText } from './storable-text.js';
import { storableTime } from './storable-time.js';
import { vectorParameter } from './vector.js';

/** Conditions on images; all that are given must hold. An empty list of alternatives matches nothing. */
export interface ImageFilter {
  readonly ids?: readonly number[];
  readonly status?: readonly ImageStatus[];
  readonly tagsAll?: readonly string[];
  readonly tagsAny?: readonly string[];
  readonly tagsNone?: readonly string[];
  readonly mediaType?: readonly string[];
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
  readonly takenFrom?: Date;
  readonly takenBefore?: Date;
  /** Pixels; both ends included. */
  readonly widthMin?: number;
  readonly widthMax?: number;
  readonly heightMin?: number;
  readonly heightMax?: number;
  /** A part of the file name, whatever the case. */
  readonly filename?: string;
  /** The JSON text of what the metadata contains, in the sense of `jsonb @> jsonb`. */
  readonly metadata?: string;
  readonly near?: GeoPoint & { readonly radiusKm: number };
  readonly box?: GeoBox;
  readonly hasLocation?: boolean;
  readonly label?: LabelCondition;
  readonly savedSearch?: SavedSearchCondition;
  /** Every one of these lets the image through. */
  readonly and?: readonly ImageFilter[];
  /** At least one of these lets the image through. */
  readonly or?: readonly ImageFilter[];
  /** This does not let the image through. */
  readonly not?: ImageFilter;
}

/** A rectangle of latitudes and longitudes, edges included. Where west is more than east it crosses the 180th meridian. */
export interface GeoBox {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

/** A label of a label set, as readers see it. */
interface LabelCondition {
  readonly set: string;
  readonly name: string;
  /** Left out: images that have the label. */
  readonly minScore?: number;
}

/** Images that fall within a saved search. It never changes under one model, so its id tells it from others. */
interface SavedSearchCondition {
  readonly id: number;
  /** Null: there is none by this id (any more), and nothing falls within it. */
  readonly within: Within | null;
}

/** What a saved search asks of an image. */
export interface Within {
  readonly modelId: number;
  /** A unit vector of this model. */
  readonly vector: Float32Array;
  /** Left out: every image that the model has embedded is similar enough. */
  readonly leastSimilarity: number | undefined;
  /** The saved search's own. */
  readonly filter: ImageFilter;
}

/** A condition over the alias `i` of `images`, and the values of its parameters in order. */
export interface FilterSql {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Turns a filter into SQL. Every value becomes a parameter; the text depends only on which conditions are given.
 *
 * @param nextParameter the number of the first parameter that is free: 1 when the statement has no others
 * @returns `true` as the condition when nothing is asked for
 */
export function imageFilterSql(filter: ImageFilter, nextParameter: number): FilterSql {
  const values: unknown[] = [];
  const sql = conditionSql(filter, (value, type) => {
    values.push(value);
    return `$${nextParameter + values.length - 1}::${type}`;
  });
  return { sql, values };
}

/** Whether a filter lets every image through. */
export function isEmptyFilter(filter: ImageFilter): boolean {
  return imageFilterSql(filter, 1).sql === 'true';
}

function conditionSql(filter: ImageFilter, parameter: Parameter): string {
  const conditions: string[] = [];
  if (filter.ids) conditions.push(`i.id = ANY(${parameter(filter.ids, 'bigint[]')})`);
  if (filter.status) conditions.push(`i.status = ANY(${parameter(filter.status, 'image_status[]')})`);
  if (filter.tagsAll && filter.tagsAll.length > 0) {
    const impossible = !filter.tagsAll.every(isStorableText);
    conditions.push(impossible ? 'false' : `i.tags @> ${parameter(filter.tagsAll, 'text[]')}`);
  }
  if (filter.tagsAny) {
    conditions.push(`i.tags && ${parameter(filter.tagsAny.filter(isStorableText), 'text[]')}`);
  }
  if (filter.tagsNone && filter.tagsNone.length > 0) {
    conditions.push(`NOT i.tags && ${parameter(filter.tagsNone.filter(isStorableText), 'text[]')}`);
  }
  if (filter.mediaType) {
    conditions.push(`i.media_type = ANY(${parameter(filter.mediaType.filter(isStorableText), 'text[]')})`);
  }
  const compare = (column: string, operator: '<' | '<=' | '>=', value: unknown, type: string) => {
    if (value !== undefined) conditions.push(`i.${column} ${operator} ${parameter(value, type)}`);
  };
  const time = (value: Date | undefined) => value && storableTime(value);
  compare('created_at', '>=', time(filter.createdFrom), 'timestamptz');
  compare('created_at', '<', time(filter.createdBefore), 'timestamptz');
  compare('taken_at', '>=', time(filter.takenFrom), 'timestamptz');
  compare('taken_at', '<', time(filter.takenBefore), 'timestamptz');
  compare('width', '>=', filter.widthMin, 'integer');
  compare('width', '<=', filter.widthMax, 'integer');
  compare('height', '>=', filter.heightMin, 'integer');
  compare('height', '<=', filter.heightMax, 'integer');
  if (filter.filename !== undefined) {
    const impossible = !isStorableText(filter.filename);
    conditions.push(
      impossible ? 'false' : `i.filename ILIKE ${parameter(containing(filter.filename), 'text')}`,
    );
  }
  if (filter.metadata !== undefined) conditions.push(`i.metadata @> ${parameter(filter.metadata, 'jsonb')}`);
  if (filter.near) conditions.push(nearSql(filter.near, parameter));
  if (filter.box) conditions.push(boxSql(filter.box, parameter));
  if (filter.hasLocation !== undefined) {
    conditions.push(`i.latitude IS ${filter.hasLocation ? 'NOT NULL' : 'NULL'}`);
  }
  if (filter.label) conditions.push(labelSql(filter.label, parameter));
  if (filter.savedSearch) conditions.push(savedSearchSql(filter.savedSearch, parameter));
  conditions.push(...nestedSql(filter, parameter));
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** The filters within a filter. What lets everything through is left out; only then has it no parameters either. */
function nestedSql({ and = [], or, not }: ImageFilter, parameter: Parameter): string[] {
  const nested = (filter: ImageFilter) => `(${conditionSql(filter, parameter)})`;
  const conditions = and.filter((filter) => !isEmptyFilter(filter)).map(nested);
  if (or?.length === 0) conditions.push('false');
  else if (or !== undefined && !or.some(isEmptyFilter)) conditions.push(`(${or.map(nested).join(' OR ')})`);
  // Of an image whose time or place is not known, a condition on it is neither true nor false: `NOT` would leave the
  // image out of both the filter and its opposite.
  if (not !== undefined) conditions.push(`${nested(not)} IS NOT TRUE`);
  return conditions;
}

/** A pattern for LIKE that means the text itself, anywhere. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** Run and label are looked up first, so that the index on both serves; unknown ones are NULL, which nothing equals. */
function labelSql({ set, name, minScore }: LabelCondition, parameter: Parameter): string {
  if (!isStorableText(set) || !isStorableText(name)) return 'false';
  const [setName, labelName] = [parameter(set, 'text'), parameter(name, 'text')];
  const hit = minScore === undefined ? 'c.assigned' : `c.score >= ${parameter(minScore, 'real')}`;
  return `i.id IN (
    SELECT c.image_id FROM classifications AS c
    WHERE c.run_id = (SELECT s.ready_run_id FROM label_sets AS s WHERE s.name = ${setName})
      AND c.label_id = (
        SELECT v.label_id FROM label_sets AS s
        JOIN label_set_runs AS r ON r.id = s.ready_run_id
        JOIN label_versions AS v ON v.label_set_id = r.label_set_id AND v.version = r.version
        WHERE s.name = ${setName} AND v.name = ${labelName})
      AND ${hit})`;
}

/**
 * Compares the saved vector with embeddings of its own model alone, whichever model the statement around it is about. EXISTS
 * leaves it to the planner whether to compare all images or the few that the other conditions let through, and is never NULL.
 */
function savedSearchSql({ within }: SavedSearchCondition, parameter: Parameter): string {
  if (within === null) return 'false';
  const { modelId, vector, leastSimilarity, filter } = within;
  const conditions = ['m.image_id = i.id', `m.model_id = ${parameter(modelId, 'integer')}`];
  if (leastSimilarity !== undefined) {
    const distance = `m.embedding <=> ${parameter(vectorParameter(vector), 'vector')}`;
    conditions.push(`1 - (${distance}) >= ${parameter(leastSimilarity, 'float8')}`);
  }
  const similar = `EXISTS (SELECT FROM image_embeddings AS m WHERE ${conditions.join(' AND ')})`;
  return `(${similar} AND (${conditionSql(filter, parameter)}))`;
}

type Parameter = (value: unknown, type: string) => string;

function boxSql({ south, west, north, east }: GeoBox, parameter: Parameter): string {
  const [w, e] = [parameter(west, 'float8'), parameter(east, 'float8')];
  const longitudes =
    west <= east ? `i.longitude BETWEEN ${w} AND ${e}` : `(i.longitude >= ${w} OR i.longitude <= ${e})`;
  return `(i.latitude BETWEEN ${parameter(south, 'float8')} AND ${parameter(north, 'float8')} AND ${longitudes})`;
}

/** The radius of a sphere of the Earth's volume: distances are at most 0.6 % off. */
const EARTH_KM = 6371.0088;

/** The haversine formula, behind a range of latitudes that the index knows. */
function nearSql(near: NonNullable<ImageFilter['near']>, parameter: Parameter): string {
  const latitude = parameter(near.latitude, 'float8');
  const longitude = parameter(near.longitude, 'float8');
  const radius = parameter(near.radiusKm, 'float8');
  const degrees = `degrees(${radius} / ${EARTH_KM})`;
  // Rounding can bring the sum above 1 for opposite places, and asin would fail.
  return `(i.latitude BETWEEN ${latitude} - ${degrees} AND ${latitude} + ${degrees}
    AND 2 * ${EARTH_KM} * asin(sqrt(least(1, sind((i.latitude - ${latitude}) / 2) ^ 2
      + cosd(${latitude}) * cosd(i.latitude) * sind((i.longitude - ${longitude}) / 2) ^ 2))) <= ${radius})`;
}
