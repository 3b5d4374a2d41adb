import { z } from 'zod';
import type { Database, Queryable } from './database.js';
import { int8 } from './images.js';
import { parseVector } from './vector.js';

export interface EmbeddedImage {
  readonly id: number;
  readonly embedding: Float32Array;
}

/** Where an image lies in the plane. */
export interface Place {
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

const embeddedRow = z.object({ image_id: int8, embedding: z.instanceof(Buffer) });
const PLACES_A_STATEMENT = 5_000;

/** Embeddings of images with ids above `after`, ascending. */
export async function listEmbeddings(
  db: Queryable,
  modelId: number,
  after: number,
  limit: number,
): Promise<EmbeddedImage[]> {
  const { rows } = await db.query(
    `/* projection.list */
     SELECT image_id, vector_send(embedding) AS embedding FROM image_embeddings
     WHERE model_id = $1::integer AND image_id > $2::bigint ORDER BY image_id LIMIT $3::integer`,
    [modelId, after, limit],
  );
  return rows.map((row) => {
    const { image_id: id, embedding } = embeddedRow.parse(row);
    return { id, embedding: parseVector(embedding) };
  });
}

/** `size` images that are spread over the collection and are the same every time, in the order of their ids; all when they are fewer. */
export async function sampleEmbeddings(
  db: Queryable,
  modelId: number,
  size: number,
): Promise<EmbeddedImage[]> {
  const { rows } = await db.query(
    `/* projection.sample */
     SELECT image_id, vector_send(embedding) AS embedding FROM image_embeddings
     WHERE model_id = $1::integer AND image_id IN (
       SELECT e.image_id FROM image_embeddings AS e JOIN images AS i ON i.id = e.image_id
       WHERE e.model_id = $1::integer ORDER BY i.sha256, i.id LIMIT $2::integer)
     ORDER BY image_id`,
    [modelId, size],
  );
  return rows.map((row) => {
    const { image_id: id, embedding } = embeddedRow.parse(row);
    return { id, embedding: parseVector(embedding) };
  });
}

/** Puts a projection in the place of the one before; readers see one of them, whole. Images that are gone are left out. */
export async function replaceProjection(
  database: Database,
  modelId: number,
  places: readonly Place[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    // Two at the same time would insert the same rows.
    await transaction.query('/* projection.lock */ SELECT FROM models WHERE id = $1::integer FOR UPDATE', [
      modelId,
    ]);
    await transaction.query('/* projection.clear */ DELETE FROM projections WHERE model_id = $1::integer', [
      modelId,
    ]);
    for (let start = 0; start < places.length; start += PLACES_A_STATEMENT) {
      const part = places.slice(start, start + PLACES_A_STATEMENT);
      await transaction.query(
        `/* projection.insert */
         INSERT INTO projections (model_id, image_id, x, y)
         SELECT $1::integer, place.id, place.x, place.y
         FROM unnest($2::bigint[], $3::real[], $4::real[]) AS place (id, x, y)
         WHERE EXISTS (SELECT FROM images AS i WHERE i.id = place.id)`,
        [modelId, part.map(({ id }) => id), part.map(({ x }) => x), part.map(({ y }) => y)],
      );
    }
  });
}
