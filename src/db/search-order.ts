import { parameter } from './search-set.js';

/** How matches are ordered, and behind which place the page begins. */
export type SearchOrder =
  | {
      readonly by: 'similarity';
      readonly after: { readonly distance: number; readonly id: number } | undefined;
    }
  | {
      readonly by: 'date';
      readonly column: 'created_at' | 'taken_at';
      readonly direction: 'ASC' | 'DESC';
      /** `date`: ISO 8601, to the millisecond as it is stored; null where it is not known. */
      readonly after: { readonly date: string | null; readonly id: number } | undefined;
    };

/** The part of the ordered matches that is wanted. */
export interface SearchPage {
  /** At most so many matches. */
  readonly limit: number;
  readonly minSimilarity: number | undefined;
  readonly order: SearchOrder;
}

/** Whether the order asks for columns of `images`. */
export function needsImages(order: SearchOrder): boolean {
  return order.by === 'date';
}

/** The date of a match, over the alias `i` of `images`. */
export function dateSql(order: SearchOrder): string {
  return order.by === 'date' ? `i.${order.column}` : 'NULL::timestamptz';
}

/**
 * What stands behind ORDER BY, over columns named `distance`, `image_id` and `dated`.
 *
 * @param distance the expression to sort by where it is not the column itself
 */
export function orderSql(order: SearchOrder, distance = 'distance'): string {
  if (order.by === 'similarity') return `${distance}, image_id`;
  // As in lists: images without a date come last, whichever the direction.
  return `dated ${order.direction} NULLS LAST, image_id ${order.direction}`;
}

/** Which matches belong to the page, given the expressions for distance, id and date. */
export function pageCondition(
  page: SearchPage,
  { distance, id, dated }: { readonly distance: string; readonly id: string; readonly dated: string },
  values: unknown[],
): string {
  const conditions = [beginCondition(page.order, { distance, id, dated }, values)];
  if (page.minSimilarity !== undefined) {
    // The same subtraction as for the similarity that is returned, so that a threshold taken from a match keeps it.
    conditions.push(`1 - (${distance}) >= ${parameter(values, page.minSimilarity, 'float8')}`);
  }
  return conditions.join(' AND ');
}

function beginCondition(
  order: SearchOrder,
  { distance, id, dated }: { readonly distance: string; readonly id: string; readonly dated: string },
  values: unknown[],
): string {
  if (order.after === undefined) return 'true';
  const afterId = parameter(values, order.after.id, 'bigint');
  if (order.by === 'similarity') {
    return `(${distance}, ${id}) > (${parameter(values, order.after.distance, 'float8')}, ${afterId})`;
  }
  const beyond = order.direction === 'ASC' ? '>' : '<';
  if (order.after.date === null) return `(${dated} IS NULL AND ${id} ${beyond} ${afterId})`;
  const date = parameter(values, order.after.date, 'timestamptz');
  return `(${dated} IS NULL OR (${dated}, ${id}) ${beyond} (${date}, ${afterId}))`;
}
