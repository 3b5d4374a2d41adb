import { Command } from 'commander';
import { openMigratedDatabase } from '../app.js';
import { commandSettings } from './with-app.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Brings the database to the state that this version needs. Every start does this as well.')
    .action(async () => {
      const { config, log } = commandSettings();
      const database = await openMigratedDatabase(config, log);
      await database.close();
      console.log('The database is up to date.');
    });
}
