import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { App } from '../app.js';
import type { LabelSet } from '../classification/label-sets.js';
import { TEMPLATE_PRESETS } from '../classification/template-presets.js';
import { OperatorError } from '../errors.js';
import { withApp } from './with-app.js';

/** What the command asks of the application. */
type LabelApp = Pick<App, 'labelSets' | 'classifications' | 'work'>;

interface CreateOptions {
  readonly labels: string;
  readonly preset?: string;
  readonly independent: boolean;
  readonly background?: string;
  readonly threshold?: number;
}

const POLL_MS = 200;
const PAGE = 100;

export function labelsCommand(): Command {
  const labels = new Command('labels').description(
    'Makes and shows label sets, which every image is classified with.',
  );
  labels
    .command('create')
    .description('Makes a label set, classifies the collection with it, and waits until that is done.')
    .argument('<name>', 'a name for the set')
    .requiredOption('--labels <list>', 'labels in plain words, separated by commas')
    .addOption(
      new Option('--preset <kind>', 'prompt templates for a kind of pictures').choices(
        TEMPLATE_PRESETS.map(({ preset }) => preset.toLowerCase()),
      ),
    )
    .option('--independent', 'judge each label by itself instead of one against the others', false)
    .option('--background <list>', 'what stands for "none of these", separated by commas')
    .option('--threshold <score>', 'the least score at which an image has a label', score)
    .action((name: string, options: CreateOptions) => withApp((app) => create(app, name, options)));
  labels
    .command('list')
    .description('Lists the label sets and how far each is.')
    .option('--json', 'print one line of JSON a set', false)
    .action(({ json }: { json: boolean }) => withApp((app) => list(app, json)));
  labels
    .command('show')
    .description('Shows how many images have which label.')
    .argument('<name>', 'the name of a set')
    .option('--json', 'print JSON', false)
    .action((name: string, { json }: { json: boolean }) => withApp((app) => show(app, name, json)));
  return labels;
}

async function create(app: LabelApp, name: string, options: CreateOptions): Promise<void> {
  const preset = TEMPLATE_PRESETS.find(({ preset: known }) => known.toLowerCase() === options.preset);
  const created = await app.labelSets.create({
    name,
    labels: words(options.labels).map((label) => ({ name: label })),
    templates: preset?.templates,
    independent: options.independent,
    background: options.background === undefined ? undefined : words(options.background),
    threshold: options.threshold,
  });
  if (created.outcome === 'name-taken') {
    throw new OperatorError(`There is a label set ${name} already. Choose another name.`);
  }
  if (created.outcome === 'invalid') throw new OperatorError(`${created.field}: ${created.message}`, 2);
  const { id } = created.labelSet;
  // On the embedded database nobody else could do it.
  await app.work();
  for (;;) {
    const progress = (await app.labelSets.progress([id])).get(id);
    if (progress === undefined) throw new OperatorError('The label set was deleted meanwhile.');
    if (progress.state === 'FAILED') throw new OperatorError(progress.failure ?? 'It failed.');
    if (progress.state === 'READY') break;
    await delay(POLL_MS);
  }
  await show(app, created.labelSet.name, false);
}

async function list(app: LabelApp, json: boolean): Promise<void> {
  let after: string | undefined;
  do {
    const { labelSets, hasNextPage } = await app.labelSets.list(after, PAGE);
    const progress = await app.labelSets.progress(labelSets.map(({ id }) => id));
    for (const labelSet of labelSets) {
      const { done = 0, total = 0, state = 'WAITING' } = progress.get(labelSet.id) ?? {};
      if (json) console.log(JSON.stringify({ ...summary(labelSet), state, done, total }));
      else console.log(`${labelSet.name}: version ${labelSet.version}, ${state} ${done}/${total}`);
    }
    if (labelSets.length === 0 && after === undefined && !json) console.log('There are no label sets.');
    after = hasNextPage ? labelSets.at(-1)?.name : undefined;
  } while (after !== undefined);
}

async function show(app: LabelApp, name: string, json: boolean): Promise<void> {
  const labelSet = await app.labelSets.byName(name);
  if (labelSet === undefined) {
    throw new OperatorError(
      `There is no label set ${name}. \`pictograph labels list\` shows those that there are.`,
    );
  }
  const labels = (await app.labelSets.labelsOf([labelSet.id])).get(labelSet.id) ?? [];
  const counts = await app.classifications.imageCounts(labels.map(({ id }) => id));
  const rows = labels.map((label) => ({ label: label.name, images: counts.get(label.id) ?? 0 }));
  if (json) console.log(JSON.stringify({ ...summary(labelSet), labels: rows }, null, 2));
  else for (const { label, images } of rows) console.log(String(images).padStart(7), label);
}

function summary({ name, version, ready, independent }: LabelSet) {
  return { name, version, readyVersion: ready?.version ?? null, independent };
}

function words(list: string): string[] {
  return list.split(',').map((word) => word.trim());
}

function score(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('It lies between 0 and 1.');
  return number;
}
