import { z } from 'zod';
import type { Queryable } from './database.js';

/** What a set is at one version, without its labels. */
export interface LabelSetDefinition {
  readonly templates: readonly string[];
  readonly independent: boolean;
  /** What stands for "none of these" in an exclusive set. */
  readonly background: readonly string[];
  /** Of labels that have no threshold of their own. */
  readonly threshold: number | null;
}

/** What feedback has taught a version, for one model. */
export interface StoredCalibration {
  readonly modelId: number;
  readonly temperature: number;
  /** Of independent labels; null: the prior odds' logarithm. */
  readonly bias: number | null;
}

export interface VersionDefinition extends LabelSetDefinition {
  readonly calibration: StoredCalibration | null;
}

/** A set with its newest definition, and the run that readers see. */
export interface LabelSetRow extends VersionDefinition {
  readonly id: number;
  readonly name: string;
  /** The newest version. */
  readonly version: number;
  readonly ready: { readonly runId: number; readonly version: number; readonly modelId: number } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A label in one version of its set. */
export interface LabelDefinition {
  readonly name: string;
  readonly prompts: readonly string[];
  readonly threshold: number | null;
}

export interface LabelRow extends LabelDefinition {
  readonly id: number;
  readonly labelSetId: number;
  readonly version: number;
  /** From 1. */
  readonly position: number;
  readonly calibratedThreshold: number | null;
}

const COLUMNS = `
  s.id, s.name, s.version, s.created_at, s.updated_at, v.templates, v.independent, v.background, v.threshold,
  v.temperature, v.bias, v.calibrated_model_id, r.id AS run_id, r.version AS run_version, r.model_id AS run_model_id`;
const SOURCE = `
  label_sets AS s
  JOIN label_set_versions AS v ON v.label_set_id = s.id AND v.version = s.version
  LEFT JOIN label_set_runs AS r ON r.id = s.ready_run_id`;

const definitionRow = z.object({
  templates: z.array(z.string()),
  independent: z.boolean(),
  background: z.array(z.string()),
  threshold: z.number().nullable(),
  temperature: z.number(),
  bias: z.number().nullable(),
  calibrated_model_id: z.int().nullable(),
});
const toDefinition = (row: z.infer<typeof definitionRow>): VersionDefinition => ({
  templates: row.templates,
  independent: row.independent,
  background: row.background,
  threshold: row.threshold,
  calibration:
    row.calibrated_model_id === null
      ? null
      : { modelId: row.calibrated_model_id, temperature: row.temperature, bias: row.bias },
});

const labelSetRow = definitionRow
  .extend({
    id: z.int(),
    name: z.string(),
    version: z.int(),
    created_at: z.date(),
    updated_at: z.date(),
    run_id: z.int().nullable(),
    run_version: z.int().nullable(),
    run_model_id: z.int().nullable(),
  })
  .transform((row): LabelSetRow => ({
    ...toDefinition(row),
    id: row.id,
    name: row.name,
    version: row.version,
    ready:
      row.run_id === null || row.run_version === null || row.run_model_id === null
        ? null
        : { runId: row.run_id, version: row.run_version, modelId: row.run_model_id },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
const parseSets = (rows: readonly unknown[]) => rows.map((row) => labelSetRow.parse(row));

const LABEL_COLUMNS =
  'l.label_id AS id, l.label_set_id, l.version, l.position, l.name, l.prompts, l.threshold, l.calibrated_threshold';

const labelRow = z
  .object({
    id: z.int(),
    label_set_id: z.int(),
    version: z.int(),
    position: z.int(),
    name: z.string(),
    prompts: z.array(z.string()),
    threshold: z.number().nullable(),
    calibrated_threshold: z.number().nullable(),
  })
  .transform(({ label_set_id, calibrated_threshold, ...row }): LabelRow => ({
    ...row,
    labelSetId: label_set_id,
    calibratedThreshold: calibrated_threshold,
  }));
const parseLabels = (rows: readonly unknown[]) => rows.map((row) => labelRow.parse(row));

/** In no particular order; unknown ids are left out. */
export async function findLabelSets(db: Queryable, ids: readonly number[]): Promise<LabelSetRow[]> {
  const { rows } = await db.query(
    `/* labelSets.byIds */ SELECT ${COLUMNS} FROM ${SOURCE} WHERE s.id = ANY($1::integer[])`,
    [ids],
  );
  return parseSets(rows);
}

export async function findLabelSetByName(db: Queryable, name: string): Promise<LabelSetRow | undefined> {
  const { rows } = await db.query(
    `/* labelSets.byName */ SELECT ${COLUMNS} FROM ${SOURCE} WHERE s.name = $1::text`,
    [name],
  );
  return parseSets(rows)[0];
}

/** By name. @param after only those behind this name, which need not exist any more */
export async function listLabelSets(
  db: Queryable,
  after: string | undefined,
  limit: number,
): Promise<LabelSetRow[]> {
  const { rows } = await db.query(
    `/* labelSets.list */
     SELECT ${COLUMNS} FROM ${SOURCE}
     WHERE $1::text IS NULL OR s.name > $1::text
     ORDER BY s.name, s.id LIMIT $2::integer`,
    [after ?? null, limit],
  );
  return parseSets(rows);
}

export async function countLabelSets(db: Queryable): Promise<number> {
  const { rows } = await db.query('/* labelSets.count */ SELECT count(*)::integer AS count FROM label_sets');
  return z.object({ count: z.int() }).parse(rows[0]).count;
}

/** The labels of the newest version of sets, in order. */
export async function findLabelsOfSets(
  db: Queryable,
  labelSetIds: readonly number[],
): Promise<readonly LabelRow[]> {
  const { rows } = await db.query(
    `/* labels.ofSets */
     SELECT ${LABEL_COLUMNS} FROM label_sets AS s
     JOIN label_versions AS l ON l.label_set_id = s.id AND l.version = s.version
     WHERE s.id = ANY($1::integer[])
     ORDER BY s.id, l.position, l.label_id`,
    [labelSetIds],
  );
  return parseLabels(rows);
}

/** The labels of one version, in order; none where there is no such version. */
export async function findLabelsOfVersion(
  db: Queryable,
  labelSetId: number,
  version: number,
): Promise<readonly LabelRow[]> {
  const { rows } = await db.query(
    `/* labels.ofVersion */
     SELECT ${LABEL_COLUMNS} FROM label_versions AS l
     WHERE l.label_set_id = $1::integer AND l.version = $2::integer
     ORDER BY l.position, l.label_id`,
    [labelSetId, version],
  );
  return parseLabels(rows);
}

/** Labels as the newest version that has them defines them, in no particular order; unknown ids are left out. */
export async function findLabels(db: Queryable, ids: readonly number[]): Promise<readonly LabelRow[]> {
  const { rows } = await db.query(
    `/* labels.byIds */
     SELECT DISTINCT ON (l.label_id) ${LABEL_COLUMNS} FROM label_versions AS l
     WHERE l.label_id = ANY($1::integer[])
     ORDER BY l.label_id, l.version DESC`,
    [ids],
  );
  return parseLabels(rows);
}

/** @returns undefined when there is no such version */
export async function findLabelSetDefinition(
  db: Queryable,
  labelSetId: number,
  version: number,
): Promise<VersionDefinition | undefined> {
  const { rows } = await db.query(
    `/* labelSets.definition */
     SELECT v.templates, v.independent, v.background, v.threshold, v.temperature, v.bias, v.calibrated_model_id
     FROM label_set_versions AS v WHERE v.label_set_id = $1::integer AND v.version = $2::integer`,
    [labelSetId, version],
  );
  return rows.map((row) => toDefinition(definitionRow.parse(row)))[0];
}

/** Deletes a set with its labels, classifications and feedback. @returns whether there was one */
export async function deleteLabelSet(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query(
    '/* labelSets.delete */ DELETE FROM label_sets WHERE id = $1::integer',
    [id],
  );
  return rowCount === 1;
}
