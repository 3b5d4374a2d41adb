import { Command, InvalidArgumentError } from 'commander';
import type { App } from '../app.js';
import type { ModelProgress, StopResult } from '../models/models.js';
import { stopSignal } from '../stop-signal.js';
import { jsonLine, printable } from './printable.js';
import { progressBar } from './progress.js';
import { withApp, withDatabase } from './with-app.js';

interface AddOptions {
  readonly revision: string;
  readonly dtype: string;
  readonly logitScale?: number;
  readonly wait: boolean;
  readonly activate: boolean;
  readonly json: boolean;
}

export function modelsCommand(): Command {
  return new Command('models')
    .description('Lists the models of this collection, and brings it over to another one.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(addCommand())
    .addCommand(activateCommand())
    .addCommand(stopCommand('pause'))
    .addCommand(stopCommand('retire'));
}

function listCommand(): Command {
  return new Command('list')
    .description('Lists the models that embedded something in this collection. A star marks the active one.')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) =>
      withDatabase(async (database) => {
        const { listModels } = await import('../db/models.js');
        const models = await listModels(database.pool);
        if (json) console.log(JSON.stringify(models, null, 2));
        else if (models.length === 0) console.log('None yet: the first start chooses one (CLIP_MODEL).');
        else {
          for (const { id, name, dtype, dimensions, imageCount, active, state, fingerprint } of models) {
            const what = active ? 'active' : state.toLowerCase();
            console.log(
              `${active ? '*' : ' '} ${name} ${dtype}, ${dimensions} dimensions, ${imageCount} images, fingerprint ${fingerprint.slice(0, 12)}, ${what}, number ${id}`,
            );
          }
        }
      }),
    );
}

function addCommand(): Command {
  return new Command('add')
    .description('Downloads and verifies a model, and embeds the collection with it while searches go on.')
    .argument('<source>', 'a name of the hub, a folder that holds a model, or pictogram-clip')
    .option('--revision <name>', 'a branch, tag or commit of the hub', 'main')
    .option('--dtype <type>', 'which weights: fp32, fp16, q8 and so on', 'fp32')
    .option('--logit-scale <n>', 'instead of the one that its configuration tells', positive)
    .option('--no-wait', 'do not wait until the collection is embedded: whoever serves it does that')
    .option('--activate', 'make it the active model once it is complete', false)
    .option('--json', 'print a line of JSON for each event', false)
    .addHelpText(
      'after',
      '\nCtrl-C ends the waiting and loses nothing: a server or worker goes on, or the same command again.\n' +
        'Exit codes: 0 done; 1 the model cannot be used, or some images cannot be embedded; 2 wrong usage; 130 interrupted.',
    )
    .action(async (source: string, options: AddOptions, command: Command) => {
      const { DTYPES } = await import('../config.js');
      const dtype = DTYPES.find((known) => known === options.dtype);
      if (dtype === undefined) {
        command.error(`error: --dtype is one of ${DTYPES.join(', ')}`, { exitCode: 2 });
      }
      await withApp(async (app, log) => {
        const stop = stopSignal(log);
        const { revision, logitScale } = options;
        const tell = teller(options.json);
        const result = await app.models.register(
          { source, revision, dtype, logitScale, allowFolder: true },
          stop,
        );
        if (result.outcome === 'refused') {
          tell({ event: 'refused', code: result.code, message: result.message }, result.message);
          process.exitCode = 1;
          return;
        }
        const id = result.modelId;
        tell({ event: 'registered', id }, `Model ${id} is registered.`);
        if (!options.wait) return;
        await app.work();
        const last = await waitFor(app, id, stop, options.json);
        if (last?.complete === true) {
          tell({ event: 'complete', id, embedded: last.embedded }, `${last.embedded} images are embedded.`);
          if (options.activate) await activate(app, id, false, options.json);
        } else if (stop.aborted) process.exitCode = 130;
        else {
          const failed = last?.failed ?? 0;
          tell(
            { event: 'incomplete', id, failed },
            `${failed} images cannot be embedded; \`pictograph models activate ${id} --fail-images\` would make them FAILED.`,
          );
          process.exitCode = 1;
        }
      });
    });
}

