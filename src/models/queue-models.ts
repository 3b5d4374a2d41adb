import type { Database } from '../db/database.js';
import { findUnclearedModels } from '../db/model-states.js';
import { findEmbeddingModels } from '../db/models.js';
import { enqueueClearing, enqueueCollection } from '../jobs/queue.js';

/** Queues what the models other than the active one lack or have too much: for when a process begins to work. */
export async function queueModels({ pool }: Database, jobMaxAttempts: number): Promise<void> {
  const models = await findEmbeddingModels(pool);
  const ids = models.filter(({ active }) => !active).map(({ id }) => id);
  await enqueueCollection(pool, ids, jobMaxAttempts);
  for (const id of await findUnclearedModels(pool)) await enqueueClearing(pool, id, jobMaxAttempts);
}
