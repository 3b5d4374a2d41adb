import { z } from 'zod';
import type { Queryable } from './database.js';
import { int8 } from './images.js';
import { vectorParameter } from './vector.js';

export type RunState = 'WAITING' | 'CLASSIFYING' | 'WHOLE' | 'FAILED';

/** A classification of all images with one version of a set under one model. */
export interface RunRow {
  readonly id: number;
  readonly labelSetId: number;
  readonly version: number;
  readonly modelId: number;
  readonly state: RunState;
  readonly lastImageId: number;
}

/** How far the newest version of a set is under a model. */
export interface RunProgress {
  readonly labelSetId: number;
  readonly version: number;
  readonly state: RunState;
  readonly failure: string | null;
  readonly done: number;
  readonly total: number;
  /** Since the first image was about to be classified; null before. */
  readonly seconds: number | null;
}

/** What images are compared with. */
export interface RunVector {
  /** From 1; negative: the background. */
  readonly position: number;
  readonly labelId: number | null;
  readonly threshold: number;
  readonly embedding: Float32Array;
}

const runRow = z
  .object({
    id: z.int(),
    label_set_id: z.int(),
    version: z.int(),
    model_id: z.int(),
    state: z.enum(['WAITING', 'CLASSIFYING', 'WHOLE', 'FAILED']),
    last_image_id: int8,
  })
  .transform(({ label_set_id, model_id, last_image_id, ...row }): RunRow => ({
    ...row,
    labelSetId: label_set_id,
    modelId: model_id,
    lastImageId: last_image_id,
  }));
const progressRow = z
  .object({
    label_set_id: z.int(),
    version: z.int(),
    state: z.enum(['WAITING', 'CLASSIFYING', 'WHOLE', 'FAILED']),
    failure: z.string().nullable(),
    done: z.int(),
    total: z.int(),
    seconds: z.number().nullable(),
  })
  .transform(({ label_set_id, ...row }): RunProgress => ({ labelSetId: label_set_id, ...row }));

/**
 * The run of the set's newest version under a model, made where it is missing. A FAILED one starts afresh.
 *
 * @returns undefined when there is no such set (any more), or the model is not the active one (any more)
 */
export async function ensureRun(
  db: Queryable,
  labelSetId: number,
  modelId: number,
): Promise<RunRow | undefined> {
  const { rows } = await db.query(
    `/* labelRuns.ensure */
     INSERT INTO label_set_runs AS r (label_set_id, version, model_id)
     SELECT s.id, s.version, m.id FROM label_sets AS s JOIN models AS m ON m.id = $2::integer AND m.active
     WHERE s.id = $1::integer
     ON CONFLICT (label_set_id, version, model_id) DO UPDATE
       SET state = CASE WHEN r.state = 'FAILED' THEN 'WAITING' ELSE r.state END, failure = NULL
     RETURNING r.id, r.label_set_id, r.version, r.model_id, r.state, r.last_image_id`,
    [labelSetId, modelId],
  );
  return rows.map((row) => runRow.parse(row))[0];
}

/** Stores what images are compared with, and lets the run begin; does nothing when it has begun. In one statement. */
export async function beginRun(db: Queryable, run: RunRow, vectors: readonly RunVector[]): Promise<void> {
  const values: unknown[] = [run.id, run.modelId];
  const tuples = vectors.map(({ position, labelId, threshold, embedding }) => {
    const last = values.push(position, labelId, threshold, vectorParameter(embedding));
    return `($${last - 3}::integer, $${last - 2}::integer, $${last - 1}::real, $${last}::vector)`;
  });
  await db.query(
    `/* labelRuns.begin */
     WITH begun AS (
       UPDATE label_set_runs
       SET state = 'CLASSIFYING', started_at = now(), last_image_id = 0, done = 0,
           total = (SELECT count(*) FROM image_embeddings WHERE model_id = $2::integer)
       WHERE id = $1::integer AND state = 'WAITING' RETURNING id
     )
     INSERT INTO label_embeddings (run_id, position, label_id, threshold, embedding)
     SELECT begun.id, v.position, v.label_id, v.threshold, v.embedding
     FROM begun, (VALUES ${tuples.join(', ')}) AS v (position, label_id, threshold, embedding)`,
    values,
  );
}

export async function failRun(db: Queryable, runId: number, failure: string): Promise<void> {
  await db.query(
    `/* labelRuns.fail */
     UPDATE label_set_runs SET state = 'FAILED', failure = $2::text WHERE id = $1::integer AND state = 'WAITING'`,
    [runId, failure],
  );
}

/** Whether the run is what readers are to see next or see already: of the newest version, under the active model. */
export async function isRunWanted(db: Queryable, runId: number): Promise<boolean> {
  const { rows } = await db.query(
    `/* labelRuns.isWanted */
     SELECT FROM label_set_runs AS r
     JOIN label_sets AS s ON s.id = r.label_set_id AND s.version = r.version
     JOIN models AS m ON m.id = r.model_id AND m.active
     WHERE r.id = $1::integer`,
    [runId],
  );
  return rows.length > 0;
}

