import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageStatus, int8, type ImageStatus } from './images.js';
import { parseVector } from './vector.js';
import { planned } from './planned.js';

const bytes = z.instanceof(Buffer);
const embeddingRow = z.object({ image_id: int8, embedding: bytes });
const queryImageRow = z.object({ id: int8, status: imageStatus, embedding: bytes.nullable() });

/** Stored unit vectors of images, in one statement; images without one are missing from the map. */
export async function findImageEmbeddings(
  database: Queryable,
  modelId: number,
  imageIds: readonly number[],
): Promise<ReadonlyMap<number, Float32Array>> {
  const { rows } = await database.query(
    planned(`/* imageEmbeddings.find */
     SELECT image_id, vector_send(embedding) AS embedding
     FROM image_embeddings
     WHERE model_id = $1::integer AND image_id = ANY($2::bigint[])`),
    [modelId, imageIds],
  );
  return new Map(
    rows.map((row) => {
      const { image_id, embedding } = embeddingRow.parse(row);
      return [image_id, parseVector(embedding)];
    }),
  );
}

/** Images that others are to be compared with, in one statement; those that do not exist are missing from the map. */
export async function findQueryImages(
  database: Queryable,
  modelId: number,
  imageIds: readonly number[],
): Promise<ReadonlyMap<number, { status: ImageStatus; embedding: Float32Array | undefined }>> {
  const { rows } = await database.query(
    `/* imageEmbeddings.findQueryImages */
     SELECT i.id, i.status, vector_send(e.embedding) AS embedding
     FROM images i LEFT JOIN image_embeddings e ON e.image_id = i.id AND e.model_id = $1::integer
     WHERE i.id = ANY($2::bigint[])`,
    [modelId, imageIds],
  );
  return new Map(
    rows.map((row) => {
      const { id, status, embedding } = queryImageRow.parse(row);
      return [id, { status, embedding: embedding === null ? undefined : parseVector(embedding) }];
    }),
  );
}
