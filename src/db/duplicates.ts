import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFilterSql, isEmptyFilter, type ImageFilter } from './image-filter.js';
import { int8 } from './images.js';
import { parseExactRows, type FoundMatch } from './search.js';
import { pageCondition, type SearchPage } from './search-order.js';
import { integerLiteral, parameter } from './search-set.js';
import { planned } from './planned.js';

const unsearchedRow = z.object({ id: int8, sha256: z.string(), hashed: z.boolean() });
const pairRow = z.object({ earlier_id: int8, later_id: int8, similarity: z.number() });
const rankedRow = z.object({ group_number: z.int(), id: int8 });

/** In how many bits the hashes of two rows of `images` differ. */
const differingBits = (one: string, other: string) =>
  `bit_count((${one}.perceptual_hash # ${other}.perceptual_hash)::bit(64))`;

/** Keeps the perceptual hash of an image; does nothing when the image is gone. */
export async function storePerceptualHash(db: Queryable, id: number, hash: bigint): Promise<void> {
  await db.query('/* duplicates.storeHash */ UPDATE images SET perceptual_hash = $2::bigint WHERE id = $1', [
    id,
    hash.toString(),
  ]);
}

/** READY images whose near duplicates have not been looked for under a model; ascending. */
export async function findUnsearchedImages(
  db: Queryable,
  modelId: number,
  limit: number,
): Promise<readonly z.infer<typeof unsearchedRow>[]> {
  const { rows } = await db.query(
    `/* duplicates.unsearched */
     SELECT i.id, encode(i.sha256, 'hex') AS sha256, i.perceptual_hash IS NOT NULL AS hashed
     FROM images AS i JOIN image_embeddings AS e ON e.image_id = i.id AND e.model_id = $1::integer
     WHERE i.status = 'READY' AND NOT EXISTS (
       SELECT FROM duplicate_searches AS s WHERE s.model_id = $1::integer AND s.image_id = i.id)
     ORDER BY i.id LIMIT $2::integer`,
    [modelId, limit],
  );
  return rows.map((row) => unsearchedRow.parse(row));
}

/**
 * Stores which of an image's neighbours are its near duplicates by their hashes too, and that they were looked for. Does
 * nothing when the image is gone.
 *
 * @param neighbours images whose embeddings are near enough
 */
export async function recordDuplicates(
  db: Queryable,
  image: { readonly id: number; readonly modelId: number },
  neighbours: readonly FoundMatch[],
  maxHashDistance: number,
): Promise<void> {
  // Everything is locked and inserted in the order of ids, as images are deleted: no two transactions wait for each
  // other. An image that is deleted at this moment is left out, or is deleted after its pairs are there, with them.
  await db.query(
    planned(`/* duplicates.record */
     WITH nearest AS (
       SELECT * FROM unnest($3::bigint[], $4::float8[]) AS n (image_id, distance)
     ), present AS MATERIALIZED (
       SELECT i.id, i.perceptual_hash FROM images AS i
       WHERE i.id = ANY($3::bigint[] || $1::bigint)
       ORDER BY i.id FOR KEY SHARE
     ), paired AS (
       INSERT INTO duplicate_pairs AS p (model_id, earlier_id, later_id, similarity, hash_distance)
       SELECT $2::integer, least(self.id, other.id), greatest(self.id, other.id), 1 - nearest.distance,
              ${differingBits('self', 'other')}
       FROM nearest
       JOIN present AS other ON other.id = nearest.image_id
       JOIN present AS self ON self.id = $1::bigint AND self.id <> other.id
       WHERE ${differingBits('self', 'other')} <= $5::integer
       ORDER BY 2, 3
       ON CONFLICT (model_id, earlier_id, later_id)
       DO UPDATE SET similarity = EXCLUDED.similarity, hash_distance = EXCLUDED.hash_distance
     )
     INSERT INTO duplicate_searches (model_id, image_id)
     SELECT $2::integer, id FROM present WHERE id = $1::bigint
     ON CONFLICT (model_id, image_id) DO NOTHING`),
    [
      image.id,
      image.modelId,
      neighbours.map(({ imageId }) => imageId),
      neighbours.map(({ distance }) => distance),
      maxHashDistance,
    ],
  );
}

/**
 * The near duplicates of an image, compared at this moment: with every hash of the collection, and of those that are alike
 * with the embedding.
 *
 * @param page in the order of similarity
 * @returns how many hashes are alike, and the page, nearest first, ties by id
 */