function activateCommand(): Command {
  return new Command('activate')
    .description('Makes a model the one that searches use. Every READY image must be embedded with it.')
    .argument('<number>', 'the number that `pictograph models` shows', modelNumber)
    .option('--fail-images', 'images that it could not embed become FAILED', false)
    .option('--json', 'print JSON', false)
    .action((id: number, options: { failImages: boolean; json: boolean }) =>
      withApp((app) => activate(app, id, options.failImages, options.json)),
    );
}

const STOPS = {
  pause: { state: 'PAUSED', description: 'Ends embedding images with a model. What it has embedded stays.' },
  retire: { state: 'RETIRED', description: 'Deletes everything that a model has embedded, and its index.' },
} as const;

function stopCommand(name: keyof typeof STOPS): Command {
  const { state, description } = STOPS[name];
  return new Command(name)
    .description(description)
    .argument('<number>', 'the number that `pictograph models` shows', modelNumber)
    .option('--json', 'print JSON', false)
    .action((id: number, { json }: { json: boolean }) =>
      withDatabase(async (database, config, log) => {
        const [{ stopModel }, { clearModel }] = await Promise.all([
          import('../models/create-models.js'),
          import('../db/model-states.js'),
        ]);
        const result = await stopModel(database, id, state, config.jobs.maxAttempts);
        if (result === 'stopped' && state === 'RETIRED') await clearModel(database, id, log);
        const messages: Readonly<Record<StopResult, string>> = {
          stopped: `Model ${id} is ${state.toLowerCase()}.`,
          'not-found': `There is no model ${id}.`,
          active: `Model ${id} is active: activate another one first.`,
        };
        teller(json)({ event: result, id }, messages[result]);
        if (result !== 'stopped') process.exitCode = 1;
      }),
    );
}

/** Until the model is complete, or nothing more can be done, or the signal aborts. */
async function waitFor(
  app: App,
  id: number,
  stop: AbortSignal,
  json: boolean,
): Promise<ModelProgress | undefined> {
  const bar = json
    ? undefined
    : progressBar('Embedding {bar} {value}/{total} · {rate} images/s · {left} left');
  bar?.start(0, 0, { rate: '0.0', left: '?' });
  let last: ModelProgress | undefined;
  for await (const progress of app.models.watchProgress(id, stop)) {
    last = progress;
    const { embedded, failed, total, imagesPerSecond, secondsLeft } = progress;
    if (json) console.log(jsonLine({ event: 'progress', id, embedded, failed, total, imagesPerSecond }));
    bar?.setTotal(total);
    bar?.update(embedded, {
      rate: imagesPerSecond.toFixed(1),
      left: secondsLeft === null ? '?' : `${Math.ceil(secondsLeft)} s`,
    });
    if (embedded + failed === total) break;
  }
  bar?.stop();
  return last;
}

async function activate(app: App, id: number, failImages: boolean, json: boolean): Promise<void> {
  const tell = teller(json);
  const result = await app.models.activate(id, failImages);
  if (result.outcome === 'activated') {
    tell({ event: 'activated', id, previous: result.previousId ?? null }, `Model ${id} is active.`);
    if (result.notice !== undefined) console.error(result.notice);
    return;
  }
  process.exitCode = 1;
  if (result.outcome === 'not-found') tell({ event: 'not-found', id }, `There is no model ${id}.`);
  else tell({ event: result.outcome, id, message: result.message }, result.message);
}

/** Prints what happened, for programs or for people. */
function teller(json: boolean): (event: Readonly<Record<string, unknown>>, text: string) => void {
  return (event, text) => {
    console.log(json ? jsonLine(event) : printable(text));
  };
}

function modelNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It is not the number of a model.');
  return Number(value);
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= 1_000))
    throw new InvalidArgumentError('It is more than 0 and at most 1,000.');
  return number;
}
