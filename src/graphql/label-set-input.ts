import type { InvalidLabelSet, LabelInput, LabelSet, LabelSetInput } from '../classification/label-sets.js';
import { TEMPLATE_PRESETS } from '../classification/template-presets.js';
import type { Context } from './context.js';
import type {
  CreateLabelSetInput,
  InputMaybe,
  LabelInput as GraphqlLabelInput,
  ResolversTypes,
  TemplatePreset,
  UpdateLabelSetInput,
} from './generated/types.js';
import { parseGlobalId } from './global-ids.js';

type CreateLabelSetResult = Awaited<ResolversTypes['CreateLabelSetResult']>;
type UpdateLabelSetResult = Awaited<ResolversTypes['UpdateLabelSetResult']>;

/** Makes a label set. A mistake in it is a result. */
export async function createLabelSet(
  input: CreateLabelSetInput,
  context: Context,
): Promise<CreateLabelSetResult> {
  const read = readInput(input);
  if ('outcome' in read) return toInvalidInput(read);
  const created = await context.labelSets.create({ ...read, name: input.name });
  switch (created.outcome) {
    case 'created':
      return { __typename: 'LabelSetCreated', labelSet: created.labelSet };
    case 'name-taken':
      return toNameTaken(created.labelSet);
    case 'invalid':
      return toInvalidInput(created);
  }
}

/** Changes a label set. A mistake in the changes is a result. */
export async function updateLabelSet(
  input: UpdateLabelSetInput,
  context: Context,
): Promise<UpdateLabelSetResult> {
  const id = parseLabelSetId(input.id);
  if (id === undefined) return { __typename: 'LabelSetNotFound', id: input.id };
  const read = readInput(input);
  if ('outcome' in read) return toInvalidInput(read);
  const updated = await context.labelSets.update(id, read);
  switch (updated.outcome) {
    case 'updated':
      return {
        __typename: 'LabelSetUpdated',
        labelSet: updated.labelSet,
        isNewVersion: updated.isNewVersion,
      };
    case 'not-found':
      return { __typename: 'LabelSetNotFound', id: input.id };
    case 'name-taken':
      return toNameTaken(updated.labelSet);
    case 'invalid':
      return toInvalidInput(updated);
  }
}

/** The row id of a label set's global id; undefined for everything else. */
export function parseLabelSetId(text: string): number | undefined {
  const parsed = parseGlobalId(text);
  return parsed?.type === 'LabelSet' ? parsed.id : undefined;
}

/** Null counts as left out, but for the threshold, which null removes. */
function readInput(input: {
  readonly name?: InputMaybe<string>;
  readonly labels?: InputMaybe<readonly GraphqlLabelInput[]>;
  readonly templates?: InputMaybe<readonly string[]>;
  readonly preset?: InputMaybe<TemplatePreset>;
  readonly independent?: InputMaybe<boolean>;
  readonly background?: InputMaybe<readonly string[]>;
  readonly threshold?: InputMaybe<number>;
}): LabelSetInput | InvalidLabelSet {
  if (input.templates && input.preset) {
    return invalid('preset', 'Give either `templates` or `preset`, and not both.');
  }
  const labels: LabelInput[] = [];
  for (const [index, { id, name, prompts, threshold }] of (input.labels ?? []).entries()) {
    const parsed = typeof id === 'string' ? parseGlobalId(id) : undefined;
    if (typeof id === 'string' && parsed?.type !== 'Label') {
      return invalid(
        `labels[${index}].id`,
        'This is not the id of a label. Ids are opaque: pass on what `Label.id` gave.',
      );
    }
    labels.push({ id: parsed?.id, name, prompts: prompts ?? undefined, threshold });
  }
  return {
    name: input.name ?? undefined,
    labels: input.labels ? labels : undefined,
    templates: input.templates ?? (input.preset ? templatesOf(input.preset) : undefined),
    independent: input.independent ?? undefined,
    background: input.background ?? undefined,
    threshold: input.threshold,
  };
}

function templatesOf(wanted: TemplatePreset): readonly string[] | undefined {
  return TEMPLATE_PRESETS.find(({ preset }) => preset === wanted)?.templates;
}

function invalid(field: string, message: string): InvalidLabelSet {
  return { outcome: 'invalid', field, message };
}

function toInvalidInput({ field, message }: InvalidLabelSet) {
  return { __typename: 'InvalidInput', field: `input.${field}`, message } as const;
}

function toNameTaken(labelSet: LabelSet) {
  return {
    __typename: 'LabelSetNameTaken',
    labelSet,
    message: 'There is a label set by this name already. Choose another name, or change that one.',
  } as const;
}
