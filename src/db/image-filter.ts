import type { ImageStatus } from './images.js';
import { isStorableText } from './storable-text.js';

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
  const conditions: string[] = [];
  const parameter = (value: unknown, type: string): string => {
    values.push(value);
    return `$${nextParameter + values.length - 1}::${type}`;
  };

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
  if (filter.createdFrom) {
    conditions.push(`i.created_at >= ${parameter(storableTime(filter.createdFrom), 'timestamptz')}`);
  }
  if (filter.createdBefore) {
    conditions.push(`i.created_at < ${parameter(storableTime(filter.createdBefore), 'timestamptz')}`);
  }
  return { sql: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
}

/** Whether a filter lets every image through. */
export function isEmptyFilter(filter: ImageFilter): boolean {
  return imageFilterSql(filter, 1).sql === 'true';
}

// PostgreSQL reads four-digit years only in the form that JavaScript writes, and no image is older or newer than these.
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

function storableTime(time: Date): string {
  return new Date(Math.min(Math.max(time.getTime(), EARLIEST), LATEST)).toISOString();
}
