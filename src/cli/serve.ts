import { Command } from 'commander';
import { psqlCommand } from './psql-command.js';
import { downloadProgress } from './progress.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serves GraphQL and processes images until it is stopped.')
    .action(async () => {
      const { serve, config, log } = await load();
      await serve(config, log, {
        onDownload: downloadProgress(),
        onListening: (url, analyticsPort) => {
          console.log(`Pictograph serves ${url}/graphql`);
          if (analyticsPort !== undefined) console.log(`SQL: ${psqlCommand(analyticsPort)}`);
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
      const { work, config, log } = await load();
      await work(config, log, { onDownload: downloadProgress() });
    });
}

/** What runs a server is loaded when one is to run: help and mistakes are told at once. */
async function load() {
  const [{ serve, work }, { loadConfig }, { createLogger }] = await Promise.all([
    import('../main.js'),
    import('../config.js'),
    import('../log.js'),
  ]);
  const config = loadConfig();
  return { serve, work, config, log: createLogger(config.logLevel) };
}
