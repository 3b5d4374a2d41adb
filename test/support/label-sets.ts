import { expect, vi } from 'vitest';
import { z } from 'zod';
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
