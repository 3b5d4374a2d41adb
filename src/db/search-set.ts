import { imageFilterSql, isEmptyFilter, type ImageFilter } from './image-filter.js';
import { storableTime } from './storable-time.js';

/** The images that a query vector is compared with, under one model. */
export interface SearchSet {
  readonly modelId: number;
  readonly dimensions: number;
  /** A unit vector of `dimensions`. */
  readonly vector: Float32Array;
  readonly filter: ImageFilter;
  readonly excludeId: number | undefined;
  /** Only images that became READY at this time or later. */
  readonly readySince?: Date | undefined;
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

const JOINED = 'image_embeddings e JOIN images i ON i.id = e.image_id';

/**
 * The set as SQL: what stands behind FROM, and behind WHERE, for the embeddings (alias `e`) and for counting.
 * Without a filter `images` is left out: an image has an embedding of the active model exactly when it is READY.
 *
 * @param withImages joins `images` (alias `i`) even so
 */
export function searchSetSql(
  set: SearchSet,
  values: unknown[],
  withImages = false,
): { readonly source: string; readonly conditions: string; readonly counted: string } {
  const model = `e.model_id = ${integerLiteral(set.modelId)}`;
  const exclude = set.excludeId === undefined ? undefined : parameter(values, set.excludeId, 'bigint');
  const others = (id: string) => (exclude === undefined ? 'true' : `${id} <> ${exclude}`);
  if (isEmptyFilter(set.filter) && set.readySince === undefined) {
    const conditions = `${model} AND ${others('e.image_id')}`;
    const source = withImages ? JOINED : 'image_embeddings e';
    return { source, conditions, counted: `image_embeddings e WHERE ${conditions}` };
  }
  const filter = imageFilterSql(set.filter, values.length + 1);
  values.push(...filter.values);
  const since =
    set.readySince === undefined
      ? 'true'
      : `i.ready_at >= ${parameter(values, storableTime(set.readySince), 'timestamptz')}`;
  const matching = `(${filter.sql}) AND ${since}`;
  return {
    source: JOINED,
    conditions: `${model} AND ${matching} AND ${others('e.image_id')}`,
    // The join would triple the time.
    counted: `images i WHERE i.status = 'READY' AND ${matching} AND ${others('i.id')}`,
  };
}

/** A statement that counts up to a number and one more, which stands for "more". */
export function countSql(counted: string, countTo: number, values: unknown[]): string {
  return `SELECT count(*)::integer AS candidates
    FROM (SELECT FROM ${counted} LIMIT ${parameter(values, countTo + 1, 'integer')}) candidate`;
}
