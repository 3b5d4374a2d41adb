import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { planned } from './planned.js';

/** What `src/classification` has decided. */
export interface ScoringRules {
  /** Odds of an independent label before the image was looked at. */
  readonly priorOdds: number;
  /** Labels of an exclusive set that score less are not kept, but for the best one. */
  readonly leastKeptScore: number;
  /** Independent labels that score less than this and their threshold are not kept, but for the best one. */
  readonly defaultThreshold: number;
}

/** exp(700) is the largest that a double holds; similarities differ by up to 2. CLIP's own scale ends at 100. */
const LARGEST_SCALE = 300;

/**
 * Classifies images with runs of one model: every image's vector times every label's, in one statement.
 *
 * @param runs a condition on `r`, and images a query for ids of `images`; both may use the parameters `$1` (the model) and on
 */
function classifySql(rules: ScoringRules, runs: string, images: string): string {
  return `
     WITH run AS MATERIALIZED (
       SELECT r.id, v.independent,
              least(m.logit_scale / CASE WHEN v.calibrated_model_id = r.model_id THEN v.temperature ELSE 1 END,
                    ${LARGEST_SCALE}) AS scale,
              CASE WHEN v.calibrated_model_id = r.model_id AND v.bias IS NOT NULL THEN v.bias
                   ELSE ${Math.log(rules.priorOdds)}::float8 END AS bias
       FROM label_set_runs AS r
       JOIN label_set_versions AS v ON v.label_set_id = r.label_set_id AND v.version = r.version
       JOIN models AS m ON m.id = r.model_id
       WHERE r.model_id = $1::integer AND r.state IN ('CLASSIFYING', 'WHOLE') AND ${runs}
     ), against AS MATERIALIZED (
       -- Of this model alone: vectors of two lengths must never meet. The background first, whose positions are negative.
       SELECT l.run_id, l.position, l.label_id, l.threshold, l.embedding,
              CASE WHEN run.independent THEN (ln(k.kept / (1 - k.kept)) - run.bias) / run.scale ELSE 0 END AS margin
       FROM run JOIN label_embeddings AS l ON l.run_id = run.id
       CROSS JOIN LATERAL (
         SELECT least(greatest(least(l.threshold, ${rules.defaultThreshold})::float8, 0.000001), 0.999999) AS kept) AS k
       ORDER BY l.run_id, l.position
     ), facts AS MATERIALIZED (
       -- What is known of a run's vectors, by their place among them.
       SELECT run_id, (count(*) FILTER (WHERE position < 0))::integer AS backgrounds, min(margin) AS least_margin,
              array_agg(coalesce(label_id, 0) ORDER BY position) AS label_ids,
              array_agg(threshold ORDER BY position) AS thresholds,
              array_agg(margin ORDER BY position) AS margins
       FROM against GROUP BY run_id
     ), batch AS MATERIALIZED (
       ${images}
     ), span AS MATERIALIZED (
       -- So that the planner reads this part of the indexes, and not whole tables.
       SELECT min(image_id) AS first, max(image_id) AS last FROM batch
     ), present AS MATERIALIZED (
       -- In the order of ids, as images are deleted: nobody waits in a circle, and an image that is being deleted is left out.
       SELECT i.id FROM images AS i
       WHERE i.id BETWEEN (SELECT first FROM span) AND (SELECT last FROM span) AND i.id IN (SELECT image_id FROM batch)
       ORDER BY i.id FOR KEY SHARE
     ), kept AS MATERIALIZED (
       -- Else the vectors would be carried along through the sort: tens of megabytes, on the disk.
       SELECT run.id AS run_id, run.independent, p.id AS image_id, facts.label_ids[l.place] AS label_id, l.place,
              facts.thresholds[l.place] AS threshold, l.similarity,
              CASE WHEN run.independent
                   THEN 1 / (1 + exp(-(run.scale * (l.similarity - l.background) + run.bias)))
                   ELSE exp(run.scale * l.similarity) / l.total END AS score,
              l.none / l.total AS none_score
       FROM run JOIN facts ON facts.run_id = run.id
       CROSS JOIN present AS p
       JOIN image_embeddings AS e ON e.model_id = $1::integer AND e.image_id = p.id
         AND e.image_id BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)
       CROSS JOIN LATERAL (
         -- One image with all labels. Each product is computed once, and kept in an array in the order of \`against\`: with rows
         -- that are stored and read again the whole statement took a quarter longer. The aggregate keeps the planner from
         -- taking labels first and doing all of this for each of them, as it would without statistics; OFFSET computes bounds once.
         SELECT n.place, w.similarities[n.place] AS similarity, w.background, w.total, w.none
         FROM (
           SELECT array_agg(similarity) AS similarities,
                  max(similarity) FILTER (WHERE position > 0) AS best,
                  max(similarity) FILTER (WHERE position < 0) AS background,
                  sum(exp(run.scale * similarity)) FILTER (WHERE NOT run.independent) AS total,
                  coalesce(sum(exp(run.scale * similarity)) FILTER (WHERE NOT run.independent AND position < 0), 0) AS none
           FROM (
             SELECT a.position, -(e.embedding <#> a.embedding) AS similarity
             FROM against AS a WHERE a.run_id = run.id OFFSET 0) AS pair
         ) AS w
         CROSS JOIN LATERAL (
           SELECT CASE WHEN run.independent THEN w.background ELSE ln(${rules.leastKeptScore} * w.total) / run.scale END AS kept OFFSET 0
         ) AS bound
         CROSS JOIN LATERAL (SELECT least(w.best, bound.kept + facts.least_margin) AS similarity OFFSET 0) AS lowest
         CROSS JOIN LATERAL (SELECT generate_series(facts.backgrounds + 1, cardinality(w.similarities)) AS place) AS n
         WHERE w.similarities[n.place] >= lowest.similarity
           AND (w.similarities[n.place] >= bound.kept + facts.margins[n.place] OR w.similarities[n.place] >= w.best)
       ) AS l
     ), ranked AS (
       SELECT k.*, row_number() OVER (PARTITION BY k.run_id, k.image_id ORDER BY k.similarity DESC, k.place)
                   + CASE WHEN NOT k.independent AND k.none_score > k.score THEN 1 ELSE 0 END AS rank
       FROM kept AS k
     ), stored AS (
       INSERT INTO classifications (run_id, label_id, image_id, score, similarity, rank, assigned)
       SELECT run_id, label_id, image_id, CASE WHEN score < 1e-30 THEN 0 ELSE least(1, score) END, similarity, rank,
              score >= threshold AND (independent OR rank = 1)
       FROM ranked
       ORDER BY image_id, run_id, label_id
       ON CONFLICT (image_id, run_id, label_id) DO NOTHING
     )`;
}

