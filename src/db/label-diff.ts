import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';

/** An image whose labels differ between two runs. */
export interface ChangedImageRow {
  readonly imageId: number;
  /** Labels that it had and has no more, and those that it has got. */
  readonly lost: readonly number[];
  readonly gained: readonly number[];
}

/** @returns for each version of a set its run that is whole under the model; those that are not kept are left out */
export async function findWholeRuns(
  db: Queryable,
  labelSetId: number,
  modelId: number,
  versions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await db.query(
    `/* labelDiff.runs */
     SELECT r.version, r.id FROM label_set_runs AS r
     WHERE r.label_set_id = $1::integer AND r.model_id = $2::integer AND r.version = ANY($3::integer[])
       AND r.state = 'WHOLE'`,
    [labelSetId, modelId, versions],
  );
  return new Map(
    z
      .array(z.object({ version: z.int(), id: z.int() }))
      .parse(rows)
      .map(({ version, id }) => [version, id]),
  );
}

/** Images that have a label in one of two runs and not in the other. */
const CHANGED = `
  SELECT image_id, array_agg(label_id ORDER BY label_id) FILTER (WHERE run_id = $1::integer) AS lost,
         array_agg(label_id ORDER BY label_id) FILTER (WHERE run_id = $2::integer) AS gained
  FROM (
    SELECT c.image_id, c.label_id, max(c.run_id) AS run_id FROM classifications AS c
    WHERE c.run_id IN ($1::integer, $2::integer) AND c.assigned
    GROUP BY c.image_id, c.label_id HAVING count(*) = 1
  ) AS one_sided
  GROUP BY image_id`;

const changedRow = z.object({
  image_id: int8,
  lost: z.array(z.int()).nullable(),
  gained: z.array(z.int()).nullable(),
});

/** Images whose labels differ between two runs, by id. @param afterId only those behind it */
export async function findChangedImages(
  db: Queryable,
  runs: { readonly from: number; readonly to: number },
  afterId: number,
  limit: number,
): Promise<readonly ChangedImageRow[]> {
  const { rows } = await db.query(
    `/* labelDiff.images */
     SELECT * FROM (${CHANGED}) AS changed WHERE image_id > $3::bigint ORDER BY image_id LIMIT $4::integer`,
    [runs.from, runs.to, afterId, limit],
  );
  return rows.map((row) => {
    const { image_id, lost, gained } = changedRow.parse(row);
    return { imageId: image_id, lost: lost ?? [], gained: gained ?? [] };
  });
}

export async function countChangedImages(
  db: Queryable,
  runs: { readonly from: number; readonly to: number },
): Promise<number> {
  const { rows } = await db.query(
    `/* labelDiff.count */ SELECT count(*)::integer AS count FROM (${CHANGED}) AS changed`,
    [runs.from, runs.to],
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}
