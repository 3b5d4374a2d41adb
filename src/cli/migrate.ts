import { Command } from 'commander';
import { withDatabase } from './with-app.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Brings the database to the state that this version needs. Every start does this as well.')
    .action(() =>
      withDatabase(() => {
        // Opening has migrated it.
        console.log('The database is up to date.');
        return Promise.resolve();
      }),
    );
}
