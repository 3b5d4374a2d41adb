import { z } from 'zod';
import { DTYPES, type Dtype } from '../config.js';
import type { Logger } from '../log.js';
import type { Database, Queryable } from './database.js';
import { ensureVectorIndex } from './vector-index.js';

/** A row of `models`, parsed. */
export interface ModelRow {
  readonly id: number;
  readonly name: string;
  /** What it can be loaded from: a name of the Hugging Face hub, or a folder. */
  readonly source: string;
  readonly revision: string;
  readonly dtype: Dtype;
  readonly dimensions: number;
  readonly logitScale: number;
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly active: boolean;
  readonly state: ModelState;
  readonly createdAt: Date;
}

/**
 * EMBEDDING: every image is embedded with it; the active model always is. PAUSED: its embeddings stay, and no more are made.
 * RETIRED: it has none.
 */
export type ModelState = (typeof STATES)[number];
const STATES = ['EMBEDDING', 'PAUSED', 'RETIRED'] as const;

export interface CountedModelRow extends ModelRow {
  /** How many images have an embedding of this model. */
  readonly imageCount: number;
}

/** What is known about a model before it is registered. */
export interface NewModel {
  readonly name: string;
  readonly source: string;
  readonly revision: string;
  readonly dtype: string;
  readonly dimensions: number;
  readonly logitScale: number;
  readonly fingerprint: string;
}

/** What pgvector's HNSW takes of the type `vector`. */
export const MAX_INDEXED_DIMENSIONS = 2_000;

const COLUMNS =
  'm.id, m.name, m.source, m.revision, m.dtype, m.dimensions, m.logit_scale, m.fingerprint, m.active, m.state, m.created_at';

const columns = z.object({
  id: z.int(),
  name: z.string(),
  source: z.string(),
  revision: z.string(),
  dtype: z.enum(DTYPES),
  dimensions: z.int(),
  logit_scale: z.number(),
  fingerprint: z.string(),
  active: z.boolean(),
  state: z.enum(STATES),
  created_at: z.date(),
});
const countedColumns = columns.extend({ image_count: z.int() });
const countRow = z.object({ count: z.int() });

/** All models with the number of their images, oldest first, in one statement. */
export async function listModels(queryable: Queryable): Promise<CountedModelRow[]> {
  const { rows } = await queryable.query(
    `/* models.list */
     SELECT ${COLUMNS}, coalesce(e.image_count, 0)::integer AS image_count
     FROM models AS m
     LEFT JOIN (SELECT model_id, count(*) AS image_count FROM image_embeddings GROUP BY model_id) AS e ON e.model_id = m.id
     ORDER BY m.created_at, m.id`,
  );
  return rows.map((row) => {
    const parsed = countedColumns.parse(row);
    return { ...toModel(parsed), imageCount: parsed.image_count };
  });
}

/** The model that this database works with; undefined before the first one is registered. */
export async function activeModel(queryable: Queryable): Promise<ModelRow | undefined> {
  const { rows } = await queryable.query(
    `/* models.active */ SELECT ${COLUMNS} FROM models AS m WHERE m.active`,
  );
  return rows.map((row) => toModel(columns.parse(row)))[0];
}

/** @returns undefined when there is no such model */
export async function findModel(queryable: Queryable, id: number): Promise<ModelRow | undefined> {
  const { rows } = await queryable.query(
    `/* models.byId */ SELECT ${COLUMNS} FROM models AS m WHERE m.id = $1::integer`,
    [id],
  );
  return rows.map((row) => toModel(columns.parse(row)))[0];
}

/** The active model, and those that are to take its place one day: every image is embedded with all of them. */
export async function findEmbeddingModels(queryable: Queryable): Promise<readonly ModelRow[]> {
  const { rows } = await queryable.query(
    `/* models.embedding */ SELECT ${COLUMNS} FROM models AS m WHERE m.state = 'EMBEDDING' ORDER BY m.id`,
  );
  return rows.map((row) => toModel(columns.parse(row)));
}

/** How many images have an embedding of a model. */
export async function countEmbeddings(queryable: Queryable, modelId: number): Promise<number> {
  const { rows } = await queryable.query(
    '/* models.countEmbeddings */ SELECT count(*)::integer AS count FROM image_embeddings WHERE model_id = $1::integer',
    [modelId],
  );
  return countRow.parse(rows[0]).count;
}

/**
 * Finds the model by its fingerprint, or adds it. It becomes the active one if none is, or if that is asked for. Its
 * vector index is there when this returns: before the first embedding, so that it grows with them and no search ever waits for a build.
 *
 * Processes that do this at the same time wait for each other: all of them find the same model active.
 */
export async function registerModel(
  database: Database,
  model: NewModel,
  options: { readonly activate?: boolean; readonly log?: Logger } = {},
): Promise<ModelRow> {
  const row = await database.transaction(async (client) => {
    await client.query('/* models.lock */ LOCK TABLE models IN SHARE ROW EXCLUSIVE MODE');
    await client.query(
      `/* models.insert */
       INSERT INTO models (name, source, revision, dtype, dimensions, logit_scale, fingerprint)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (fingerprint) DO NOTHING`,
      [
        model.name,
        model.source,
        model.revision,
        model.dtype,
        model.dimensions,
        model.logitScale,
        model.fingerprint,
      ],
    );
    if (options.activate) {
      await client.query(
        `/* models.deactivate */ UPDATE models SET active = false, state = 'PAUSED' WHERE active AND fingerprint <> $1`,
        [model.fingerprint],
      );
    }
    await client.query(
      `/* models.activate */
       UPDATE models SET active = true, state = 'EMBEDDING' WHERE fingerprint = $1 AND NOT EXISTS (SELECT FROM models WHERE active)`,
      [model.fingerprint],
    );
    const { rows } = await client.query(
      `/* models.byFingerprint */ SELECT ${COLUMNS} FROM models AS m WHERE m.fingerprint = $1`,
      [model.fingerprint],
    );
    return toModel(columns.parse(rows[0]));
  });
  await ensureVectorIndex(database, row, options);
  return row;
}

function toModel(row: z.infer<typeof columns>): ModelRow {
  return {
    id: row.id,
    name: row.name,
    source: row.source,
    revision: row.revision,
    dtype: row.dtype,
    dimensions: row.dimensions,
    logitScale: row.logit_scale,
    fingerprint: row.fingerprint,
    active: row.active,
    state: row.state,
    createdAt: row.created_at,
  };
}
