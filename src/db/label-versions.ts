import { z } from 'zod';
import type { Queryable } from './database.js';
import type { LabelDefinition, LabelSetDefinition, StoredCalibration } from './label-sets.js';

/** A label that a new version is to have. */
export interface NewLabelVersion extends LabelDefinition {
  /** The label that it was until now; undefined: a new one. */
  readonly id: number | undefined;
  readonly calibratedThreshold?: number | null;
}

/** A version that is to be defined. */
export interface NewVersion extends LabelSetDefinition {
  readonly labels: readonly NewLabelVersion[];
  readonly calibration?: StoredCalibration | null;
}

const idRow = z.object({ id: z.int() });
const lockedRow = z.object({ version: z.int() });

/** @returns the new set's id; undefined when there is one by this name already */
export async function insertLabelSet(db: Queryable, name: string): Promise<number | undefined> {
  const { rows } = await db.query(
    `/* labelSets.insert */
     INSERT INTO label_sets (name) VALUES ($1::text) ON CONFLICT (name) DO NOTHING RETURNING id`,
    [name],
  );
  return rows.map((row) => idRow.parse(row).id)[0];
}

/**
 * Makes everyone else who changes the set wait until the transaction ends.
 *
 * @returns its newest version; undefined when there is no such set
 */
export async function lockLabelSet(db: Queryable, id: number): Promise<number | undefined> {
  const { rows } = await db.query(
    '/* labelSets.lock */ SELECT version FROM label_sets WHERE id = $1::integer FOR UPDATE',
    [id],
  );
  return rows.map((row) => lockedRow.parse(row).version)[0];
}

/** Of a locked set. @returns false when another set has the name */
export async function renameLabelSet(db: Queryable, id: number, name: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `/* labelSets.rename */
     UPDATE label_sets SET name = $2::text, updated_at = now()
     WHERE id = $1::integer AND NOT EXISTS (SELECT FROM label_sets WHERE name = $2::text AND id <> $1::integer)`,
    [id, name],
  );
  return rowCount === 1;
}

/**
 * Defines a version and makes it the newest, inside a transaction that holds the set. Labels that are new to the set, but
 * were in it once under the same name, are the same labels again.
 */
export async function defineVersion(
  db: Queryable,
  labelSetId: number,
  version: number,
  definition: NewVersion,
): Promise<void> {
  const { calibration = null, labels } = definition;
  await db.query(
    `/* labelVersions.define */
     INSERT INTO label_set_versions
       (label_set_id, version, templates, independent, background, threshold, temperature, bias, calibrated_model_id)
     VALUES ($1::integer, $2::integer, $3::text[], $4::boolean, $5::text[], $6::real, $7::float8, $8::float8, $9::integer)`,
    [
      labelSetId,
      version,
      definition.templates,
      definition.independent,
      definition.background,
      definition.threshold,
      calibration?.temperature ?? 1,
      calibration?.bias ?? null,
      calibration?.modelId ?? null,
    ],
  );
  const ids = await keepLabels(db, labelSetId, labels);
  // Prompts as JSON: an array of arrays of different lengths is none in PostgreSQL.
  await db.query(
    `/* labelVersions.labels */
     INSERT INTO label_versions
       (label_set_id, version, label_id, position, name, prompts, threshold, calibrated_threshold)
     SELECT $1::integer, $2::integer, l.id, l.position, l.name, ARRAY(SELECT jsonb_array_elements_text(l.prompts)),
            l.threshold, l.calibrated_threshold
     FROM ROWS FROM (unnest($3::integer[]), unnest($4::text[]), unnest($5::jsonb[]), unnest($6::real[]), unnest($7::real[]))
       WITH ORDINALITY AS l (id, name, prompts, threshold, calibrated_threshold, position)`,
    [
      labelSetId,
      version,
      ids,
      labels.map(({ name }) => name),
      labels.map(({ prompts }) => JSON.stringify(prompts)),
      labels.map(({ threshold }) => threshold),
      labels.map(({ calibratedThreshold }) => calibratedThreshold ?? null),
    ],
  );
  await db.query(
    `/* labelVersions.newest */
     UPDATE label_sets SET version = $2::integer, updated_at = now() WHERE id = $1::integer`,
    [labelSetId, version],
  );
}

/** Adds the labels that are new, and gives the others their names. @returns their ids, in order */
async function keepLabels(
  db: Queryable,
  labelSetId: number,
  labels: readonly NewLabelVersion[],
): Promise<number[]> {
  const { rows } = await db.query(
    `/* labels.keep */
     WITH wanted AS (
       SELECT w.position, w.name, coalesce(w.id, (
         -- One that was left out by an earlier version, and is not renamed to something else now.
         SELECT max(l.id) FROM labels AS l
         WHERE l.label_set_id = $1::integer AND l.name = w.name AND l.id <> ALL ($4::integer[]))) AS id
       FROM ROWS FROM (unnest($2::integer[]), unnest($3::text[])) WITH ORDINALITY AS w (id, name, position)
     ), renamed AS (
       UPDATE labels AS l SET name = w.name FROM wanted AS w
       WHERE l.id = w.id AND l.label_set_id = $1::integer AND l.name <> w.name
     ), added AS (
       INSERT INTO labels (label_set_id, name)
       SELECT $1::integer, name FROM wanted WHERE id IS NULL ORDER BY position
       RETURNING id, name
     )
     SELECT coalesce(w.id, a.id) AS id FROM wanted AS w LEFT JOIN added AS a ON w.id IS NULL AND a.name = w.name
     ORDER BY w.position`,
    [
      labelSetId,
      labels.map(({ id }) => id ?? null),
      labels.map(({ name }) => name),
      labels.flatMap(({ id }) => id ?? []),
    ],
  );
  return rows.map((row) => idRow.parse(row).id);
}
