import path from 'node:path';
import { openDatabase } from '../../src/db/open.js';
import { startJobRunner } from '../../src/jobs/runner.js';
import { createLogger } from '../../src/log.js';

/** Runs jobs that print `running` and never end, on the database that the environment names. */
const log = createLogger('silent');
const database = await openDatabase({
  databaseUrl: process.env['DATABASE_URL'],
  dataFolder: path.resolve(process.env['PICTOGRAPH_DATA'] ?? ''),
  poolSize: 5,
  log,
});
await startJobRunner({
  database,
  log,
  concurrency: 1,
  tasks: {
    process_image: () =>
      new Promise(() => {
        console.log('running');
      }),
  },
});
