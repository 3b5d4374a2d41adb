import { z } from 'zod';
import type { Queryable } from '../../src/db/database.js';
import { vectorParameter } from '../../src/db/vector.js';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A normally distributed number (Box and Muller). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  // Float32Array.from with a function takes ten times as long.
  const vector = new Float32Array(values.length);
  for (const [index, value] of values.entries()) vector[index] = value / norm;
  return vector;
}

export function randomUnitVector(dimensions: number, random: () => number): Float32Array {
  return unit(Array.from({ length: dimensions }, () => gaussian(random)));
}

/** How embeddings of pictures lie: in far fewer directions than dimensions, with a little noise in all of them. */
export interface TopicSpace {
  /** Where another topic lies; topics overlap. */
  newCentre(): readonly number[];
  /** A unit vector of the topic that lies there. */
  near(centre: readonly number[], random: () => number): Float32Array;
}

export function topicSpace(dimensions: number, random: () => number): TopicSpace {
  const directions = Math.min(32, dimensions);
  const basis = Array.from({ length: directions }, () => randomUnitVector(dimensions, random));
  return {
    newCentre: () => Array.from({ length: directions }, () => gaussian(random)),
    near(centre, noise) {
      const values = Array.from({ length: dimensions }, () => 0.02 * gaussian(noise));
      for (const [direction, axis] of basis.entries()) {
        const weight = (centre[direction] ?? 0) + 0.6 * gaussian(noise);
        // Iterators took most of the time here, which counts for a million vectors.
        for (let index = 0; index < dimensions; index++) {
          values[index] = (values[index] ?? 0) + weight * (axis[index] ?? 0);
        }
      }
      return unit(values);
    },
  };
}

/** A source of unit vectors with the structure that embeddings of pictures have: topics of different sizes in a `TopicSpace`. */
export function topicVectors(dimensions: number, topics: number, random: () => number): () => Float32Array {
  const space = topicSpace(dimensions, random);
  const centres = Array.from({ length: topics }, () => space.newCentre());
  // The square makes some topics common and others rare.
  return () => space.near(centres[Math.floor(random() ** 2 * topics)] ?? [], random);
}

const idRow = z.object({ id: z.coerce.number() });
const ROWS_A_STATEMENT = 500;

/**
 * Inserts READY images with these embeddings, straight by SQL: hundreds of times faster than embedding pictures.
 *
 * @param tagsOf the tags of the image at an index
 * @returns their ids, ascending, in the order of the vectors
 */
export async function insertEmbeddedImages(
  database: Queryable,
  modelId: number,
  vectors: readonly Float32Array[],
  tagsOf: (index: number) => readonly string[] = () => [],
): Promise<number[]> {
  const ids: number[] = [];
  for (let start = 0; start < vectors.length; start += ROWS_A_STATEMENT) {
    const chunk = vectors.slice(start, start + ROWS_A_STATEMENT);
    const tags = chunk.map((_, index) => [...tagsOf(start + index)]);
    const { rows } = await database.query(
      `INSERT INTO images (sha256, media_type, width, height, byte_size, status, tags)
       SELECT sha256(gen_random_uuid()::text::bytea), 'image/png', 8, 8, 100, 'READY',
              ARRAY(SELECT jsonb_array_elements_text(tags))
       FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS image (tags, position)
       ORDER BY position RETURNING id`,
      [JSON.stringify(tags)],
    );
    const chunkIds = rows.map((row) => idRow.parse(row).id).sort((a, b) => a - b);
    const tuples = chunk.map(
      (_, index) => `($${2 * index + 2}::bigint, $1::integer, $${2 * index + 3}::vector)`,
    );
    await database.query(
      `INSERT INTO image_embeddings (image_id, model_id, embedding) VALUES ${tuples.join(', ')}`,
      [modelId, ...chunk.flatMap((vector, index) => [chunkIds[index], vectorParameter(vector)])],
    );
    ids.push(...chunkIds);
  }
  return ids;
}
