import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { planned } from './planned.js';

/** A label of an image, as readers see it. */
export interface ClassificationRow {
  readonly imageId: number;
  readonly labelSetId: number;
  readonly labelId: number;
  readonly version: number;
  readonly modelId: number;
  readonly score: number;
  readonly similarity: number;
  readonly rank: number;
  readonly assigned: boolean;
  readonly classifiedAt: Date;
  /** What somebody has said of it. */
  readonly accepted: boolean | null;
}

/** A classification as a place in a label's list. */
export interface LabelImageRow {
  readonly imageId: number;
  readonly score: number;
  readonly similarity: number;
}

/**
 * By hand, and columns named as they are read: a page of images has hundreds of these, and zod takes five times as long and makes a
 * kilobyte of garbage of each, more than all the rest of the answer.
 *
 * @throws TypeError for what the statement cannot have returned
 */
function parseClassification(row: unknown): ClassificationRow {
  const columns = row as Readonly<Record<string, unknown>>;
  const { imageId, labelSetId, labelId, version, modelId, score, similarity, rank } = columns;
  const { assigned, classifiedAt, accepted } = columns;
  const id = Number(imageId);
  if (
    Number.isSafeInteger(id) &&
    typeof labelSetId === 'number' &&
    typeof labelId === 'number' &&
    typeof version === 'number' &&
    typeof modelId === 'number' &&
    typeof score === 'number' &&
    typeof similarity === 'number' &&
    typeof rank === 'number' &&
    typeof assigned === 'boolean' &&
    classifiedAt instanceof Date &&
    (accepted === null || typeof accepted === 'boolean')
  ) {
    return {
      imageId: id,
      labelSetId,
      labelId,
      version,
      modelId,
      score,
      similarity,
      rank,
      assigned,
      classifiedAt,
      accepted,
    };
  }
  throw new TypeError('A classification is not of the form that its statement promises.');
}

/**
 * The classifications of images that readers see, by set and rank.
 *
 * @param setName of this set alone; undefined: of all
 */
export async function findClassifications(
  db: Queryable,
  imageIds: readonly number[],
  setName: string | undefined,
): Promise<readonly ClassificationRow[]> {
  const { rows } = await db.query(
    planned(`/* classifications.ofImages */
     SELECT c.image_id AS "imageId", r.label_set_id AS "labelSetId", c.label_id AS "labelId", r.version,
            r.model_id AS "modelId", c.score, c.similarity, c.rank, c.assigned, c.classified_at AS "classifiedAt", f.accepted
     FROM classifications AS c
     JOIN label_sets AS s ON s.ready_run_id = c.run_id
     JOIN label_set_runs AS r ON r.id = c.run_id
     LEFT JOIN label_feedback AS f ON f.label_id = c.label_id AND f.image_id = c.image_id
     WHERE c.image_id = ANY($1::bigint[]) AND ($2::text IS NULL OR s.name = $2::text)
     ORDER BY c.image_id, s.name, c.rank, c.label_id`),
    [imageIds, setName ?? null],
  );
  return rows.map(parseClassification);
}

/** How many images have each of these labels. */
export async function countImagesOfLabels(
  db: Queryable,
  labelIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await db.query(
    `/* classifications.countByLabel */
     SELECT l.id, count(c.image_id)::integer AS count
     FROM labels AS l
     JOIN label_sets AS s ON s.id = l.label_set_id
     LEFT JOIN classifications AS c ON c.run_id = s.ready_run_id AND c.label_id = l.id AND c.assigned
     WHERE l.id = ANY($1::integer[])
     GROUP BY l.id`,
    [labelIds],
  );
  const counts = z.array(z.object({ id: z.int(), count: z.int() })).parse(rows);
  return new Map(counts.map(({ id, count }) => [id, count]));
}

/** Counts over a run that readers see. */
export interface DistributionRow {
  readonly labelSetId: number;
  readonly version: number;
  /** Images that are classified. */
  readonly images: number;
  /** Of these: with no label. */
  readonly unlabelled: number;
}

