import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { App } from '../app.js';
import { stopSignal } from '../stop-signal.js';
import { jsonLine, printable } from './printable.js';
import { withApp } from './with-app.js';

const CHECK_INTERVAL_MS = 200;
/** Images that are tried and waited for at once. */
const BATCH = 100;

interface Options {
  readonly all: boolean;
  readonly json: boolean;
}

/** What came of trying again. */
interface Tally {
  ready: number;
  failed: number;
  /** Named, but not FAILED or not there. */
  passedOver: number;
  /** Put back to PENDING and not waited for, because the command was interrupted. */
  waiting: number;
}

export function retryCommand(): Command {
  const command = new Command('retry')
    .description('Processes failed images again, waits, and tells what came of it.')
    .argument(
      '[id...]',
      'numbers of images, as `pictograph failed` and reports of `ingest` have them',
      wholeNumbers,
    )
    .option('--all', 'every failed image', false)
    .option('--json', 'print the sums as JSON', false)
    .addHelpText(
      'after',
      '\nWhat fails for a passing reason is tried several times with pauses, so this may take minutes. Ctrl-C ends the waiting; what ' +
        'was put back is processed by a worker, or after the next start.\n' +
        'Exit codes: 0 all are READY; 1 some failed again, or were not FAILED; 2 wrong usage; 130 interrupted.',
    );
  return command.action(async (ids: readonly number[] = [], { all, json }: Options) => {
    if (all === ids.length > 0) {
      command.error('error: name images by their numbers, or all of them by --all, and not both', {
        exitCode: 2,
      });
    }
    await withApp(async (app, log) => {
      const stop = stopSignal(log);
      const tally: Tally = { ready: 0, failed: 0, passedOver: 0, waiting: 0 };
      await app.work();
      for await (const batch of all ? failedIds(app) : batches([...new Set(ids)])) {
        if (stop.aborted) break;
        await retry(app, batch, stop, tally);
      }
      const { ready, failed, passedOver, waiting } = tally;
      if (json) console.log(jsonLine(tally));
      else
        console.log(
          [
            `${ready} READY now, ${failed} failed again`,
            ...(passedOver > 0 ? [`${passedOver} passed over`] : []),
            ...(waiting > 0 ? [`${waiting} not waited for`] : []),
          ].join(', ') + '.',
        );
      process.exitCode = stop.aborted ? 130 : failed + passedOver > 0 ? 1 : 0;
    });
  });
}

/** Puts images back that are FAILED, and waits until each has come to an end. */
async function retry(app: App, ids: readonly number[], stop: AbortSignal, tally: Tally): Promise<void> {
  const before = await app.images.byIds(ids);
  const wanted = ids.filter((id) => {
    const status = before.get(id)?.status;
    if (status === 'FAILED') return true;
    tally.passedOver += 1;
    console.error(
      status === undefined ? `There is no image ${id}.` : `Image ${id} is ${status}, not FAILED.`,
    );
    return false;
  });
  if (wanted.length === 0) return;
  await app.images.retryFailed(wanted);
  let waiting = wanted;
  while (waiting.length > 0) {
    const states = await app.images.statesOf(waiting);
    waiting = waiting.filter((id) => {
      const state = states.get(id);
      if (state?.status === 'PENDING') return true;
      if (state?.status === 'READY') tally.ready += 1;
      else {
        tally.failed += 1;
        const why = state
          ? `${state.failureCode ?? ''}: ${state.failureMessage ?? ''}`
          : 'it was deleted meanwhile';
        const name = before.get(id)?.filename ?? 'no name';
        console.error(printable(`Image ${id} (${name}) failed again: ${why}`));
      }
      return false;
    });
    if (stop.aborted) {
      tally.waiting += waiting.length;
      return;
    }
    await delay(CHECK_INTERVAL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function* failedIds(app: App): AsyncGenerator<readonly number[]> {
  const { failedImages } = await import('./failed-images.js');
  for await (const page of failedImages(app.database)) yield page.map(({ id }) => id);
}

function* batches(ids: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < ids.length; from += BATCH) yield ids.slice(from, from + BATCH);
}

function wholeNumbers(value: string, before: readonly number[] = []): readonly number[] {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('It is not the number of an image.');
  return [...before, Number(value)];
}
