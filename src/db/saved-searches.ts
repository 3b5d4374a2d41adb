import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { parseVector, vectorParameter } from './vector.js';

/** A row of `searches`, parsed. */
export interface SavedSearchRow {
  readonly id: number;
  readonly name: string;
  /** JSON, as it was stored. */
  readonly query: unknown;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly minSimilarity: number | null;
  readonly minStandardScore: number | null;
  readonly modelId: number;
  readonly embedding: Float32Array;
  readonly createdAt: Date;
}

/** A search that is to be saved. */
export interface NewSavedSearch {
  readonly name: string;
  /** JSON text. */
  readonly query: string;
  /** The JSON text of an object. */
  readonly filter: string;
  readonly minSimilarity: number | null;
  readonly minStandardScore: number | null;
  readonly modelId: number;
  readonly embedding: Float32Array;
}

const COLUMNS =
  's.id, s.name, s.query, s.filter, s.min_similarity, s.min_standard_score, s.model_id, vector_send(s.embedding) AS embedding, s.created_at';

const savedSearchRow = z
  .object({
    id: int8,
    name: z.string(),
    query: z.unknown(),
    filter: z.record(z.string(), z.unknown()),
    min_similarity: z.number().nullable(),
    min_standard_score: z.number().nullable(),
    model_id: z.int(),
    embedding: z.instanceof(Buffer),
    created_at: z.date(),
  })
  .transform((row): SavedSearchRow => ({
    id: row.id,
    name: row.name,
    query: row.query,
    filter: row.filter,
    minSimilarity: row.min_similarity,
    minStandardScore: row.min_standard_score,
    modelId: row.model_id,
    embedding: parseVector(row.embedding),
    createdAt: row.created_at,
  }));
const parseRows = (rows: readonly unknown[]) => rows.map((row) => savedSearchRow.parse(row));

/** @returns undefined when there is one by this name already */
export async function insertSavedSearch(
  db: Queryable,
  search: NewSavedSearch,
): Promise<SavedSearchRow | undefined> {
  const { rows } = await db.query(
    `/* savedSearches.insert */
     INSERT INTO searches AS s (name, query, filter, min_similarity, min_standard_score, model_id, embedding)
     VALUES ($1, $2::jsonb, $3::jsonb, $4::float8, $5::float8, $6::integer, $7::vector)
     ON CONFLICT (name) DO NOTHING
     RETURNING ${COLUMNS}`,
    [
      search.name,
      search.query,
      search.filter,
      search.minSimilarity,
      search.minStandardScore,
      search.modelId,
      vectorParameter(search.embedding),
    ],
  );
  return parseRows(rows)[0];
}

/** In no particular order; unknown ids are left out. */
export async function findSavedSearches(db: Queryable, ids: readonly number[]): Promise<SavedSearchRow[]> {
  const { rows } = await db.query(
    `/* savedSearches.byIds */ SELECT ${COLUMNS} FROM searches AS s WHERE s.id = ANY($1::bigint[])`,
    [ids],
  );
  return parseRows(rows);
}

export async function findSavedSearchByName(
  db: Queryable,
  name: string,
): Promise<SavedSearchRow | undefined> {
  const { rows } = await db.query(
    `/* savedSearches.byName */ SELECT ${COLUMNS} FROM searches AS s WHERE s.name = $1`,
    [name],
  );
  return parseRows(rows)[0];
}

/** Newest first. @param afterId only those behind this one; it need not exist any more */
export async function listSavedSearches(
  db: Queryable,
  afterId: number | undefined,
  limit: number,
): Promise<SavedSearchRow[]> {
  const { rows } = await db.query(
    `/* savedSearches.list */
     SELECT ${COLUMNS} FROM searches AS s
     WHERE $1::bigint IS NULL OR s.id < $1::bigint
     ORDER BY s.id DESC LIMIT $2::integer`,
    [afterId ?? null, limit],
  );
  return parseRows(rows);
}

/** A saved search with the vector that another model gave for its query. */
export interface ReencodedSearch {
  readonly id: number;
  readonly embedding: Float32Array;
}

/** Saved searches with a vector of any other model, in the order of ids. */
export async function listSavedSearchesOfOthers(
  db: Queryable,
  modelId: number,
  afterId: number,
  limit: number,
): Promise<{ id: number; query: unknown }[]> {
  const { rows } = await db.query(
    `/* savedSearches.ofOthers */
     SELECT id, query FROM searches
     WHERE model_id <> $1::integer AND id > $2::bigint
     ORDER BY id LIMIT $3::integer`,
    [modelId, afterId, limit],
  );
  return rows.map((row) => z.object({ id: int8, query: z.unknown() }).parse(row));
}

/** A statement takes at most 65,535 parameters. */
const MOVED_AT_ONCE = 1_000;

/** Gives saved searches their vectors under a model. Those that are gone are left out. */
export async function moveSavedSearches(
  db: Queryable,
  modelId: number,
  searches: readonly ReencodedSearch[],
): Promise<void> {
  for (let from = 0; from < searches.length; from += MOVED_AT_ONCE) {
    const values: unknown[] = [modelId];
    const tuples = searches.slice(from, from + MOVED_AT_ONCE).map(({ id, embedding }) => {
      const last = values.push(id, vectorParameter(embedding));
      return `($${last - 1}::bigint, $${last}::vector)`;
    });
    await db.query(
      `/* savedSearches.move */
       UPDATE searches AS s SET model_id = $1::integer, embedding = v.embedding
       FROM (VALUES ${tuples.join(', ')}) AS v (id, embedding) WHERE s.id = v.id`,
      values,
    );
  }
}

export async function countSavedSearches(db: Queryable): Promise<number> {
  const { rows } = await db.query(
    '/* savedSearches.count */ SELECT count(*)::integer AS count FROM searches',
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}

/** @returns whether there was one */
export async function deleteSavedSearch(db: Queryable, id: number): Promise<boolean> {
  const { rows } = await db.query(
    '/* savedSearches.delete */ DELETE FROM searches WHERE id = $1::bigint RETURNING id',
    [id],
  );
  return rows.length > 0;
}
