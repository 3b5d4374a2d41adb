import pg from 'pg';
import type { Config } from '../config.js';
import { ANALYST_ROLE } from '../db/analyst-role.js';
import { runAsAnalyst, runUnrestricted, type SqlResult } from '../db/analyst-query.js';
import { analyticsPassword } from '../db/embedded/analytics-password.js';
import { errorCode, OperatorError } from '../errors.js';
import type { Logger } from '../log.js';
import type { TextEmbeddings } from '../search/text-embeddings.js';
import { downloadProgress } from './progress.js';
import { commandSettings } from './with-app.js';

/** What `pictograph sql` runs statements with. */
export interface SqlRunner {
  run(statement: string): Promise<SqlResult>;
  close(): Promise<void>;
}

/**
 * Opens the database, or, where a server has the embedded one open, speaks to that server's analytics port.
 *
 * @param write with every right, and for good, instead of reading `analytics` only
 */
export async function openSqlRunner(write: boolean): Promise<SqlRunner> {
  const { config, log } = await commandSettings();
  return (write ? undefined : await connectToPort(config)) ?? (await openHere(config, log, write));
}

async function connectToPort(config: Config): Promise<SqlRunner | undefined> {
  // A port of 0 is another one each time.
  if (!config.analytics.port) return undefined;
  const client = new pg.Client({
    host: '127.0.0.1',
    port: config.analytics.port,
    user: ANALYST_ROLE,
    password: await analyticsPassword(config),
    database: 'pictograph',
    ssl: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    if (errorCode(error) === 'ECONNREFUSED') return undefined;
    throw error;
  }
  return {
    async run(statement) {
      const { fields, rows, command, rowCount } = await client.query<(string | null)[]>({
        text: statement,
        rowMode: 'array',
        types: { getTypeParser: () => (value: string) => value },
      });
      return { fields, rows, tag: rowCount === null ? command : `${command} ${rowCount}` };
    },
    close: () => client.end(),
  };
}

async function openHere(config: Config, log: Logger, write: boolean): Promise<SqlRunner> {
  const { openMigratedDatabase } = await import('../migrated-database.js');
  const database = await openMigratedDatabase(config, log).catch((error: unknown) => {
    if (!(error instanceof OperatorError) || config.databaseUrl !== undefined) throw error;
    throw new OperatorError(
      `${error.message}\nTo ask a server that runs, start it with ANALYTICS_PORT=5433, and this command too.`,
      error.exitCode,
      { cause: error },
    );
  });
  const closing = [() => database.close()];
  let texts: Promise<TextEmbeddings> | undefined;
  /** The model takes seconds to load: it is loaded when a text needs it. */
  const loadTexts = async (): Promise<TextEmbeddings> => {
    const [{ loadActiveModel }, { createTextEmbeddings }] = await Promise.all([
      import('../active-model.js'),
      import('../search/text-embeddings.js'),
    ]);
    const { encoder, model } = await loadActiveModel(config, database, log, {
      onDownload: downloadProgress(),
    });
    closing.push(() => encoder.close());
    return createTextEmbeddings({ database, encoder, modelId: model.id });
  };
  return {
    run: (statement) =>
      write
        ? runUnrestricted(database, statement)
        : runAsAnalyst(database, statement, {
            encode: async (text) => {
              texts ??= loadTexts();
              await (await texts).embed([text]);
            },
          }),
    async close() {
      for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
    },
  };
}
