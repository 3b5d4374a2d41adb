import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import type { Logger } from '../log.js';
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
const needsRow = z.object({ vectors: z.int(), given: z.number() });
const MEGABYTE = 1024 * 1024;
const lockedRow = z.object({ locked: z.boolean() });

/** The name of a model's index. */
export const vectorIndexName = (modelId: number): string => `image_embeddings_hnsw_${modelId}`;

export interface BuildOptions {
  /** Is told that a large index is built, and when it does not fit into memory. */
  readonly log?: Logger | undefined;
  /** `maintenance_work_mem` for the build, such as `512MB`; left out: the server's own, and 256 MB on the embedded database. */
  readonly memory?: string | undefined;
}

/**
 * Makes sure that a model has its HNSW index for cosine distance: on `(embedding::vector(N))`, for the rows of this model
 * alone. Does nothing where it is there. An index that a cut-off build left invalid is built again. Processes that do this
 * at the same time build one.
 */
export async function ensureVectorIndex(
  database: Database,
  model: IndexedModel,
  options: BuildOptions = {},
): Promise<void> {
  if (await isIndexValid(database.pool, model.id)) return;
  await withIndexLock(database, model.id, (client) => build(database, client, model, options));
}

/** Runs work on a model's index while no other process of ours does, on a connection that is not used again. */
export async function withIndexLock(
  database: Database,
  modelId: number,
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const client = await database.pool.connect();
  try {
    await lock(client, modelId);
    await work(client);
  } finally {
    await client
      .query('/* vectorIndex.unlock */ SELECT pg_advisory_unlock($1, $2)', [LOCK_CLASS, modelId])
      .catch(() => undefined);
    // Settings of the session may have been changed.
    client.release(true);
  }
}

/** Drops a model's index; those of other models are not touched, and searches do not wait. Does nothing where there is none. */
export async function dropVectorIndex(database: Database, model: Pick<IndexedModel, 'id'>): Promise<void> {
  const how = database.kind === 'server' ? 'CONCURRENTLY' : '';
  await withIndexLock(database, model.id, async (client) => {
    await client.query(`/* vectorIndex.drop */ DROP INDEX ${how} IF EXISTS ${vectorIndexName(model.id)}`);
  });
}

async function build(
  database: Database,
  client: pg.PoolClient,
  model: IndexedModel,
  { log, memory }: BuildOptions,
): Promise<void> {
  const large = await isLarge(client, model.id);
  const told = large ? log : undefined;
  if (database.kind === 'server' && large) {
    if (memory !== undefined) {
      await client.query(`/* vectorIndex.memory */ SELECT set_config('maintenance_work_mem', $1, false)`, [
        memory,
      ]);
    }
    await replace(client, model, 'CONCURRENTLY', told);
    return;
  }
  // The embedded database grants the lock to everyone; there, only a transaction keeps the others out.
  await client.query('/* vectorIndex.begin */ BEGIN');
  try {
    // Its default of 64 MB holds about 25,000 vectors, and a build that does not fit is many times slower. How much memory
    // a server has to give is for whoever runs it to say.
    if (database.kind === 'embedded') {
      await client.query(`/* vectorIndex.memory */ SELECT set_config('maintenance_work_mem', $1, true)`, [
        memory ?? '256MB',
      ]);
    }
    await replace(client, model, '', told);
    await client.query('/* vectorIndex.commit */ COMMIT');
  } catch (error) {
    await client.query('/* vectorIndex.rollback */ ROLLBACK');
    throw error;
  }
}

/** What pgvector keeps of a vector beside its numbers while it builds: 25,000 of 512 dimensions were measured to fit into 64 MB. */
const BYTES_BESIDE = 640;

/** Says so before a build that will not fit into memory: it would only be slow, without a word. */
export async function hintAtMemory(
  client: pg.PoolClient,
  model: IndexedModel,
  log: Logger | undefined,
): Promise<void> {
  if (log === undefined) return;
  const { rows } = await client.query(
    `/* vectorIndex.needs */
     SELECT count(*)::integer AS vectors,
            pg_size_bytes(current_setting('maintenance_work_mem'))::float8 AS given
     FROM image_embeddings WHERE model_id = $1::integer`,
    [model.id],
  );
  const { vectors, given } = needsRow.parse(rows[0]);
  const needed = vectors * (4 * model.dimensions + BYTES_BESIDE);
  if (needed <= given) return;
  log.warn(
    { vectors, neededMb: Math.ceil(needed / MEGABYTE), givenMb: Math.floor(given / MEGABYTE) },
    'The vector index does not fit into maintenance_work_mem while it is built, and will take many times longer. Raise it ' +
      '(ALTER ROLE … SET maintenance_work_mem), or stop this and run `pictograph reindex --memory`.',
  );
}

async function replace(
  client: pg.PoolClient,
  model: IndexedModel,
  how: 'CONCURRENTLY' | '',
  log: Logger | undefined,
): Promise<void> {
  const valid = await isIndexValid(client, model.id);
  if (valid) return;
  log?.info(
    { modelId: model.id },
    'Building the vector index of the model: until it is there, searches compare every image',
  );
  await hintAtMemory(client, model, log);
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
export async function isIndexValid(
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
