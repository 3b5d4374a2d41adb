import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';

/** Stores what somebody says of a label on an image. @returns which of the two is missing */
export async function storeFeedback(
  db: Queryable,
  { labelId, imageId, accepted }: { labelId: number; imageId: number; accepted: boolean },
): Promise<'stored' | 'no-label' | 'no-image'> {
  const { rows } = await db.query(
    `/* labelFeedback.store */
     WITH label AS (SELECT id FROM labels WHERE id = $1::integer), image AS (SELECT id FROM images WHERE id = $2::bigint),
     stored AS (
       INSERT INTO label_feedback (label_id, image_id, accepted)
       SELECT label.id, image.id, $3::boolean FROM label, image
       ON CONFLICT (label_id, image_id) DO UPDATE SET accepted = EXCLUDED.accepted, given_at = now()
     )
     SELECT EXISTS (SELECT FROM label) AS has_label, EXISTS (SELECT FROM image) AS has_image`,
    [labelId, imageId, accepted],
  );
  const { has_label, has_image } = z
    .object({ has_label: z.boolean(), has_image: z.boolean() })
    .parse(rows[0]);
  if (!has_label) return 'no-label';
  return has_image ? 'stored' : 'no-image';
}

/** @returns whether anything had been said */
export async function deleteFeedback(
  db: Queryable,
  { labelId, imageId }: { labelId: number; imageId: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    '/* labelFeedback.delete */ DELETE FROM label_feedback WHERE label_id = $1::integer AND image_id = $2::bigint',
    [labelId, imageId],
  );
  return rowCount === 1;
}

/** What was said of a label on an image, with how similar the image is to everything that it was compared with. */
export interface ExampleRow {
  readonly labelId: number;
  readonly imageId: number;
  readonly accepted: boolean;
  /** In the order of `positions`. */
  readonly similarities: readonly number[];
}

export interface Examples {
  /** Labels by place, from 1; null where the background stands, which has negative ones. */
  readonly labels: readonly { readonly position: number; readonly labelId: number | null }[];
  readonly rows: readonly ExampleRow[];
}

const exampleRow = z.object({
  label_id: z.int(),
  image_id: int8,
  accepted: z.boolean(),
  similarities: z.array(z.number()),
});

/** The latest feedback on labels of a run, at most so much of it. */
export async function findExamples(db: Queryable, runId: number, limit: number): Promise<Examples> {
  const { rows: against } = await db.query(
    `/* labelFeedback.labels */
     SELECT position, label_id FROM label_embeddings WHERE run_id = $1::integer ORDER BY position, label_id`,
    [runId],
  );
  const { rows } = await db.query(
    `/* labelFeedback.examples */
     WITH against AS MATERIALIZED (
       -- Of this run alone: vectors of two lengths must never meet.
       SELECT position, label_id, embedding FROM label_embeddings WHERE run_id = $1::integer
     )
     SELECT f.label_id, f.image_id, f.accepted, ARRAY(
       SELECT -(e.embedding <#> a.embedding) FROM against AS a ORDER BY a.position, a.label_id) AS similarities
     FROM label_feedback AS f
     JOIN label_set_runs AS r ON r.id = $1::integer
     JOIN image_embeddings AS e ON e.image_id = f.image_id AND e.model_id = r.model_id
     WHERE f.label_id IN (SELECT label_id FROM against)
     ORDER BY f.given_at DESC, f.label_id, f.image_id LIMIT $2::integer`,
    [runId, limit],
  );
  const label = z.object({ position: z.int(), label_id: z.int().nullable() });
  return {
    labels: against.map((row) => {
      const { position, label_id } = label.parse(row);
      return { position, labelId: label_id };
    }),
    rows: rows.map((row) => {
      const { label_id, image_id, ...example } = exampleRow.parse(row);
      return { labelId: label_id, imageId: image_id, ...example };
    }),
  };
}

