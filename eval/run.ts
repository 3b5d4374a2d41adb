/**
 * Measures a model on drawings of a style that the training of the bundled model never saw, through Pictograph's own
 * encoder, and prints a Markdown table. docs/models.md explains every line of it.
 *
 *     npm run eval -- [--model FOLDER] [--json FILE] [--verbose] [--check]
 *
 * --model    the folder of another model than the bundled one
 * --json     writes the figures to a file, too
 * --verbose  prints every question that was answered wrongly
 * --check    exits with 1 when a goal is missed
 *
 * Exits with 2 when it could not run.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BUNDLED_MODEL_NAME } from '../src/clip/bundled-model.js';
import { loadEncoder } from '../src/clip/load-encoder.js';
import { resolveModelSource } from '../src/clip/model-source.js';
import { messageOf } from '../src/errors.js';
import { createLogger } from '../src/log.js';
import { measureClasses, measureComposition, measureForm, measureSearch, type Measured } from './measures.js';
import { openHeldOutArt } from './pictures.js';
import { readQuestions } from './questions.js';
import { isMet, markdownTable } from './report.js';

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      model: { type: 'string', default: BUNDLED_MODEL_NAME },
      json: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const { card, figures, misses } = await evaluate(options.model);
  console.log(`${card.name}, logit scale ${card.logitScale}, fingerprint ${card.fingerprint.slice(0, 12)}\n`);
  console.log(markdownTable(figures));
  if (options.verbose) console.log(['\nAnswered wrongly:\n', ...misses].join('\n'));
  if (options.json !== undefined) {
    const { name, fingerprint, logitScale } = card;
    const content = { model: { name, fingerprint, logitScale }, figures, misses };
    await writeFile(options.json, `${JSON.stringify(content, undefined, 1)}\n`);
  }
  if (options.check && !figures.every(isMet)) process.exitCode = 1;
}

async function evaluate(model: string) {
  const source = await resolveModelSource(model);
  if (source.kind === 'hub') {
    throw new Error(
      `${model} is a name of the hub, and the evaluation downloads nothing. Give the folder of a model that was downloaded before.`,
    );
  }
  const questions = await readQuestions();
  const art = await openHeldOutArt();
  const encoder = await loadEncoder({
    source: model,
    revision: 'main',
    dtype: 'fp32',
    // Never asked: the model is a folder.
    hubEndpoint: 'http://127.0.0.1:1',
    cacheFolder: '',
    visionWorkers: 1,
    logitScale: undefined,
    imagePixels: 1_000_000,
    log: createLogger('warn'),
  });
  try {
    const parts: Measured[] = [
      await measureSearch(encoder, art, questions),
      await measureClasses(encoder, art, questions),
      await measureComposition(encoder, art, questions),
      await measureForm(encoder, art, questions, source.folder),
    ];
    return {
      card: encoder.card,
      figures: parts.flatMap(({ figures }) => figures),
      misses: parts.flatMap(({ misses }) => misses),
    };
  } finally {
    await encoder.close();
  }
}

await main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
