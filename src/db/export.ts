import { z } from 'zod';
import type { Queryable } from './database.js';
import { imageFilterSql, type ImageFilter } from './image-filter.js';
import { IMAGE_COLUMNS, parseImageRows, type ImageRow } from './images.js';
import { parseVector } from './vector.js';

const label = z.object({ set: z.string(), label: z.string(), score: z.number() });
const extras = z.object({ embedding: z.instanceof(Buffer).nullable(), labels: z.array(label) });

/** An image with what the model and the label sets say of it. */
export interface ExportedImage extends ImageRow {
  /** Null unless the image is READY. */
  readonly embedding: Float32Array | null;
  /** What it has been classified as, in the versions that readers see. */
  readonly labels: readonly z.infer<typeof label>[];
}

/** The next images of a filter behind an id, by ascending id. */
export async function exportImages(
  database: Queryable,
  wanted: { readonly modelId: number; readonly filter: ImageFilter; readonly afterId: number },
  limit: number,
): Promise<readonly ExportedImage[]> {
  const { sql, values } = imageFilterSql(wanted.filter, 4);
  const { rows } = await database.query(
    `/* export.images */
     SELECT ${IMAGE_COLUMNS}, vector_send(e.embedding) AS embedding, (
         SELECT coalesce(
           json_agg(json_build_object('set', s.name, 'label', v.name, 'score', c.score) ORDER BY s.name, c.rank, c.label_id),
           '[]')
         FROM classifications AS c
         JOIN label_sets AS s ON s.ready_run_id = c.run_id
         JOIN label_set_runs AS r ON r.id = c.run_id
         JOIN label_versions AS v ON v.label_id = c.label_id AND v.version = r.version
         WHERE c.image_id = i.id AND c.assigned
       ) AS labels
     FROM images AS i LEFT JOIN image_embeddings AS e ON e.image_id = i.id AND e.model_id = $1::integer
     WHERE i.id > $2::bigint AND (${sql})
     ORDER BY i.id LIMIT $3::integer`,
    [wanted.modelId, wanted.afterId, limit, ...values],
  );
  return parseImageRows(rows).map((image, index) => {
    const { embedding, labels } = extras.parse(rows[index]);
    return { ...image, embedding: embedding === null ? null : parseVector(embedding), labels };
  });
}
