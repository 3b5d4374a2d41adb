import { mkdir } from 'node:fs/promises';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import { migrate } from './db/migrate.js';
import { openDatabase } from './db/open.js';
import { OperatorError, messageOf } from './errors.js';
import type { Logger } from './log.js';

/** Opens the database in the state that this version needs: reachable, migrated. */
export async function openMigratedDatabase(config: Config, log: Logger): Promise<Database> {
  await mkdir(config.dataFolder, { recursive: true }).catch((error: unknown) => {
    throw new OperatorError(
      `The data folder ${config.dataFolder} cannot be made (${messageOf(error)}). Set PICTOGRAPH_DATA to a folder that may be written.`,
    );
  });
  const database = await openDatabase({
    databaseUrl: config.databaseUrl,
    dataFolder: config.dataFolder,
    poolSize: config.databasePoolSize,
    log,
  });
  try {
    await migrate(database, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