export async function findDuplicatesOf(
  db: Queryable,
  image: { readonly id: number; readonly modelId: number },
  page: SearchPage,
  maxHashDistance: number,
): Promise<{ candidates: number; matches: FoundMatch[] }> {
  const values: unknown[] = [];
  const id = parameter(values, image.id, 'bigint');
  const model = integerLiteral(image.modelId);
  const { rows } = await db.query(
    `/* duplicates.ofImage */
     WITH self AS MATERIALIZED (
       SELECT i.perceptual_hash, e.embedding
       FROM images AS i JOIN image_embeddings AS e ON e.image_id = i.id AND e.model_id = ${model}
       WHERE i.id = ${id}
     ), alike AS MATERIALIZED (
       SELECT other.id FROM images AS other, self
       WHERE other.perceptual_hash IS NOT NULL AND other.id <> ${id}
         AND ${differingBits('self', 'other')} <= ${parameter(values, maxHashDistance, 'integer')}
     ), compared AS (
       -- By key, one by one: the planner does not know how few are alike, and would read all embeddings.
       SELECT alike.id AS image_id, (
         SELECT e.embedding <=> self.embedding FROM image_embeddings AS e
         WHERE e.model_id = ${model} AND e.image_id = alike.id) AS distance
       FROM alike, self
     )
     SELECT size.candidates, page.image_id, page.distance, NULL::timestamptz AS dated
     FROM (SELECT count(*)::integer AS candidates FROM compared WHERE distance IS NOT NULL) AS size
     LEFT JOIN (
       SELECT image_id, distance FROM compared
       WHERE distance IS NOT NULL AND ${pageCondition(page, { distance: 'distance', id: 'image_id', dated: 'NULL' }, values)}
       ORDER BY distance, image_id
       LIMIT ${parameter(values, page.limit, 'integer')}
     ) AS page ON true
     ORDER BY page.distance, page.image_id`,
    values,
  );
  return parseExactRows(rows);
}

/** Two images that are near duplicates of each other. */
export interface DuplicatePair {
  readonly earlierId: number;
  readonly laterId: number;
  readonly similarity: number;
}

/** The recorded pairs of images that both match a filter, the most similar first, at most so many. */
export async function listDuplicatePairs(
  db: Queryable,
  wanted: { readonly modelId: number; readonly minSimilarity: number; readonly filter: ImageFilter },
  limit: number,
): Promise<readonly DuplicatePair[]> {
  const filter = imageFilterSql(wanted.filter, 4);
  const [matching, condition] = isEmptyFilter(wanted.filter)
    ? ['', 'true']
    : [
        `WITH matching AS MATERIALIZED (SELECT i.id FROM images AS i WHERE ${filter.sql})`,
        'p.earlier_id IN (SELECT id FROM matching) AND p.later_id IN (SELECT id FROM matching)',
      ];
  const { rows } = await db.query(
    `/* duplicates.pairs */
     ${matching}
     SELECT p.earlier_id, p.later_id, p.similarity FROM duplicate_pairs AS p
     WHERE p.model_id = $1::integer AND p.similarity >= $2::float8 AND ${condition}
     ORDER BY p.similarity DESC, p.earlier_id, p.later_id LIMIT $3::integer`,
    [wanted.modelId, wanted.minSimilarity, limit, ...filter.values],
  );
  return z
    .array(pairRow)
    .parse(rows)
    .map(({ earlier_id, later_id, similarity }) => ({
      earlierId: earlier_id,
      laterId: later_id,
      similarity,
    }));
}

/**
 * Puts the images of each group in the order in which they are worth keeping: most pixels, most bytes, added first. Images
 * that are gone are left out.
 *
 * @returns for each group its first `limit` images
 */
export async function rankImages(
  db: Queryable,
  groups: readonly (readonly number[])[],
  limit: number,
): Promise<number[][]> {
  const { rows } = await db.query(
    `/* duplicates.rank */
     SELECT group_number, id FROM (
       SELECT g.group_number, i.id, row_number() OVER (
         PARTITION BY g.group_number
         ORDER BY i.width::bigint * i.height DESC, i.byte_size DESC, i.created_at, i.id) AS place
       FROM unnest($1::integer[], $2::bigint[]) AS g (group_number, image_id) JOIN images AS i ON i.id = g.image_id
     ) AS ranked
     WHERE place <= $3::integer
     ORDER BY group_number, place`,
    [groups.flatMap((ids, number) => ids.map(() => number)), groups.flat(), limit],
  );
  const ranked: number[][] = groups.map(() => []);
  for (const row of rows) {
    const { group_number, id } = rankedRow.parse(row);
    ranked[group_number]?.push(id);
  }
  return ranked;
}
