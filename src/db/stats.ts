import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';

/** Counts over the whole collection. */
export interface CollectionStats {
  readonly images: number;
  readonly pending: number;
  readonly ready: number;
  readonly failed: number;
  readonly bytes: number;
  readonly texts: number;
}

const statsRow = z.object({
  images: int8,
  pending: int8,
  ready: int8,
  failed: int8,
  bytes: int8,
  texts: int8,
});

/** Counts everything, in one statement. @param modelId whose stored texts are counted */
export async function countCollection(db: Queryable, modelId: number): Promise<CollectionStats> {
  const { rows } = await db.query(
    `/* stats.collection */
     SELECT count(*) AS images,
            count(*) FILTER (WHERE status = 'PENDING') AS pending,
            count(*) FILTER (WHERE status = 'READY') AS ready,
            count(*) FILTER (WHERE status = 'FAILED') AS failed,
            coalesce(sum(byte_size), 0)::bigint AS bytes,
            (SELECT count(*) FROM text_embeddings WHERE model_id = $1) AS texts
     FROM images`,
    [modelId],
  );
  return statsRow.parse(rows[0]);
}