/** How often a label agreed with what people said, in the run that readers see. */
export interface LabelOutcomeRow {
  readonly labelSetId: number;
  readonly labelId: number;
  /** The image has the label, and somebody accepted it; and so on. */
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

const outcomeRow = z
  .object({ label_set_id: z.int(), label_id: z.int(), tp: z.int(), fp: z.int(), fn: z.int(), tn: z.int() })
  .transform((row): LabelOutcomeRow => ({
    labelSetId: row.label_set_id,
    labelId: row.label_id,
    truePositives: row.tp,
    falsePositives: row.fp,
    falseNegatives: row.fn,
    trueNegatives: row.tn,
  }));

/**
 * Labels that something was said of. That a label of an exclusive set was accepted says of every other label of the set that it
 * does not fit the image.
 */
export async function findOutcomes(
  db: Queryable,
  labelSetIds: readonly number[],
): Promise<readonly LabelOutcomeRow[]> {
  const { rows } = await db.query(
    `/* labelFeedback.outcomes */
     WITH said AS (
       SELECT s.id AS label_set_id, s.ready_run_id AS run_id, f.label_id, f.image_id, f.accepted
       FROM label_sets AS s
       JOIN label_set_runs AS r ON r.id = s.ready_run_id
       JOIN label_versions AS l ON l.label_set_id = s.id AND l.version = r.version
       JOIN label_feedback AS f ON f.label_id = l.label_id
       JOIN image_embeddings AS e ON e.image_id = f.image_id AND e.model_id = r.model_id
       WHERE s.id = ANY($1::integer[])
     ), implied AS (
       SELECT said.label_set_id, said.run_id, c.label_id, said.image_id, false AS accepted
       FROM said
       JOIN label_set_runs AS r ON r.id = said.run_id
       JOIN label_set_versions AS v ON v.label_set_id = r.label_set_id AND v.version = r.version AND NOT v.independent
       JOIN classifications AS c ON c.run_id = said.run_id AND c.image_id = said.image_id AND c.assigned
       WHERE said.accepted AND c.label_id <> said.label_id AND NOT EXISTS (
         SELECT FROM label_feedback AS f WHERE f.label_id = c.label_id AND f.image_id = said.image_id)
     ), examples AS (
       SELECT * FROM said UNION SELECT * FROM implied
     )
     SELECT x.label_set_id, x.label_id,
            count(*) FILTER (WHERE x.accepted AND c.assigned)::integer AS tp,
            count(*) FILTER (WHERE NOT x.accepted AND c.assigned)::integer AS fp,
            count(*) FILTER (WHERE x.accepted AND c.assigned IS NOT TRUE)::integer AS fn,
            count(*) FILTER (WHERE NOT x.accepted AND c.assigned IS NOT TRUE)::integer AS tn
     FROM examples AS x
     LEFT JOIN classifications AS c ON c.run_id = x.run_id AND c.image_id = x.image_id AND c.label_id = x.label_id
     GROUP BY x.label_set_id, x.label_id
     ORDER BY x.label_set_id, x.label_id`,
    [labelSetIds],
  );
  return rows.map((row) => outcomeRow.parse(row));
}

/** Images for which people accepted one label and that have another, or none, or the same. */
export interface ConfusionRow {
  readonly labelSetId: number;
  readonly actual: number;
  readonly predicted: number | null;
  readonly images: number;
}

/** Of exclusive sets alone: in others a label says nothing of the rest. */
export async function findConfusion(
  db: Queryable,
  labelSetIds: readonly number[],
): Promise<readonly ConfusionRow[]> {
  const { rows } = await db.query(
    `/* labelFeedback.confusion */
     SELECT s.id AS label_set_id, f.label_id AS actual, c.label_id AS predicted, count(*)::integer AS images
     FROM label_sets AS s
     JOIN label_set_runs AS r ON r.id = s.ready_run_id
     JOIN label_set_versions AS v ON v.label_set_id = s.id AND v.version = r.version AND NOT v.independent
     JOIN label_versions AS l ON l.label_set_id = s.id AND l.version = r.version
     JOIN label_feedback AS f ON f.label_id = l.label_id AND f.accepted
     JOIN image_embeddings AS e ON e.image_id = f.image_id AND e.model_id = r.model_id
     LEFT JOIN classifications AS c ON c.run_id = r.id AND c.image_id = f.image_id AND c.assigned
     WHERE s.id = ANY($1::integer[])
     GROUP BY s.id, f.label_id, c.label_id
     ORDER BY s.id, f.label_id, c.label_id NULLS LAST`,
    [labelSetIds],
  );
  const confusionRow = z.object({
    label_set_id: z.int(),
    actual: z.int(),
    predicted: z.int().nullable(),
    images: z.int(),
  });
  return rows.map((row) => {
    const { label_set_id, ...cell } = confusionRow.parse(row);
    return { labelSetId: label_set_id, ...cell };
  });
}
