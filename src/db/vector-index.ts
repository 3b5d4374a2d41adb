import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import type { Database } from './database.js';

/** What an index needs to know of a model. */
export interface IndexedModel {
  readonly id: number;
  readonly dimensions: number;
}

/** From so many rows on, a server builds the index without keeping writers waiting. */
const LARGE_TABLE_ROWS = 1_000;
/** Any number that nothing else of ours uses. */
const LOCK_CLASS = 0x76656374;
const POLL_MS = 500;

const indexRow = z.object({ valid: z.boolean() });
const largeRow = z.object({ large: z.boolean() });
const lockedRow = z.object({ locked: z.boolean() });

/** The name of a model's index. */
export const vectorIndexName = (modelId: number): string => `image_embeddings_hnsw_${modelId}`;

/**
 * Makes sure that a model has its HNSW index for cosine distance: on `(embedding::vector(N))`, for the rows of this model
 * alone. Does nothing where it is there. An index that a cut-off build left invalid is built again. Processes that do this
 * at the same time build one.
 */
export async function ensureVectorIndex(database: Database, model: IndexedModel): Promise<void> {
  if (await isValid(database.pool, model.id)) return;
  const client = await database.pool.connect();
  try {
    await lock(client, model.id);
    try {
      await build(database, client, model);
    } finally {
      await client.query('/* vectorIndex.unlock */ SELECT pg_advisory_unlock($1, $2)', [
        LOCK_CLASS,
        model.id,
      ]);
    }
  } finally {
    client.release();
  }
}

async function build(database: Database, client: pg.PoolClient, model: IndexedModel): Promise<void> {
  if (database.kind === 'server' && (await isLarge(client, model.id))) {
    await replace(client, model, 'CONCURRENTLY');
    return;
  }
  // The embedded database grants the lock to everyone; there, only a transaction keeps the others out.
  await client.query('/* vectorIndex.begin */ BEGIN');
  try {
    // Its default of 64 MB holds about 25,000 vectors, and a build that does not fit is many times slower. How much memory
    // a server has to give is for whoever runs it to say.
    if (database.kind === 'embedded') {
      await client.query(`/* vectorIndex.memory */ SELECT set_config('maintenance_work_mem', '256MB', true)`);
    }
    await replace(client, model, '');
    await client.query('/* vectorIndex.commit */ COMMIT');
  } catch (error) {
    await client.query('/* vectorIndex.rollback */ ROLLBACK');
    throw error;
  }
}

async function replace(client: pg.PoolClient, model: IndexedModel, how: 'CONCURRENTLY' | ''): Promise<void> {
  const valid = await isValid(client, model.id);
  if (valid) return;
  const name = vectorIndexName(model.id);
  if (valid === false) await client.query(`/* vectorIndex.drop */ DROP INDEX ${how} ${name}`);
  await client.query(
    `/* vectorIndex.create */
     CREATE INDEX ${how} ${name} ON image_embeddings
     USING hnsw ((embedding::vector(${integer(model.dimensions)})) vector_cosine_ops)
     WITH (m = 16, ef_construction = 64)
     WHERE model_id = ${integer(model.id)}`,
  );
}

/** @returns undefined when there is no such index */
async function isValid(
  queryable: Pick<pg.Pool, 'query'> | pg.ClientBase,
  modelId: number,
): Promise<boolean | undefined> {
  const { rows } = await queryable.query(
    `/* vectorIndex.find */ SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [vectorIndexName(modelId)],
  );
  return z.array(indexRow).parse(rows)[0]?.valid;
}

async function isLarge(client: pg.PoolClient, modelId: number): Promise<boolean> {
  const { rows } = await client.query(
    `/* vectorIndex.isLarge */
     SELECT count(*) >= $2::integer AS large
     FROM (SELECT FROM image_embeddings WHERE model_id = $1::integer LIMIT $2::integer) AS first_rows`,
    [modelId, LARGE_TABLE_ROWS],
  );
  return largeRow.parse(rows[0]).large;
}

/**
 * Waits by asking again and again: a statement that waits inside PostgreSQL holds a snapshot, and a concurrent build in
 * another process waits for old snapshots, so that both would wait for each other.
 */
async function lock(client: pg.PoolClient, modelId: number): Promise<void> {
  const take = `/* vectorIndex.lock */ SELECT pg_try_advisory_lock($1, $2) AS locked`;
  while (!lockedRow.parse((await client.query(take, [LOCK_CLASS, modelId])).rows[0]).locked)
    await delay(POLL_MS);
}

/** DDL takes no parameters. */
function integer(value: number): string {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${value} is no positive integer`);
  return String(value);
}
