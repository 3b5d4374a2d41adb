import { z } from 'zod';
import type { Queryable } from './database.js';
import { isEmptyFilter } from './image-filter.js';
import { int8 } from './images.js';
import { planned } from './planned.js';
import { dateSql, needsImages, orderSql, pageCondition, type SearchPage } from './search-order.js';
import { countSql, integerLiteral, parameter, searchSetSql, type SearchSet } from './search-set.js';
import { vectorIndexName } from './vector-index.js';
import { vectorParameter } from './vector.js';

export interface FoundMatch {
  readonly imageId: number;
  /** Cosine distance, from 0 to 2. */
  readonly distance: number;
  /** The date that the matches are ordered by; null where it is not known, or another order was asked for. */
  readonly date: Date | null;
}

const match = { image_id: int8, distance: z.number(), dated: z.date().nullable() };
const noMatch = { image_id: z.null(), distance: z.null(), dated: z.null() };
const counted = { candidates: z.int() };
const extent = { window_size: z.int(), furthest: z.number().nullable() };
// One row a match, or one row without a match: counts come back even when the page is empty.
const exactRow = z.union([z.object({ ...counted, ...noMatch }), z.object({ ...counted, ...match })]);
const indexRow = z.union([z.object({ ...extent, ...noMatch }), z.object({ ...extent, ...match })]);
const settingsRow = z.object({ candidates: z.int().nullable(), index_valid: z.boolean() });

/**
 * Compares the query with every image of the set. One statement, so one snapshot.
 *
 * @param count `to`: where counting stops; `atMost`: with more candidates than this only their number is returned
 * @returns how many candidates there are, `count.to` + 1 for "more", and the page in its order, ties by id
 */
export async function findExactly(
  database: Queryable,
  set: SearchSet,
  page: SearchPage,
  count: { readonly to: number; readonly atMost: number | undefined },
): Promise<{ candidates: number; matches: FoundMatch[] }> {
  const values: unknown[] = [];
  const { order } = page;
  const { source, conditions, counted } = searchSetSql(set, values, needsImages(order));
  // HNSW indexes are on `embedding::vector(N)`. This is another expression, and a column without a dimension cannot have
  // an index of that kind: whatever the planner thinks of the costs, the answer is exact.
  const distance = `e.embedding <=> ${parameter(values, vectorParameter(set.vector), 'vector')}`;
  const guard =
    count.atMost === undefined
      ? 'true'
      : `(SELECT candidates FROM size) <= ${parameter(values, count.atMost, 'integer')}`;
  const { rows } = await database.query(
    statementOf(
      set,
      `/* search.findExactly */
     WITH size AS MATERIALIZED (${countSql(counted, count.to, values)})
     SELECT size.candidates, image_id, distance, dated
     FROM size LEFT JOIN (
       SELECT e.image_id, ${distance} AS distance, ${dateSql(order)} AS dated
       FROM ${source}
       WHERE ${conditions} AND ${guard}
         AND ${pageCondition(page, { distance, id: 'e.image_id', dated: dateSql(order) }, values)}
       ORDER BY ${orderSql(order)}
       LIMIT ${parameter(values, page.limit, 'integer')}
     ) page ON true
     ORDER BY ${orderSql(order)}`,
    ),
    values,
  );
  return parseExactRows(rows);
}

/** Parses rows of `candidates`, `image_id` and `distance`: one a match, or one without a match. */
export function parseExactRows(rows: readonly unknown[]): { candidates: number; matches: FoundMatch[] } {
  const parsed = rows.map((row) => exactRow.parse(row));
  return { candidates: parsed[0]?.candidates ?? 0, matches: matchesOf(parsed) };
}

/**
 * Settings for an index scan, until the end of the transaction. Nothing else belongs into it: without sorts, statements that want
 * few rows in order read whole tables.
 *
 * @param countTo counts the candidates as well, up to here, without another round trip
 * @returns how many candidates there are, `countTo` + 1 for "more", null when they were not to be counted; and whether the
 *   model's index is there and whole, without which the scan would be a slow comparison of all
 */
