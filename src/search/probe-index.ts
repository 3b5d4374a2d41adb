import type { Database } from '../db/database.js';
import { findByIndex, prepareIndexScan } from '../db/search.js';

/** One step into the index, not a search. */
const SCAN = { efSearch: 10, maxScanTuples: 100 };

/**
 * Finds the nearest neighbour of some direction by the index.
 *
 * @returns whether the model's index is there and whole; without it nothing is compared, because that would compare all
 */
export async function probeIndex(
  database: Database,
  model: { readonly id: number; readonly dimensions: number },
): Promise<boolean> {
  const vector = new Float32Array(model.dimensions);
  vector[0] = 1;
  const set = { modelId: model.id, dimensions: model.dimensions, vector, filter: {}, excludeId: undefined };
  return database.transaction(async (transaction) => {
    const { indexValid } = await prepareIndexScan(transaction, set, SCAN, undefined);
    const order = { by: 'similarity', after: undefined } as const;
    if (indexValid) await findByIndex(transaction, set, { limit: 1, minSimilarity: undefined, order }, 1);
    return indexValid;
  });
}
