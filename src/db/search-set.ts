import { imageFilterSql, isEmptyFilter, type ImageFilter } from './image-filter.js';

/** The images that a query vector is compared with, under one model. */
export interface SearchSet {
  readonly modelId: number;
  readonly dimensions: number;
  /** A unit vector of `dimensions`. */
  readonly vector: Float32Array;
  readonly filter: ImageFilter;
  readonly excludeId: number | undefined;
}

/** The part of the ordered matches that is wanted. */
export interface SearchPage {
  /** At most so many matches. */
  readonly limit: number;
  /** Only behind this place. */
  readonly after: { readonly distance: number; readonly id: number } | undefined;
  readonly minSimilarity: number | undefined;
}

/** Adds a parameter to a statement. */
export function parameter(values: unknown[], value: unknown, type: string): string {
  values.push(value);
  return `$${values.length}::${type}`;
}

/** A number as a literal: partial and expression indexes match only what is written like them. */
export function integerLiteral(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no whole number.`);
  return String(value);
}

/**
 * The set as SQL: what stands behind FROM, and behind WHERE, for the embeddings (alias `e`) and for counting.
 * Without a filter `images` is left out: an image has an embedding of the active model exactly when it is READY.
 */
export function searchSetSql(
  set: SearchSet,
  values: unknown[],
): { readonly source: string; readonly conditions: string; readonly counted: string } {
  const model = `e.model_id = ${integerLiteral(set.modelId)}`;
  const exclude = set.excludeId === undefined ? undefined : parameter(values, set.excludeId, 'bigint');
  const others = (id: string) => (exclude === undefined ? 'true' : `${id} <> ${exclude}`);
  if (isEmptyFilter(set.filter)) {
    const conditions = `${model} AND ${others('e.image_id')}`;
    return { source: 'image_embeddings e', conditions, counted: `image_embeddings e WHERE ${conditions}` };
  }
  const filter = imageFilterSql(set.filter, values.length + 1);
  values.push(...filter.values);
  return {
    source: 'image_embeddings e JOIN images i ON i.id = e.image_id',
    conditions: `${model} AND (${filter.sql}) AND ${others('e.image_id')}`,
    // The join would triple the time.
    counted: `images i WHERE i.status = 'READY' AND (${filter.sql}) AND ${others('i.id')}`,
  };
}

/** A statement that counts up to a number and one more, which stands for "more". */
export function countSql(counted: string, countTo: number, values: unknown[]): string {
  return `SELECT count(*)::integer AS candidates
    FROM (SELECT FROM ${counted} LIMIT ${parameter(values, countTo + 1, 'integer')}) candidate`;
}

/** Which matches belong to the page, given the expressions for distance and id. */
export function pageCondition(page: SearchPage, distance: string, id: string, values: unknown[]): string {
  const conditions: string[] = [];
  if (page.after !== undefined) {
    const { after } = page;
    conditions.push(
      `(${distance}, ${id}) > (${parameter(values, after.distance, 'float8')}, ${parameter(values, after.id, 'bigint')})`,
    );
  }
  if (page.minSimilarity !== undefined) {
    // The same subtraction as for the similarity that is returned, so that a threshold taken from a match keeps it.
    conditions.push(`1 - (${distance}) >= ${parameter(values, page.minSimilarity, 'float8')}`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