/**
 * Makes a run whole, and the one that readers see, if every image with an embedding is classified: in one statement, so
 * that both are true of one moment. What becomes READY later sees the run and is classified by whoever makes it READY.
 *
 * @returns whether readers see it now
 */
export async function completeRun(db: Queryable, runId: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `/* labelRuns.complete */
     WITH whole AS (
       UPDATE label_set_runs AS r
       SET state = 'WHOLE', completed_at = coalesce(r.completed_at, now()), done = greatest(r.done, r.total)
       FROM label_sets AS s, models AS m
       WHERE r.id = $1::integer AND r.state IN ('CLASSIFYING', 'WHOLE')
         AND s.id = r.label_set_id AND s.version = r.version AND m.id = r.model_id AND m.active
         AND NOT EXISTS (
           SELECT FROM image_embeddings AS e
           WHERE e.model_id = r.model_id AND NOT EXISTS (
             SELECT FROM classifications AS c WHERE c.run_id = r.id AND c.image_id = e.image_id OFFSET 0))
       RETURNING r.id, r.label_set_id
     )
     UPDATE label_sets AS s SET ready_run_id = whole.id FROM whole WHERE s.id = whole.label_set_id`,
    [runId],
  );
  return rowCount === 1;
}

/** How far the newest versions of sets are under a model, in no particular order. */
export async function findRunProgress(
  db: Queryable,
  modelId: number,
  labelSetIds: readonly number[],
): Promise<readonly RunProgress[]> {
  const { rows } = await db.query(
    `/* labelRuns.progress */
     SELECT s.id AS label_set_id, s.version, coalesce(r.state, 'WAITING') AS state, r.failure,
            coalesce(r.done, 0) AS done,
            coalesce(CASE r.state WHEN 'CLASSIFYING' THEN r.total WHEN 'WHOLE' THEN r.total END, e.total) AS total,
            extract(epoch FROM clock_timestamp() - r.started_at)::float8 AS seconds
     FROM label_sets AS s
     LEFT JOIN label_set_runs AS r ON r.label_set_id = s.id AND r.version = s.version AND r.model_id = $1::integer
     LEFT JOIN LATERAL (
       SELECT count(*)::integer AS total FROM image_embeddings AS e
       WHERE e.model_id = $1::integer AND coalesce(r.state, 'WAITING') IN ('WAITING', 'FAILED')) AS e ON true
     WHERE s.id = ANY($2::integer[])`,
    [modelId, labelSetIds],
  );
  return rows.map((row) => progressRow.parse(row));
}

/**
 * Runs of a set that nobody needs: all but the one that readers see, the one that is being made, and the latest whole one
 * of the version before that which readers see, for comparison.
 */
export async function findOldRuns(db: Queryable, labelSetId: number, modelId: number): Promise<number[]> {
  const { rows } = await db.query(
    `/* labelRuns.old */
     SELECT r.id FROM label_set_runs AS r
     JOIN label_sets AS s ON s.id = r.label_set_id
     JOIN label_set_runs AS ready ON ready.id = s.ready_run_id
     WHERE s.id = $1::integer AND r.id <> ready.id
       AND NOT (r.version = s.version AND r.model_id = $2::integer)
       AND r.id IS DISTINCT FROM (
         SELECT before.id FROM label_set_runs AS before
         WHERE before.label_set_id = s.id AND before.version < ready.version AND before.model_id = ready.model_id
           AND before.state = 'WHOLE'
         ORDER BY before.version DESC, before.id DESC LIMIT 1)
     ORDER BY r.id`,
    [labelSetId, modelId],
  );
  return rows.map((row) => z.object({ id: z.int() }).parse(row).id);
}

/** Deletes some classifications of a run, and the run itself once none is left. @returns whether it is gone */
export async function deleteRunPart(db: Queryable, runId: number, limit: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `/* labelRuns.deletePart */
     DELETE FROM classifications WHERE ctid = ANY (ARRAY(
       SELECT c.ctid FROM classifications AS c WHERE c.run_id = $1::integer LIMIT $2::integer))`,
    [runId, limit],
  );
  if ((rowCount ?? 0) >= limit) return false;
  await db.query('/* labelRuns.delete */ DELETE FROM label_set_runs WHERE id = $1::integer', [runId]);
  return true;
}

/** How many vectors images are compared with in a run. */
export async function countVectors(db: Queryable, runId: number): Promise<number> {
  const { rows } = await db.query(
    `/* labelRuns.countVectors */
     SELECT count(*)::integer AS count FROM label_embeddings WHERE run_id = $1::integer`,
    [runId],
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}
