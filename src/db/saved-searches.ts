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
  readonly modelId: number;
  readonly embedding: Float32Array;
}

const COLUMNS =
  's.id, s.name, s.query, s.filter, s.min_similarity, s.model_id, vector_send(s.embedding) AS embedding, s.created_at';

const savedSearchRow = z
  .object({
    id: int8,
    name: z.string(),
    query: z.unknown(),
    filter: z.record(z.string(), z.unknown()),
    min_similarity: z.number().nullable(),
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
     INSERT INTO searches AS s (name, query, filter, min_similarity, model_id, embedding)
     VALUES ($1, $2::jsonb, $3::jsonb, $4::float8, $5::integer, $6::vector)
     ON CONFLICT (name) DO NOTHING
     RETURNING ${COLUMNS}`,
    [
      search.name,
      search.query,
      search.filter,
      search.minSimilarity,
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