export async function prepareIndexScan(
  transaction: Queryable,
  set: SearchSet,
  settings: { readonly efSearch: number; readonly maxScanTuples: number },
  countTo: number | undefined,
): Promise<{ candidates: number | null; indexValid: boolean }> {
  const values: unknown[] = [
    String(settings.efSearch),
    String(settings.maxScanTuples),
    vectorIndexName(set.modelId),
  ];
  const count =
    countTo === undefined
      ? 'NULL::integer AS candidates'
      : `(${countSql(searchSetSql(set, values).counted, countTo, values)}) AS candidates`;
  // scan_mem_multiplier: the scan remembers what it has visited; at the default it would give up at work_mem (4 MB),
  // before max_scan_tuples. enable_sort: only the index gives an order without a sort, and the planner would rather sort
  // a small table, which is not what was decided.
  const { rows } = await transaction.query(
    statementOf(
      set,
      `/* search.prepareIndexScan */
     SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
       set_config('hnsw.ef_search', $1::text, true),
       set_config('hnsw.max_scan_tuples', $2::text, true),
       set_config('hnsw.scan_mem_multiplier', '16', true),
       set_config('enable_sort', 'off', true),
       coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($3::text)), false) AS index_valid,
       ${count}`,
    ),
    values,
  );
  const { candidates, index_valid } = settingsRow.parse(rows[0]);
  return { candidates, indexValid: index_valid };
}

/**
 * Takes the images of the set that are nearest by the HNSW index, and the page from these. `prepareIndexScan` comes
 * first, in the same transaction.
 *
 * @returns how many images the window holds, the distance of its furthest, and the page in its order, ties by id
 */
export async function findByIndex(
  transaction: Queryable,
  set: SearchSet,
  page: SearchPage,
  windowSize: number,
): Promise<{ size: number; furthest: number | null; matches: FoundMatch[] }> {
  const values: unknown[] = [];
  const { order } = page;
  const { source, conditions } = searchSetSql(set, values, needsImages(order));
  const query = parameter(values, vectorParameter(set.vector), 'vector');
  const distance = `e.embedding::vector(${integerLiteral(set.dimensions)}) <=> ${query}`;
  // No id in the window's ORDER BY: the index knows none. What it brings is only nearly in order, so the window is sorted
  // again; by `distance + 0`, because PostgreSQL 17 and later believe that the window is sorted by `distance` already.
  // The threshold and the place where the page begins stand outside: inside, the scan would search for what is not there.
  const { rows } = await transaction.query(
    statementOf(
      set,
      `/* search.findByIndex */
     WITH nearest AS MATERIALIZED (
       SELECT e.image_id, ${distance} AS distance, ${dateSql(order)} AS dated
       FROM ${source}
       WHERE ${conditions}
       ORDER BY ${distance}
       LIMIT ${parameter(values, windowSize, 'integer')}
     ), extent AS (
       SELECT count(*)::integer AS window_size, max(distance) AS furthest FROM nearest
     )
     SELECT extent.window_size, extent.furthest, image_id, distance, dated
     FROM extent LEFT JOIN (
       SELECT image_id, distance, dated
       FROM nearest
       WHERE ${pageCondition(page, { distance: 'distance', id: 'image_id', dated: 'dated' }, values)}
       ORDER BY ${orderSql(order, 'distance + 0')}
       LIMIT ${parameter(values, page.limit, 'integer')}
     ) page ON true
     ORDER BY ${orderSql(order)}`,
    ),
    values,
  );
  const parsed = rows.map((row) => indexRow.parse(row));
  return {
    size: parsed[0]?.window_size ?? 0,
    furthest: parsed[0]?.furthest ?? null,
    matches: matchesOf(parsed),
  };
}

/** How many images a filter lets through decides how they are best found, so that a search with one is planned each time. */
function statementOf({ filter, readySince }: SearchSet, text: string): string | ReturnType<typeof planned> {
  return isEmptyFilter(filter) && readySince === undefined ? planned(text) : text;
}

type MatchColumns = z.infer<z.ZodObject<typeof match>> | z.infer<z.ZodObject<typeof noMatch>>;

function matchesOf(rows: readonly MatchColumns[]): FoundMatch[] {
  return rows.flatMap((row) =>
    row.image_id === null ? [] : [{ imageId: row.image_id, distance: row.distance, date: row.dated }],
  );
}
