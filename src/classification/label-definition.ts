import type { NewLabelVersion, NewVersion } from '../db/label-versions.js';
import type { Label, LabelInput, LabelSet, LabelSetInput } from './label-sets.js';
import { RequestError } from '../errors.js';
import { normaliseText } from '../search/normalise-text.js';
import { fillTemplates, parseTemplates } from '../search/templates.js';
import { DEFAULT_TEMPLATES } from './prompts.js';

export const MAX_LABELS = 1_000;
const MAX_PROMPTS = 20;
const MAX_BACKGROUND = 20;
const MAX_NAME = 200;
/** Encoding one takes 3 to 20 ms of a core. */
const MAX_TEXTS = 20_000;

/** A definition breaks a rule. */
export class LabelSetMistake extends Error {
  override readonly name = 'LabelSetMistake';

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** @throws LabelSetMistake */
export function parseSetName(name: string): string {
  return shortText(name, 'name', 'The name');
}

/**
 * What a set is to be next.
 *
 * @param current what it is now, with its labels; undefined for a new one
 * @throws LabelSetMistake
 */
export function nextDefinition(
  input: LabelSetInput,
  current?: { readonly labelSet: LabelSet; readonly labels: readonly Label[] },
): NewVersion {
  const before = current?.labelSet;
  const independent = input.independent ?? before?.independent ?? false;
  const templates = inField('templates', () =>
    parseTemplates(input.templates ?? before?.templates ?? DEFAULT_TEMPLATES),
  );
  const background = parseBackground(input.background ?? (independent ? [] : before?.background) ?? []);
  if (independent && background.length > 0) {
    throw new LabelSetMistake(
      'background',
      'An independent set needs no `background`: a label that does not fit scores low by itself. Leave it out, or make the set exclusive.',
    );
  }
  const labels =
    input.labels === undefined
      ? (current?.labels ?? []).map(keptLabel)
      : parseLabelInputs(input.labels, current?.labels ?? []);
  const definition = {
    independent,
    templates,
    background,
    threshold: parseThreshold(
      input.threshold === undefined ? (before?.threshold ?? null) : input.threshold,
      'threshold',
    ),
    labels,
  };
  checkTexts(definition);
  return definition;
}

/** Whether images score the same under both definitions: they differ in names and thresholds at most. */
export function scoresAlike(one: NewVersion, other: NewVersion): boolean {
  const scoring = ({ templates, independent, background, labels }: NewVersion) =>
    JSON.stringify([templates, independent, background, labels.map(({ id, prompts }) => [id, prompts])]);
  return scoring(one) === scoring(other);
}

export function keptLabel({ id, name, prompts, threshold, calibratedThreshold }: Label): NewLabelVersion {
  return { id, name, prompts, threshold, calibratedThreshold };
}

function parseLabelInputs(inputs: readonly LabelInput[], current: readonly Label[]): NewLabelVersion[] {
  if (inputs.length < 1 || inputs.length > MAX_LABELS) {
    throw new LabelSetMistake(
      'labels',
      `A set has from 1 to ${MAX_LABELS.toLocaleString('en')} labels, not ${inputs.length}.`,
    );
  }
  const byId = new Map(current.map((label) => [label.id, label]));
  const byName = new Map(current.map((label) => [label.name, label]));
  const named = new Set(inputs.flatMap(({ id }) => id ?? []));
  const labels = inputs.map((input, index): NewLabelVersion => {
    const field = `labels[${index}]`;
    if (input.id !== undefined && !byId.has(input.id)) {
      throw new LabelSetMistake(
        `${field}.id`,
        'The id is not that of a label of this set. Leave it out for a new label.',
      );
    }
    const name = shortText(input.name, `${field}.name`, `The name of label ${index + 1}`);
    const same = byName.get(name);
    const id = input.id ?? (same !== undefined && !named.has(same.id) ? same.id : undefined);
    return {
      id,
      name,
      prompts: parsePrompts(input.prompts ?? [name], `${field}.prompts`),
      threshold: parseThreshold(input.threshold ?? null, `${field}.threshold`),
    };
  });
  refuseTwins(labels);
  return labels;
}

/** Labels of one name could not be told apart, and those of the same prompts would share what belongs to one. */
function refuseTwins(labels: readonly NewLabelVersion[]): void {
  const features: [string, (label: NewLabelVersion) => string | undefined][] = [
    ['name', ({ name }) => name],
    ['id', ({ id }) => id?.toString()],
    ['prompts', ({ prompts }) => JSON.stringify([...prompts].sort())],
  ];
  for (const [what, featureOf] of features) {
    const seen = new Map<string, number>();
    for (const [index, label] of labels.entries()) {
      const feature = featureOf(label);
      if (feature === undefined) continue;
      const twin = seen.get(feature);
      if (twin !== undefined) {
        throw new LabelSetMistake(
          `labels[${index}]`,
          `Labels ${twin + 1} and ${index + 1} have the same ${what}. Give each label once, with ${what} of its own.`,
        );
      }
      seen.set(feature, index);
    }
  }
}

function parsePrompts(prompts: readonly string[], field: string): string[] {
  if (prompts.length < 1 || prompts.length > MAX_PROMPTS) {
    throw new LabelSetMistake(field, `A label has from 1 to ${MAX_PROMPTS} prompts, not ${prompts.length}.`);
  }
  const normal = prompts.map((prompt, index) =>
    inField(field, () => normaliseText(prompt, `Prompt ${index + 1}`)),
  );
  return [...new Set(normal)];
}

function parseBackground(background: readonly string[]): string[] {
  if (background.length > MAX_BACKGROUND) {
    throw new LabelSetMistake(
      'background',
      `A set has at most ${MAX_BACKGROUND} background prompts, not ${background.length}.`,
    );
  }
  const normal = background.map((prompt, index) =>
    inField('background', () => normaliseText(prompt, `Background prompt ${index + 1}`)),
  );
  return [...new Set(normal)];
}

function parseThreshold(threshold: number | null, field: string): number | null {
  if (threshold === null || (threshold >= 0 && threshold <= 1)) return threshold;
  throw new LabelSetMistake(field, `A threshold lies between 0 and 1, but this one is ${threshold}.`);
}

/** That there are not too many, and that none becomes too long once it stands in a template. */
function checkTexts({ labels, templates, background }: NewVersion): void {
  const words = labels.reduce((sum, { prompts }) => sum + prompts.length, background.length);
  const texts = words * templates.length;
  if (texts > MAX_TEXTS) {
    throw new LabelSetMistake(
      'labels',
      `${words} prompts in ${templates.length} templates are ${texts.toLocaleString('en')} texts; at most ` +
        `${MAX_TEXTS.toLocaleString('en')} are allowed. Use fewer templates, prompts or labels.`,
    );
  }
  for (const prompt of [...labels.flatMap(({ prompts }) => prompts), ...background]) {
    inField('templates', () => fillTemplates(templates, prompt));
  }
}

function shortText(text: string, field: string, what: string): string {
  const normal = inField(field, () => normaliseText(text, what));
  const characters = Array.from(normal).length;
  if (characters > MAX_NAME) {
    throw new LabelSetMistake(
      field,
      `${what} has ${characters} characters; at most ${MAX_NAME} are allowed.`,
    );
  }
  return normal;
}

/** A mistake of a text as one of the field that it stands in. */
function inField<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RequestError && error.code === 'BAD_USER_INPUT') {
      throw new LabelSetMistake(field, error.message);
    }
    throw error;
  }
}
