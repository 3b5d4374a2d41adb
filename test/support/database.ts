import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openDatabase, type OpenDatabaseOptions } from '../../src/db/open.js';
import { createLogger } from '../../src/log.js';

/** A database of its own for one test file or one test, with a data folder. */
export interface TestDatabase {
  readonly kind: 'embedded' | 'server';
  /** Environment for a Pictograph that runs on it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Opens and migrates it. On the embedded database one at a time. */
  open(options?: Partial<OpenDatabaseOptions>): Promise<Database>;
  /** Closes what is open and deletes everything. */
  drop(): Promise<void>;
}

const serverUrl = process.env['TEST_DATABASE_URL'];

/** Which database the tests run on: a server when TEST_DATABASE_URL is set. */
export const databaseKind: TestDatabase['kind'] =
  serverUrl === undefined || serverUrl === '' ? 'embedded' : 'server';

/** @param options `empty`: a database without any tables, instead of one that is migrated already */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const dataFolder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-test-'));
  const removeFolder = (): Promise<void> => rm(dataFolder, { recursive: true, force: true, maxRetries: 3 });
  const opened = new Set<Database>();
  const open =
    (databaseUrl: string | undefined) =>
    async (overrides: Partial<OpenDatabaseOptions> = {}) => {
      const log = createLogger('silent');
      const database = await openDatabase({ databaseUrl, dataFolder, poolSize: 5, log, ...overrides });
      opened.add(database);
      if (!options.empty) await migrate(database, log);
      return database;
    };
  const closeAll = async (): Promise<void> => {
    await Promise.all([...opened].map((database) => database.close()));
  };

  if (serverUrl === undefined || serverUrl === '') {
    if (!options.empty) {
      const template = inject('embeddedTemplate');
      // Its 1,100 files one by one in JavaScript take a second of processor time; this takes a tenth.
      await promisify(execFile)('cp', ['-R', `${template}/.`, dataFolder]);
    }
    return {
      kind: 'embedded',
      variables: { PICTOGRAPH_DATA: dataFolder },
      open: open(undefined),
      async drop() {
        await closeAll();
        await removeFolder();
      },
    };
  }

  const name = `pictograph_test_${randomUUID().replaceAll('-', '')}`;
  await administer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    kind: 'server',
    variables: { PICTOGRAPH_DATA: dataFolder, DATABASE_URL: url.href },
    open: open(url.href),
    async drop() {
      await closeAll();
      // FORCE ends connections of programs that a test started and that are still about to leave.
      await administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await removeFolder();
    },
  };
}

/** Runs one statement on the test server's own database. */
async function administer(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
