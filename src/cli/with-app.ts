import type { App } from '../app.js';
import type { Config } from '../config.js';
import type { Database } from '../db/database.js';
import type { ImageStorage } from '../images/storage.js';
import type { Logger } from '../log.js';
import { downloadProgress } from './progress.js';

// The parts of the application are loaded where they are used: a second of a core, which help and mistakes do not need.

/**
 * Configuration for one command, and a log for people: warnings only, unless LOG_LEVEL asks for something else than its
 * default.
 *
 * @param overrides variables that go before those of the environment
 */
export async function commandSettings(
  overrides?: Readonly<Record<string, string | undefined>>,
): Promise<{ config: Config; log: Logger }> {
  const [{ loadConfig }, { createLogger }] = await Promise.all([import('../config.js'), import('../log.js')]);
  const config = loadConfig(overrides);
  return { config, log: createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel) };
}

/** Opens the application for one command, and closes it whatever happens. */
export async function withApp<T>(use: (app: App, log: Logger) => Promise<T>): Promise<T> {
  const { config, log } = await commandSettings();
  const { openApp } = await import('../app.js');
  const app = await openApp(config, log, { onDownload: downloadProgress() });
  try {
    return await use(app, log);
  } finally {
    await app.close();
  }
}

/** Opens only the database, migrated, for one command that needs no model. */
export async function withDatabase(
  use: (database: Database, config: Config, log: Logger) => Promise<void>,
): Promise<void> {
  const { config, log } = await commandSettings();
  const { openMigratedDatabase } = await import('../migrated-database.js');
  const database = await openMigratedDatabase(config, log);
  try {
    await use(database, config, log);
  } finally {
    await database.close();
  }
}

/** Opens database and storage as they are, for one command that examines them. */
export async function withStorage(
  use: (parts: { database: Database; storage: ImageStorage; config: Config }) => Promise<void>,
): Promise<void> {
  const { config, log } = await commandSettings();
  const { openMigratedDatabase } = await import('../migrated-database.js');
  const { openStorage } = await import('../images/storage.js');
  const { expectsOriginals } = await import('../db/consistency.js');
  const database = await openMigratedDatabase(config, log);
  try {
    const holdsOriginals = () => expectsOriginals(database.pool);
    const storage = await openStorage(config.storage, log, { tidy: false, holdsOriginals });
    try {
      await use({ database, storage, config });
    } finally {
      storage.close();
    }
  } finally {
    await database.close();
  }
}
