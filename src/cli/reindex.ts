import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { Database } from '../db/database.js';
import { commandSettings, withDatabase } from './with-app.js';

const POLL_MS = 1_000;

export function reindexCommand(): Command {
  return new Command('reindex')
    .description(
      'Builds the vector index of the active model anew: on PostgreSQL while searches go on with the old one.',
    )
    .option(
      '--memory <size>',
      'maintenance_work_mem for the build, from 64MB to 64GB, such as 512MB',
      memorySize,
    )
    .addHelpText(
      'after',
      '\nAn index that fits into this memory is built many times faster: about 2.7 KB an image of 512 dimensions. In a container, shared ' +
        'memory must be as large (docker run --shm-size).\n' +
        'The embedded database serves one process: stop the server first.\n' +
        'Exit codes: 0 the index is new; 1 something failed; 2 wrong usage; 130 interrupted, and the old index is used as before.',
    )
    .action(({ memory }: { memory: string | undefined }) =>
      withDatabase((database) => reindex(database, memory)),
    );
}

async function reindex(database: Database, memory: string | undefined): Promise<void> {
  const { activeModel } = await import('../db/models.js');
  const { reindexVectors } = await import('../db/reindex.js');
  const { stopSignal } = await import('../stop-signal.js');
  const { log } = await commandSettings();
  const model = await activeModel(database.pool);
  if (model === undefined) {
    console.log('There is no model yet, and so no index.');
    return;
  }
  const signal = stopSignal(log);
  const finished = new AbortController();
  const watching = watch(database, model.id, finished.signal);
  try {
    const done = await reindexVectors(database, model, { memory, signal, log });
    console.log(`The vector index of ${model.name} was ${done}.`);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('Interrupted: the old index is used as before.');
    process.exitCode = 130;
  } finally {
    finished.abort();
    await watching;
  }
}

/** Shows how far the build is. The embedded database answers nobody meanwhile. */
async function watch(database: Database, modelId: number, finished: AbortSignal): Promise<void> {
  if (database.kind === 'embedded') return;
  const { findVectorIndexes } = await import('../db/vector-index-state.js');
  const { progressBar } = await import('./progress.js');
  const bar = progressBar('Indexing {bar} {percentage} %');
  bar.start(100, 0);
  while (!finished.aborted) {
    const progress = (await findVectorIndexes(database.pool)).get(modelId)?.progress;
    if (typeof progress === 'number') bar.update(Math.round(100 * progress));
    await delay(POLL_MS, undefined, { signal: finished }).catch(() => undefined);
  }
  bar.stop();
}

function memorySize(value: string): string {
  const [, digits = '', unit = ''] = /^(\d{1,6})(MB|GB)$/.exec(value) ?? [];
  const megabytes = Number(digits) * (unit === 'GB' ? 1024 : 1);
  if (unit === '' || megabytes < 64 || megabytes > 64 * 1024) {
    throw new InvalidArgumentError('It is a whole number of MB or GB, from 64MB to 64GB.');
  }
  return value;
}
