import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFilterSql, type ImageFilter } from './image-filter.js';
import { int8 } from './images.js';
import { parseVector } from './vector.js';

const row = z.object({ image_id: int8, embedding: z.instanceof(Buffer) });

/**
 * READY images of a filter with their unit vectors: all of them, or where there are more a sample that depends on their ids
 * alone, so that it is the same each time and an image that is added takes the place of at most one other.
 *
 * @returns by ascending id
 */
export async function sampleEmbeddings(
  database: Queryable,
  wanted: { readonly modelId: number; readonly filter: ImageFilter },
  limit: number,
): Promise<readonly { readonly imageId: number; readonly embedding: Float32Array }[]> {
  const { sql, values } = imageFilterSql(wanted.filter, 3);
  const { rows } = await database.query(
    `/* imageSample.embeddings */
     WITH sample AS MATERIALIZED (
       SELECT i.id FROM images AS i WHERE i.status = 'READY' AND (${sql})
       ORDER BY md5(i.id::text), i.id LIMIT $2::integer
     )
     SELECT e.image_id, vector_send(e.embedding) AS embedding
     FROM sample JOIN image_embeddings AS e ON e.image_id = sample.id AND e.model_id = $1::integer
     ORDER BY e.image_id`,
    [wanted.modelId, limit, ...values],
  );
  return rows.map((each) => {
    const { image_id: imageId, embedding } = row.parse(each);
    return { imageId, embedding: parseVector(embedding) };
  });
}
