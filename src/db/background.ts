import { z } from 'zod';
import type { Database, Queryable } from './database.js';
import { int8 } from './images.js';
import { vectorParameter } from './vector.js';

/** A background sample as it is stored. */
export interface BackgroundSample {
  /** How many images the model had embedded when the sample was drawn. */
  readonly imageCount: number;
  readonly drawnAt: Date;
}

/** How similar a query is to images in general. */
export interface Comparison {
  /** Undefined: no sample has been drawn. */
  readonly sample: BackgroundSample | undefined;
  /** How many images of the sample are left. */
  readonly size: number;
  /** Mean and standard deviation of the cosine similarities of the query and the sample; null for too few to have any. */
  readonly mean: number | null;
  readonly deviation: number | null;
  /** How many images the model has embedded by now, counted up to `countTo`. */
  readonly population: number;
}

const sampleColumns = { image_count: int8.nullable(), drawn_at: z.date().nullable() };
const comparisonRow = z.object({
  ...sampleColumns,
  size: z.int(),
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  population: z.int(),
});
const storedRow = z.object({ image_count: int8, drawn_at: z.date(), size: z.int() });
const populationRow = z.object({ population: z.int() });

/** Compares a query with the model's background sample, in one statement. */
export async function compareWithBackground(
  db: Queryable,
  modelId: number,
  vector: Float32Array,
  countTo: number,
): Promise<Comparison> {
  const { rows } = await db.query(
    `/* background.compare */
     SELECT s.image_count, s.drawn_at, compared.*, counted.*
     FROM (
       SELECT count(*)::integer AS size, avg(similarity) AS mean, stddev_samp(similarity) AS deviation
       FROM (
         SELECT 1 - (e.embedding <=> $2::vector) AS similarity
         FROM background_images b
         JOIN image_embeddings e ON e.model_id = b.model_id AND e.image_id = b.image_id
         WHERE b.model_id = $1::integer
       ) similarity
     ) compared
     CROSS JOIN (
       SELECT count(*)::integer AS population
       FROM (SELECT FROM image_embeddings WHERE model_id = $1::integer LIMIT $3::integer) embedded
     ) counted
     LEFT JOIN background_samples s ON s.model_id = $1::integer`,
    [modelId, vectorParameter(vector), countTo],
  );
  const { image_count, drawn_at, ...comparison } = comparisonRow.parse(rows[0]);
  const sample =
    image_count === null || drawn_at === null ? undefined : { imageCount: image_count, drawnAt: drawn_at };
  return { sample, ...comparison };
}

/** How many images a model has embedded, counted up to `countTo`. */
export async function countEmbeddedTo(db: Queryable, modelId: number, countTo: number): Promise<number> {
  const { rows } = await db.query(
    `/* background.count */
     SELECT count(*)::integer AS population
     FROM (SELECT FROM image_embeddings WHERE model_id = $1::integer LIMIT $2::integer) embedded`,
    [modelId, countTo],
  );
  return populationRow.parse(rows[0]).population;
}

/** The model's sample and how many of its images are left; undefined before the first is drawn. */
export async function findBackground(
  db: Queryable,
  modelId: number,
): Promise<(BackgroundSample & { readonly size: number }) | undefined> {
  const { rows } = await db.query(
    `/* background.find */
     SELECT s.image_count, s.drawn_at,
            (SELECT count(*)::integer FROM background_images b WHERE b.model_id = s.model_id) AS size
     FROM background_samples s WHERE s.model_id = $1::integer`,
    [modelId],
  );
  return rows.map((row) => {
    const { image_count, drawn_at, size } = storedRow.parse(row);
    return { imageCount: image_count, drawnAt: drawn_at, size };
  })[0];
}

/**
 * Draws the model's sample at random, in the place of the one there is. Processes that do this at the same time wait for each
 * other.
 *
 * @param seen the time of the sample that is to be replaced, undefined for none: when another process has drawn since, its
 *   sample stays. Null: draw in any case
 */
export async function drawBackground(
  database: Database,
  modelId: number,
  size: number,
  seen: Date | undefined | null,
): Promise<void> {
  await database.transaction(async (client) => {
    // The row is the lock. Its time must move on even within the clock's resolution: it tells samples apart.
    const { rows } = await client.query(
      `/* background.draw */
       INSERT INTO background_samples AS s (model_id, image_count, drawn_at)
       VALUES ($1::integer, 0, clock_timestamp())
       ON CONFLICT (model_id) DO UPDATE
         SET drawn_at = greatest(clock_timestamp(), s.drawn_at + interval '1 millisecond')
         WHERE $2::boolean OR s.drawn_at = $3::timestamptz
       RETURNING s.model_id`,
      [modelId, seen === null, seen ?? null],
    );
    if (rows.length === 0) return;
    await client.query('/* background.clear */ DELETE FROM background_images WHERE model_id = $1::integer', [
      modelId,
    ]);
    // KEY SHARE: an image that is being deleted is waited for and left out, instead of breaking the foreign key.
    await client.query(
      `/* background.fill */
       INSERT INTO background_images (model_id, image_id)
       SELECT e.model_id, e.image_id FROM image_embeddings e WHERE e.model_id = $1::integer
       ORDER BY random(), e.image_id LIMIT $2::integer FOR KEY SHARE`,
      [modelId, size],
    );
    await client.query(
      `/* background.note */
       UPDATE background_samples
       SET image_count = (SELECT count(*) FROM image_embeddings WHERE model_id = $1::integer)
       WHERE model_id = $1::integer`,
      [modelId],
    );
  });
}