/** Of sets that have been classified; the others are left out. */
export async function countDistributions(
  db: Queryable,
  labelSetIds: readonly number[],
): Promise<readonly DistributionRow[]> {
  const { rows } = await db.query(
    `/* classifications.distributions */
     SELECT s.id, r.version, coalesce(c.images, 0)::integer AS images,
            (coalesce(c.images, 0) - coalesce(c.labelled, 0))::integer AS unlabelled
     FROM label_sets AS s
     JOIN label_set_runs AS r ON r.id = s.ready_run_id
     LEFT JOIN LATERAL (
       SELECT count(DISTINCT c.image_id) AS images, count(DISTINCT c.image_id) FILTER (WHERE c.assigned) AS labelled
       FROM classifications AS c WHERE c.run_id = r.id) AS c ON true
     WHERE s.id = ANY($1::integer[])`,
    [labelSetIds],
  );
  return z
    .array(z.object({ id: z.int(), version: z.int(), images: z.int(), unlabelled: z.int() }))
    .parse(rows)
    .map(({ id, ...row }) => ({ labelSetId: id, ...row }));
}

/** A page of a label's images. */
export interface LabelPage {
  readonly labelId: number;
  /** Left out: images that have the label. Given: those that score at least so much. */
  readonly minScore: number | undefined;
  /** Behind this place, in the run that it was in. */
  readonly after: { readonly runId: number; readonly score: number; readonly imageId: number } | undefined;
  readonly limit: number;
}

const pageRow = z.object({
  page: z.int(),
  run_id: z.int(),
  image_id: int8.nullable(),
  score: z.number().nullable(),
  similarity: z.number().nullable(),
});

/**
 * Pages of labels' images, the highest scores first, ties by id, all in one statement.
 *
 * @returns for each the run that it is of and its rows; undefined where that run is not there (any more)
 */
export async function findLabelPages(
  db: Queryable,
  pages: readonly LabelPage[],
): Promise<(readonly [runId: number, rows: readonly LabelImageRow[]] | undefined)[]> {
  const { rows } = await db.query(
    `/* classifications.labelPages */
     SELECT p.page::integer - 1 AS page, r.id AS run_id, c.image_id, c.score, c.similarity
     FROM ROWS FROM (unnest($1::integer[]), unnest($2::real[]), unnest($3::integer[]), unnest($4::real[]),
                     unnest($5::bigint[]), unnest($6::integer[]))
       WITH ORDINALITY AS p (label_id, min_score, run_id, score, image_id, size, page)
     JOIN labels AS l ON l.id = p.label_id
     JOIN label_sets AS s ON s.id = l.label_set_id
     JOIN label_set_runs AS r ON r.id = coalesce(p.run_id, s.ready_run_id) AND r.label_set_id = s.id
     LEFT JOIN LATERAL (
       SELECT c.image_id, c.score, c.similarity FROM classifications AS c
       WHERE c.run_id = r.id AND c.label_id = l.id
         AND CASE WHEN p.min_score IS NULL THEN c.assigned ELSE c.score >= p.min_score END
         AND (p.image_id IS NULL OR c.score <= p.score AND (c.score < p.score OR c.image_id > p.image_id))
       ORDER BY c.score DESC, c.image_id LIMIT p.size) AS c ON true
     ORDER BY p.page, c.score DESC, c.image_id`,
    [
      pages.map(({ labelId }) => labelId),
      pages.map(({ minScore }) => minScore ?? null),
      pages.map(({ after }) => after?.runId ?? null),
      pages.map(({ after }) => after?.score ?? null),
      pages.map(({ after }) => after?.imageId ?? null),
      pages.map(({ limit }) => limit),
    ],
  );
  const found: ([number, LabelImageRow[]] | undefined)[] = pages.map(() => undefined);
  for (const row of rows) {
    const { page, run_id, image_id, score, similarity } = pageRow.parse(row);
    const images = (found[page] ??= [run_id, []])[1];
    if (image_id !== null && score !== null && similarity !== null)
      images.push({ imageId: image_id, score, similarity });
  }
  return found;
}
