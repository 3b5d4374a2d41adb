import { Command } from 'commander';
import { loadConfig } from '../config.js';
import { createLogger } from '../log.js';
import { serve, work } from '../main.js';
import { downloadProgress } from './progress.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serves GraphQL and processes images until it is stopped.')
    .action(async () => {
      const config = loadConfig();
      await serve(config, createLogger(config.logLevel), {
        onDownload: downloadProgress(),
        onListening: (url) => {
          console.log(`Pictograph serves ${url}/graphql`);
        },
      });
    });
}

export function workerCommand(): Command {
  return new Command('worker')
    .description(
      'Processes images without serving: shares the work of a server on the same DATABASE_URL and data folder.',
    )
    .action(async () => {
      const config = loadConfig();
      await work(config, createLogger(config.logLevel), { onDownload: downloadProgress() });
    });
}
