import { z } from 'zod';
import type { Logger } from '../log.js';
import type { Database, Queryable } from './database.js';
import { IMAGE_PROCESSED_CHANNEL } from './image-status.js';
import { countMissing } from './model-progress.js';
import { findModel, type ModelRow } from './models.js';
import { dropVectorIndex, ensureVectorIndex } from './vector-index.js';

/** Where every change of a model's state is announced: whoever hears of it looks at all models again. */
export const MODELS_CHANNEL = 'pictograph_models';

const idRow = z.object({ id: z.int() });

/** Retired models whose embeddings are not all deleted yet. */
export async function findUnclearedModels(db: Queryable): Promise<readonly number[]> {
  const { rows } = await db.query(
    `/* modelStates.uncleared */
     SELECT m.id FROM models AS m WHERE m.state = 'RETIRED' AND (
       EXISTS (SELECT FROM image_embeddings AS e WHERE e.model_id = m.id)
       OR EXISTS (SELECT FROM text_embeddings AS t WHERE t.model_id = m.id))
     ORDER BY m.id`,
  );
  return rows.map((row) => idRow.parse(row).id);
}

/** From now on every image is embedded with a model, and what it could not embed may be tried again. In a transaction. */
export async function startEmbedding(client: Queryable, modelId: number): Promise<void> {
  await client.query(
    `/* modelStates.start */ UPDATE models SET state = 'EMBEDDING' WHERE id = $1::integer AND state <> 'EMBEDDING'`,
    [modelId],
  );
  await client.query(
    '/* modelStates.forgetFailures */ DELETE FROM model_failures WHERE model_id = $1::integer',
    [modelId],
  );
  await announce(client);
}

/**
 * Leaves a model's embeddings as they are, or marks it as having none; in a transaction. Waits for statements that store some.
 *
 * @returns false when the model is active, or not there
 */
export async function stopEmbedding(
  client: Queryable,
  modelId: number,
  state: 'PAUSED' | 'RETIRED',
): Promise<boolean> {
  const { rows } = await client.query(
    `/* modelStates.stop */ UPDATE models SET state = $2 WHERE id = $1::integer AND NOT active RETURNING id`,
    [modelId, state],
  );
  if (rows.length === 0) return false;
  await announce(client);
  return true;
}

export type Switched =
  | { readonly outcome: 'switched'; readonly model: ModelRow; readonly previous: ModelRow | undefined }
  | { readonly outcome: 'incomplete'; readonly missing: number; readonly failed: number };

/**
 * Makes a model the active one, in a transaction: all of it or nothing. From its first statement on no image becomes READY in any
 * process until it ends; after it, none does under the model that was active before (see `markImageReady`).
 *
 * @param failImages images that the model could not embed become FAILED, instead of being in the way
 */
export async function switchActiveModel(
  client: Queryable,
  modelId: number,
  failImages: boolean,
): Promise<Switched> {
  await client.query('/* modelStates.lock */ SELECT id FROM models ORDER BY id FOR NO KEY UPDATE');
  const wanted = await findModel(client, modelId);
  const { missing, failed } = await countMissing(client, modelId);
  // A retired model has no index, however few images there are.
  if (wanted === undefined || wanted.state === 'RETIRED') return { outcome: 'incomplete', missing, failed };
  const waiting = missing - failed;
  if (waiting > 0 || (failed > 0 && !failImages)) return { outcome: 'incomplete', missing, failed };
  await client.query(
    `/* modelStates.failImages */
     WITH failed AS (
       UPDATE images AS i
       SET status = 'FAILED', failure_code = f.code, failure_message = f.message, updated_at = now()
       FROM model_failures AS f
       WHERE f.model_id = $1::integer AND f.image_id = i.id AND i.status = 'READY' AND NOT EXISTS (
         SELECT FROM image_embeddings AS e WHERE e.model_id = f.model_id AND e.image_id = f.image_id)
       RETURNING i.id
     )
     SELECT pg_notify('${IMAGE_PROCESSED_CHANNEL}', id::text) FROM failed`,
    [modelId],
  );
  // Of images that were put back or failed since they were embedded: an image has an embedding of the active model exactly when it is READY.
  await client.query(
    `/* modelStates.strays */
     DELETE FROM image_embeddings AS e USING images AS i
     WHERE e.model_id = $1::integer AND e.image_id = i.id AND i.status <> 'READY'`,
    [modelId],
  );
  const { rows } = await client.query(
    `/* modelStates.deactivate */
     UPDATE models SET active = false, state = 'PAUSED' WHERE active AND id <> $1::integer RETURNING id`,
    [modelId],
  );
  await client.query(
    `/* modelStates.activate */ UPDATE models SET active = true, state = 'EMBEDDING' WHERE id = $1::integer`,
    [modelId],
  );
  await announce(client);
  const model = await findModel(client, modelId);
  if (model === undefined) throw new Error(`There is no model ${modelId}.`);
  const [previous] = rows.map((row) => idRow.parse(row).id);
  return {
    outcome: 'switched',
    model,
    previous: previous === undefined ? undefined : await findModel(client, previous),
  };
}

/** Rows that are deleted at once: deleting them takes some ten milliseconds, and the embedded database has one session. */
const ROWS_AT_ONCE = 1_000;
/** What a retired model leaves, with the columns that tell a row. */
const LEFTOVERS = {
  image_embeddings: 'model_id, image_id',
  text_embeddings: 'model_id, text_md5',
  duplicate_pairs: 'model_id, earlier_id, later_id',
  duplicate_searches: 'model_id, image_id',
  model_batches: 'id',
  model_failures: 'model_id, image_id',
  background_samples: 'model_id',
} as const;

/**
 * Deletes the index and all embeddings of a retired model, a little at a time. May be cut off and run again; ends early when the
 * model is registered again meanwhile.
 */
export async function clearModel(database: Database, modelId: number, log: Logger): Promise<void> {
  const model = await findModel(database.pool, modelId);
  if (model?.state !== 'RETIRED') return;
  await dropVectorIndex(database, model);
  for (const [table, key] of Object.entries(LEFTOVERS)) {
    for (let deleted = ROWS_AT_ONCE; deleted === ROWS_AT_ONCE;) {
      const { rowCount } = await database.pool.query(
        `/* modelStates.clear */
         DELETE FROM ${table} WHERE (${key}) IN (
           SELECT ${key} FROM ${table}
           WHERE model_id = $1::integer AND EXISTS (SELECT FROM models WHERE id = $1::integer AND state = 'RETIRED')
           LIMIT ${ROWS_AT_ONCE})`,
        [modelId],
      );
      deleted = rowCount ?? 0;
    }
  }
  // Registered again at the moment when its index was dropped.
  const now = await findModel(database.pool, modelId);
  if (now !== undefined && now.state !== 'RETIRED') await ensureVectorIndex(database, now, { log });
}

async function announce(client: Queryable): Promise<void> {
  await client.query(`/* modelStates.announce */ SELECT pg_notify('${MODELS_CHANNEL}', '')`);
}
