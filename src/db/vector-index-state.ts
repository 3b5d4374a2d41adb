import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';

/** How a model's vector index is. */
export interface VectorIndexState {
  /** MISSING also while a small one is built in a transaction, which others do not see. */
  readonly state: 'READY' | 'BUILDING' | 'INVALID' | 'MISSING';
  /** The share that is done, from 0 to 1, of a build or rebuild that runs now; null when none runs. */
  readonly progress: number | null;
  readonly byteSize: number;
}

const stateRow = z.object({
  model_id: z.int(),
  valid: z.boolean().nullable(),
  byte_size: int8,
  building: z.boolean(),
  progress: z.number().nullable(),
});

/** The indexes of all models by the model's id, in one statement. */
export async function findVectorIndexes(db: Queryable): Promise<ReadonlyMap<number, VectorIndexState>> {
  // A rebuild works on an index beside the old one, whose name is the old one's with `_ccnew` behind it.
  const { rows } = await db.query(
    `/* vectorIndex.states */
     SELECT m.id AS model_id, x.indisvalid AS valid,
            coalesce(pg_relation_size(x.indexrelid), 0)::bigint AS byte_size,
            build.pid IS NOT NULL AS building,
            (build.blocks_done::float8 / nullif(build.blocks_total, 0)) AS progress
     FROM models m
     LEFT JOIN pg_index x ON x.indexrelid = to_regclass('image_embeddings_hnsw_' || m.id)
     LEFT JOIN LATERAL (
       SELECT p.pid, p.blocks_done, p.blocks_total
       FROM pg_stat_progress_create_index p JOIN pg_class c ON c.oid = p.index_relid
       WHERE p.datname = current_database() AND p.relid = to_regclass('image_embeddings')
         AND c.relname ~ ('^image_embeddings_hnsw_' || m.id || '(_ccnew[0-9]*)?$')
       ORDER BY p.pid LIMIT 1
     ) build ON true
     ORDER BY m.id`,
  );
  return new Map(
    rows.map((row) => {
      const { model_id, valid, byte_size, building, progress } = stateRow.parse(row);
      const state = valid ? 'READY' : building ? 'BUILDING' : valid === false ? 'INVALID' : 'MISSING';
      return [model_id, { state, progress: building ? (progress ?? 0) : null, byteSize: byte_size }];
    }),
  );
}