/** Classifies images with all runs of the model that have begun: those that have just become READY. */
export async function classifyImages(
  db: Queryable,
  rules: ScoringRules,
  modelId: number,
  imageIds: readonly number[],
): Promise<void> {
  await db.query(
    planned(
      `/* classify.images */ ${classifySql(rules, 'true', 'SELECT unnest($2::bigint[]) AS image_id')} SELECT`,
    ),
    [modelId, imageIds],
  );
}

const batchRow = z.object({ images: z.int() });

/**
 * Classifies the next images of a run, and notes how far it is, in one statement.
 *
 * @returns how many there were; fewer than `limit`: no more
 */
export async function classifyNext(
  db: Queryable,
  rules: ScoringRules,
  run: { readonly id: number; readonly modelId: number; readonly lastImageId: number },
  limit: number,
): Promise<{ images: number; lastImageId: number }> {
  const { rows } = await db.query(
    `/* classify.next */ ${classifySql(
      rules,
      'r.id = $2::integer',
      `SELECT e.image_id FROM image_embeddings AS e
       WHERE e.model_id = $1::integer AND e.image_id > $3::bigint ORDER BY e.image_id LIMIT $4::integer`,
    )}, noted AS (
       -- Unless another process is at the same run, and was faster.
       UPDATE label_set_runs AS r SET last_image_id = b.last, done = r.done + b.images
       FROM (SELECT max(image_id) AS last, count(*) AS images FROM batch) AS b
       WHERE r.id = $2::integer AND r.last_image_id = $3::bigint AND b.images > 0
     )
     SELECT count(*)::integer AS images, coalesce(max(image_id), $3::bigint) AS last_image_id FROM batch`,
    [run.modelId, run.id, run.lastImageId, limit],
  );
  const { images, last_image_id } = batchRow.extend({ last_image_id: int8 }).parse(rows[0]);
  return { images, lastImageId: last_image_id };
}

/**
 * Classifies images of a run that its walk has not met: those with lower ids that were embedded after it had passed. OFFSET
 * keeps the planner to the index, image by image: without statistics it would compare every image with every row.
 *
 * @returns how many there were; fewer than `limit`: no more
 */
export async function classifyMissing(
  db: Queryable,
  rules: ScoringRules,
  run: { readonly id: number; readonly modelId: number },
  limit: number,
): Promise<number> {
  const { rows } = await db.query(
    `/* classify.missing */ ${classifySql(
      rules,
      'r.id = $2::integer',
      `SELECT e.image_id FROM image_embeddings AS e
       WHERE e.model_id = $1::integer
         AND NOT EXISTS (SELECT FROM classifications AS c WHERE c.run_id = $2::integer AND c.image_id = e.image_id OFFSET 0)
       ORDER BY e.image_id LIMIT $3::integer`,
    )}
     SELECT count(*)::integer AS images FROM batch`,
    [run.modelId, run.id, limit],
  );
  return batchRow.parse(rows[0]).images;
}
