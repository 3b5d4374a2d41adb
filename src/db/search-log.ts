import { z } from 'zod';
import type { Queryable } from './database.js';

/** A search as the log keeps it. */
export interface LoggedSearchRow {
  readonly modelId: number;
  readonly searchedAt: Date;
  readonly kind: string;
  readonly text: string | null;
  readonly filtered: boolean;
  readonly matches: number;
  readonly bestSimilarity: number | null;
  readonly candidates: number | null;
  readonly strategy: string;
  readonly encodeMs: number;
  readonly databaseMs: number;
}

/** What the log says of a text. */
export interface LoggedText {
  readonly text: string;
  readonly searches: number;
  readonly emptySearches: number;
  readonly bestSimilarity: number | null;
  readonly lastSearchedAt: Date;
}

/** What the log says of a day. */
export interface LoggedDay {
  /** Its beginning in UTC. */
  readonly day: Date;
  readonly searches: number;
  readonly emptySearches: number;
  readonly totalMs: number;
}

/** Appends searches and counts them into their days, in one statement. */
export async function appendToSearchLog(db: Queryable, searches: readonly LoggedSearchRow[]): Promise<void> {
  await db.query(
    `/* searchLog.append */
     WITH entry AS (
       INSERT INTO search_log (searched_at, kind, text, filtered, matches, best_similarity, candidates, strategy,
         encode_ms, database_ms, model_id)
       SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::boolean[], $5::integer[], $6::float8[],
         $7::integer[], $8::text[], $9::float8[], $10::float8[], $11::integer[])
       RETURNING searched_at, matches, encode_ms + database_ms AS ms
     )
     INSERT INTO search_log_days AS d (day, searches, empty_searches, total_ms)
     SELECT (searched_at AT TIME ZONE 'UTC')::date AS day, count(*), count(*) FILTER (WHERE matches = 0), sum(ms)
     FROM entry GROUP BY 1 ORDER BY 1
     ON CONFLICT (day) DO UPDATE
     SET searches = d.searches + EXCLUDED.searches, empty_searches = d.empty_searches + EXCLUDED.empty_searches,
       total_ms = d.total_ms + EXCLUDED.total_ms`,
    [
      searches.map(({ searchedAt }) => searchedAt.toISOString()),
      searches.map(({ kind }) => kind),
      searches.map(({ text }) => text),
      searches.map(({ filtered }) => filtered),
      searches.map(({ matches }) => matches),
      searches.map(({ bestSimilarity }) => bestSimilarity),
      searches.map(({ candidates }) => candidates),
      searches.map(({ strategy }) => strategy),
      searches.map(({ encodeMs }) => encodeMs),
      searches.map(({ databaseMs }) => databaseMs),
      searches.map(({ modelId }) => modelId),
    ],
  );
}

/**
 * Forgets searches that are older than so many days, at most `limit` of them, so that nobody waits for a long statement.
 *
 * @returns how many were forgotten
 */
export async function pruneSearchLog(db: Queryable, days: number, limit: number): Promise<number> {
  const { rows } = await db.query(
    `/* searchLog.prune */
     WITH forgotten AS (
       DELETE FROM search_log WHERE id IN (
         SELECT id FROM search_log WHERE searched_at < now() - make_interval(days => $1::integer)
         ORDER BY searched_at, id LIMIT $2::integer)
       RETURNING id
     )
     SELECT count(*)::integer AS count FROM forgotten`,
    [days, limit],
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}

const dayRow = z
  .object({ day: z.date(), searches: z.int(), empty_searches: z.int(), total_ms: z.number() })
  .transform((row): LoggedDay => ({
    day: row.day,
    searches: row.searches,
    emptySearches: row.empty_searches,
    totalMs: row.total_ms,
  }));

/** The latest so many days in UTC, today included, oldest first; a day without searches has zeros. */
export async function countSearchesByDay(db: Queryable, days: number): Promise<LoggedDay[]> {
  const { rows } = await db.query(
    `/* searchLog.byDay */
     WITH today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day)
     SELECT (today.day - ago)::timestamp AT TIME ZONE 'UTC' AS day,
       coalesce(d.searches, 0) AS searches, coalesce(d.empty_searches, 0) AS empty_searches, coalesce(d.total_ms, 0) AS total_ms
     FROM today CROSS JOIN generate_series(0, $1::integer - 1) AS ago
     LEFT JOIN search_log_days AS d ON d.day = today.day - ago
     ORDER BY ago DESC`,
    [days],
  );
  return rows.map((row) => dayRow.parse(row));
}

const textRow = z
  .object({
    text: z.string(),
    searches: z.int(),
    empty_searches: z.int(),
    best_similarity: z.number().nullable(),
    last_searched_at: z.date(),
  })
  .transform((row): LoggedText => ({
    text: row.text,
    searches: row.searches,
    emptySearches: row.empty_searches,
    bestSimilarity: row.best_similarity,
    lastSearchedAt: row.last_searched_at,
  }));

/**
 * The texts that were searched most in the latest so many days, whatever the case of their letters.
 *
 * @param wanted `emptyOnly`: those that found nothing, by how often that was; `considered`: the latest so many entries
 *   are looked at, and none before them
 */
export async function findLoggedTexts(
  db: Queryable,
  wanted: {
    readonly days: number;
    readonly limit: number;
    readonly emptyOnly: boolean;
    readonly considered: number;
  },
): Promise<LoggedText[]> {
  const { rows } = await db.query(
    `/* searchLog.texts */
     WITH recent AS (
       SELECT id, searched_at, text, matches, best_similarity FROM search_log
       WHERE searched_at >= now() - make_interval(days => $1::integer)
       ORDER BY searched_at DESC, id DESC LIMIT $4::integer
     ), texts AS (
       SELECT mode() WITHIN GROUP (ORDER BY text) AS text, count(*)::integer AS searches,
         count(*) FILTER (WHERE matches = 0)::integer AS empty_searches, max(best_similarity) AS best_similarity,
         max(searched_at) AS last_searched_at, max(id) AS last_id
       FROM recent WHERE text IS NOT NULL GROUP BY lower(text)
     )
     SELECT text, searches, empty_searches, best_similarity, last_searched_at FROM texts
     WHERE NOT $3::boolean OR empty_searches > 0
     ORDER BY CASE WHEN $3::boolean THEN empty_searches ELSE searches END DESC, last_searched_at DESC, last_id DESC
     LIMIT $2::integer`,
    [wanted.days, wanted.limit, wanted.emptyOnly, wanted.considered],
  );
  return rows.map((row) => textRow.parse(row));
}
