import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFilterSql, type ImageFilter } from './image-filter.js';
import { int8 } from './images.js';
import { parseVector } from './vector.js';

const sampledRow = z.object({
  id: int8,
  sha256: z.string(),
  filename: z.string().nullable(),
  title: z.string().nullable(),
  tags: z.array(z.string()),
  label: z.string().nullable(),
  embedding: z.instanceof(Buffer),
  x: z.number(),
  y: z.number(),
});

/** An image as a report shows it. */
export interface ReportedImage {
  readonly id: number;
  readonly sha256: string;
  readonly filename: string | null;
  readonly title: string | null;
  /** Its label of the set; without a set its first tag. */
  readonly label: string | null;
  readonly embedding: Float32Array;
  readonly x: number;
  readonly y: number;
}

/** READY images of a filter that have a place in the projection: all, or a sample that depends on their ids alone. */
export async function sampleForReport(
  database: Queryable,
  wanted: { readonly modelId: number; readonly filter: ImageFilter; readonly labelSet: string | undefined },
  limit: number,
): Promise<readonly ReportedImage[]> {
  const { sql, values } = imageFilterSql(wanted.filter, 4);
  const { rows } = await database.query(
    `/* report.sample */
     WITH sample AS MATERIALIZED (
       SELECT i.id, encode(i.sha256, 'hex') AS sha256, i.filename, i.title, i.tags, e.embedding, p.x, p.y
       FROM images AS i
       JOIN projections AS p ON p.image_id = i.id AND p.model_id = $1::integer
       JOIN image_embeddings AS e ON e.image_id = i.id AND e.model_id = $1::integer
       WHERE i.status = 'READY' AND (${sql})
       ORDER BY md5(i.id::text), i.id LIMIT $2::integer
     )
     SELECT id, sha256, filename, title, tags, vector_send(embedding) AS embedding, x, y, (
         SELECT v.name
         FROM label_sets AS s
         JOIN classifications AS c ON c.run_id = s.ready_run_id
         JOIN label_set_runs AS r ON r.id = c.run_id
         JOIN label_versions AS v ON v.label_id = c.label_id AND v.version = r.version
         WHERE s.name = $3::text AND c.image_id = sample.id AND c.assigned
         ORDER BY c.rank, c.label_id LIMIT 1
       ) AS label
     FROM sample ORDER BY id`,
    [wanted.modelId, limit, wanted.labelSet ?? null, ...values],
  );
  return rows.map((row) => {
    const { tags, label, embedding, ...image } = sampledRow.parse(row);
    return {
      ...image,
      label: wanted.labelSet === undefined ? (tags[0] ?? null) : label,
      embedding: parseVector(embedding),
    };
  });
}

/** The names of the label sets that have classified the collection, in their order. */
export async function classifiedLabelSets(database: Queryable): Promise<readonly string[]> {
  const { rows } = await database.query(
    '/* report.classifiedLabelSets */ SELECT name FROM label_sets WHERE ready_run_id IS NOT NULL ORDER BY name, id',
  );
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

const countRow = z.object({ label: z.string().nullable(), images: int8 });

/** How many READY images of a filter have each label of a set, or without a set each tag; the most frequent first. */
export async function countLabels(
  database: Queryable,
  wanted: { readonly filter: ImageFilter; readonly labelSet: string | undefined },
  limit: number,
): Promise<readonly { readonly label: string; readonly images: number }[]> {
  const { sql, values } = imageFilterSql(wanted.filter, 3);
  const { rows } = await database.query(
    `/* report.countLabels */
     SELECT label, count(DISTINCT image_id) AS images
     FROM (
       SELECT i.id AS image_id, tag AS label
       FROM images AS i CROSS JOIN unnest(i.tags) AS tag
       WHERE $1::text IS NULL AND i.status = 'READY' AND (${sql})
       UNION ALL
       SELECT i.id, v.name
       FROM label_sets AS s
       JOIN classifications AS c ON c.run_id = s.ready_run_id AND c.assigned
       JOIN label_set_runs AS r ON r.id = c.run_id
       JOIN label_versions AS v ON v.label_id = c.label_id AND v.version = r.version
       JOIN images AS i ON i.id = c.image_id
       WHERE s.name = $1::text AND (${sql})
     ) AS labelled
     GROUP BY label ORDER BY images DESC, label LIMIT $2::integer`,
    [wanted.labelSet ?? null, limit, ...values],
  );
  return rows
    .map((row) => countRow.parse(row))
    .flatMap(({ label, images }) => (label === null ? [] : [{ label, images }]));
}
