import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { DEFAULT_TEMPLATES } from '../classification/prompts.js';
import { OperatorError, messageOf } from '../errors.js';
import { withApp } from './with-app.js';

interface Options {
  readonly labels: string;
  readonly template: readonly string[];
  readonly independent: boolean;
  readonly json: boolean;
}

export function classifyCommand(): Command {
  return new Command('classify')
    .description(
      'Says which of some labels fits an image file best. The image is not added to the collection.',
    )
    .argument('<image>', 'an image file')
    .requiredOption('--labels <list>', 'labels in plain words, separated by commas')
    .option('--template <template>', 'a prompt with {label} in it; may be given several times', collect, [])
    .option('--independent', 'judge each label by itself instead of one against the others', false)
    .option('--json', 'print JSON', false)
    .action(async (file: string, options: Options) => {
      const bytes = await readFile(file).catch((error: unknown) => {
        throw new OperatorError(`${file} cannot be read: ${messageOf(error)}`, 66);
      });
      await withApp(async ({ classification }) => {
        const { independent } = options;
        const labels = await classification.embedLabels({
          labels: options.labels.split(',').map((label) => label.trim()),
          templates: options.template.length > 0 ? options.template : DEFAULT_TEMPLATES,
          independent,
        });
        const scores = classification.score(await classification.embedImage(bytes), labels, independent);
        if (options.json) console.log(JSON.stringify(scores, null, 2));
        else for (const { label, score } of scores) console.log(score.toFixed(3), label);
      });
    });
}

function collect(value: string, all: string[]): string[] {
  return [...all, value];
}
