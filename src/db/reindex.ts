import type pg from 'pg';
import { z } from 'zod';
import type { Logger } from '../log.js';
import type { Database } from './database.js';
import {
  ensureVectorIndex,
  hintAtMemory,
  isIndexValid,
  vectorIndexName,
  withIndexLock,
  type IndexedModel,
} from './vector-index.js';

interface ReindexOptions {
  /** What the server may take as `maintenance_work_mem`, such as `512MB`; undefined: its own setting. */
  readonly memory: string | undefined;
  /** Gives up: the old index stays as it is. On the embedded database, which cannot cancel, it is too late once it runs. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const pidRow = z.object({ pid: z.int() });
const nameRow = z.object({ name: z.string() });

/**
 * Builds a model's index anew. On a server beside the old one, which searches use meanwhile; on the embedded database in its
 * place. One that is missing or invalid is built. Removes what an interrupted rebuild has left.
 *
 * @returns what was done
 * @throws the signal's reason, when it aborted
 */
export async function reindexVectors(
  database: Database,
  model: IndexedModel,
  { memory, signal, log }: ReindexOptions,
): Promise<'rebuilt' | 'built'> {
  signal.throwIfAborted();
  const name = vectorIndexName(model.id);
  if (!(await isIndexValid(database.pool, model.id))) {
    await ensureVectorIndex(database, model, { log, memory });
    return 'built';
  }
  if (database.kind === 'embedded') {
    await database.transaction(async (client) => {
      await client.query(`/* reindex.memory */ SELECT set_config('maintenance_work_mem', $1, true)`, [
        memory ?? '256MB',
      ]);
      await hintAtMemory(client, model, log);
      await client.query(`/* reindex.plain */ REINDEX INDEX ${name}`);
    });
    return 'rebuilt';
  }
  await withIndexLock(database, model.id, async (client) => {
    await removeLeftovers(client, model.id, log);
    if (memory !== undefined) {
      // For the session: REINDEX CONCURRENTLY takes no transaction. The connection is not used again.
      await client.query(`/* reindex.memory */ SELECT set_config('maintenance_work_mem', $1, false)`, [
        memory,
      ]);
    }
    await hintAtMemory(client, model, log);
    const { pid } = pidRow.parse(
      (await client.query('/* reindex.pid */ SELECT pg_backend_pid() AS pid')).rows[0],
    );
    const cancel = () => {
      database.pool.query('/* reindex.cancel */ SELECT pg_cancel_backend($1)', [pid]).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel);
    try {
      await client.query(`/* reindex.concurrently */ REINDEX INDEX CONCURRENTLY ${name}`);
    } catch (error) {
      await removeLeftovers(client, model.id, log);
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  });
  return 'rebuilt';
}

/** Drops the invalid indexes that an interrupted rebuild leaves beside the one that is used. */
async function removeLeftovers(client: pg.PoolClient, modelId: number, log: Logger): Promise<void> {
  const { rows } = await client.query(
    `/* reindex.leftovers */
     SELECT c.relname AS name
     FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
     WHERE x.indrelid = to_regclass('image_embeddings') AND NOT x.indisvalid
       AND c.relname ~ ('^' || $1::text || '_cc(new|old)[0-9]*$')
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
     ORDER BY c.oid`,
    [vectorIndexName(modelId)],
  );
  for (const row of rows) {
    const { name } = nameRow.parse(row);
    log.warn({ index: name }, 'Removing what an interrupted rebuild of the vector index has left');
    await client.query(`/* reindex.drop */ DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  }
}
