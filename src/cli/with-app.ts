import { openApp, openMigratedDatabase, type App } from '../app.js';
import { loadConfig, type Config } from '../config.js';
import type { Database } from '../db/database.js';
import { openStorage, type ImageStorage } from '../images/storage.js';
import { createLogger, type Logger, type LogLevel } from '../log.js';
import { downloadProgress } from './progress.js';

/** The log of a command for people: warnings only, unless LOG_LEVEL asks for something else than its default. */
export function quietLogger(level: LogLevel): Logger {
  return createLogger(level === 'info' ? 'warn' : level);
}

function commandSettings(): { config: Config; log: Logger } {
  const config = loadConfig();
  return { config, log: quietLogger(config.logLevel) };
}

/** Opens the application for one command, and closes it whatever happens. */
export async function withApp<T>(use: (app: App, log: Logger) => Promise<T>): Promise<T> {
  const { config, log } = commandSettings();
  const app = await openApp(config, log, { onDownload: downloadProgress() });
  try {
    return await use(app, log);
  } finally {
    await app.close();
  }
}

/** Opens only the database, migrated, for one command that needs no model. */
export async function withDatabase(use: (database: Database) => Promise<void>): Promise<void> {
  const { config, log } = commandSettings();
  const database = await openMigratedDatabase(config, log);
  try {
    await use(database);
  } finally {
    await database.close();
  }
}

/** Opens database and storage as they are, for one command that examines them. */
export async function withStorage(
  use: (parts: { database: Database; storage: ImageStorage; config: Config }) => Promise<void>,
): Promise<void> {
  const { config, log } = commandSettings();
  const database = await openMigratedDatabase(config, log);
  try {
    const storage = await openStorage(config.storage, log, { tidy: false });
    try {
      await use({ database, storage, config });
    } finally {
      storage.close();
    }
  } finally {
    await database.close();
  }
}
