import { expect, vi } from 'vitest';
import { z } from 'zod';
import type { Queryable } from '../../src/db/database.js';
import type { Asking } from './asking.js';

/** What a label set answers with. */
export const labelSet = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  readyVersion: z.number().nullable(),
  templates: z.array(z.string()),
  independent: z.boolean(),
  background: z.array(z.string()),
  threshold: z.number().nullable(),
  labels: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      prompts: z.array(z.string()),
      threshold: z.number().nullable(),
    }),
  ),
});
export const LABEL_SET =
  'id name version readyVersion templates independent background threshold labels { id name prompts threshold }';

export const CREATE = `mutation ($input: CreateLabelSetInput!) {
  createLabelSet(input: $input) { result {
    __typename
    ... on LabelSetCreated { labelSet { ${LABEL_SET} } }
    ... on LabelSetNameTaken { labelSet { id } message }
    ... on InvalidInput { field message }
  } }
}`;
export const UPDATE = `mutation ($input: UpdateLabelSetInput!) {
  updateLabelSet(input: $input) { result {
    __typename
    ... on LabelSetUpdated { isNewVersion labelSet { ${LABEL_SET} } }
    ... on LabelSetNameTaken { labelSet { id } message }
    ... on LabelSetNotFound { id message }
    ... on InvalidInput { field message }
  } }
}`;

/** Makes a label set that must be accepted. */
export async function createLabelSet(
  { ask }: Asking,
  input: Record<string, unknown>,
): Promise<z.infer<typeof labelSet>> {
  const { createLabelSet: created } = await ask(
    z.object({ createLabelSet: z.object({ result: z.object({ labelSet }) }) }),
    CREATE,
    { input },
  );
  return created.result.labelSet;
}

/** Changes a label set; the change must be accepted. */
export async function updateLabelSet(
  { ask }: Asking,
  input: Record<string, unknown>,
): Promise<{ labelSet: z.infer<typeof labelSet>; isNewVersion: boolean }> {
  const { updateLabelSet: updated } = await ask(
    z.object({
      updateLabelSet: z.object({ result: z.object({ labelSet, isNewVersion: z.boolean() }) }),
    }),
    UPDATE,
    { input },
  );
  return updated.result;
}

/** Waits until every image is classified with the newest version. */
export async function ready({ ask }: Asking, id: string): Promise<void> {
  const answer = z.object({
    node: z.object({ version: z.number(), readyVersion: z.number().nullable(), progress: z.unknown() }),
  });
  await vi.waitFor(
    async () => {
      const { node } = await ask(
        answer,
        'query ($id: ID!) { node(id: $id) { ... on LabelSet { version readyVersion progress { state failure } } } }',
        { id },
      );
      expect(node).toMatchObject({ readyVersion: node.version });
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** An exclusive set that is classified whole, as rows: each label with the images that have it. */
export async function insertLabelSet(
  pool: Queryable,
  modelId: number,
  name: string,
  labels: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const names = Object.keys(labels);
  await pool.query(
    `WITH made AS (INSERT INTO label_sets (name, version) VALUES ($1, 1) RETURNING id),
     version AS (
       INSERT INTO label_set_versions (label_set_id, version, templates, independent)
       SELECT id, 1, '{"{label}"}', false FROM made RETURNING label_set_id),
     label AS (
       INSERT INTO labels (label_set_id, name) SELECT made.id, name FROM made CROSS JOIN unnest($2::text[]) AS name RETURNING id, label_set_id, name)
     INSERT INTO label_versions (label_set_id, version, label_id, position, name, prompts)
     SELECT label_set_id, 1, id, array_position($2::text[], name), name, ARRAY[name] FROM label`,
    [name, names],
  );
  await pool.query(
    `INSERT INTO label_set_runs (label_set_id, version, model_id, state, completed_at)
     SELECT id, 1, $2, 'WHOLE', now() FROM label_sets WHERE name = $1`,
    [name, modelId],
  );
  await pool.query(
    `UPDATE label_sets AS s SET ready_run_id = r.id FROM label_set_runs AS r WHERE r.label_set_id = s.id AND s.name = $1`,
    [name],
  );
  for (const [label, imageIds] of Object.entries(labels)) {
    await pool.query(
      `INSERT INTO classifications (run_id, label_id, image_id, score, similarity, rank, assigned)
       SELECT s.ready_run_id, l.id, image_id, 0.75, 0.5, 1, true
       FROM label_sets AS s JOIN labels AS l ON l.label_set_id = s.id CROSS JOIN unnest($3::bigint[]) AS image_id
       WHERE s.name = $1 AND l.name = $2`,
      [name, label, imageIds],
    );
  }
}
