import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { migrate, pendingMigrations } from '../../../src/db/migrate.js';
import { openDatabase } from '../../../src/db/open.js';
import { OperatorError } from '../../../src/errors.js';
import { createLogger, type Logger } from '../../../src/log.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const log = createLogger('silent');
const databases: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

async function create(options?: { empty: boolean }): Promise<TestDatabase> {
  const database = await createTestDatabase(options);
  databases.push(database);
  return database;
}

/** Not `async`: what it returns is a rejection's reason, so that its class can be looked at as well as its message. */
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

async function tables(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'graphile_worker') ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

describe('migrate', () => {
  it('brings an empty database to the newest state, and leaves one that is there alone', async () => {
    const database = await (await create({ empty: true })).open();
    const pending = await pendingMigrations(database.pool);
    expect(pending[0]).toBe('0001_initial');
    await migrate(database, log);
    expect(await tables(database)).toEqual(
      expect.arrayContaining([
        '_private_jobs',
        'images',
        'models',
        'pictograph_migrations',
        'text_embeddings',
      ]),
    );
    expect(await pendingMigrations(database.pool)).toEqual([]);

    const { rows: before } = await database.pool.query('SELECT * FROM pictograph_migrations');
    await migrate(database, log);
    const { rows: after } = await database.pool.query('SELECT * FROM pictograph_migrations');
    expect(after).toEqual(before);
  });

  it('refuses a database that a newer version has migrated, and changes nothing', async () => {
    const database = await (await create()).open();
    await database.pool.query(
      "INSERT INTO pictograph_migrations (name, run_on) VALUES ('9999_from_the_future', now())",
    );
    const failure = await failureOf(migrate(database, log));
    expect(failure).toBeInstanceOf(OperatorError);
    expect(String(failure)).toMatch(/newer version of Pictograph \(unknown here: 9999_from_the_future\)/);
    await expect(pendingMigrations(database.pool)).rejects.toThrow('9999_from_the_future');
  });

  it('refuses a pgvector that is too old', async () => {
    const database = await (await create()).open();
    await database.pool.query("UPDATE pg_extension SET extversion = '0.8.3' WHERE extname = 'vector'");
    const failure = await failureOf(migrate(database, log));
    expect(failure).toBeInstanceOf(OperatorError);
    expect(String(failure)).toMatch(
      /uses pgvector 0\.8\.3; .* 0\.8\.4 or newer.*ALTER EXTENSION vector UPDATE;/s,
    );
    await database.pool.query("UPDATE pg_extension SET extversion = '0.8.4' WHERE extname = 'vector'");
    await migrate(database, log);
  });

  it('undoes a migration that fails, and says what failed', async () => {
    const database = await (await create({ empty: true })).open();
    await database.pool.query('CREATE TABLE images (not_ours integer)');
    await expect(migrate(database, log)).rejects.toThrow(/relation "images" already exists/);
    expect(await tables(database)).not.toContain('models');
    await database.pool.query('DROP TABLE images');
    await migrate(database, log);
  });
});

const serverUrl = process.env['TEST_DATABASE_URL'];
describe.runIf(serverUrl)('on a server', () => {
  it('lets several starts at the same time wait for each other', async () => {
    const testDatabase = await create({ empty: true });
    const opened = await Promise.all([1, 2, 3].map(() => testDatabase.open()));
    await Promise.all(opened.map((each) => migrate(each, log)));
    const database = await testDatabase.open();
    const { rows } = await database.pool.query('SELECT name FROM pictograph_migrations ORDER BY id');
    expect(rows.map((row: { name: string }) => row.name)).toEqual([
      ...new Set(rows.map((row: { name: string }) => row.name)),
    ]);
    expect(await pendingMigrations(database.pool)).toEqual([]);
  });

  it('waits for another process that is migrating, and says so', async () => {
    const testDatabase = await create({ empty: true });
    const [first, second] = [await testDatabase.open(), await testDatabase.open()];
    const info = vi.fn();
    const listening = { ...quietLogger(), info } as unknown as Logger;

    // The first process is held up in the middle: it has the lock and cannot create its first table.
    const obstacle = await first.pool.connect();
    await obstacle.query('BEGIN');
    await obstacle.query('CREATE TABLE pictograph_migrations (x integer)');
    const migratingFirst = migrate(first, log);
    await vi.waitFor(async () => {
      const { rows } = await second.pool.query(
        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted",
      );
      expect(rows).toHaveLength(1);
    });
    const migratingSecond = migrate(second, listening);
    await vi.waitFor(() => {
      expect(info).toHaveBeenCalledWith('Waiting for another process that migrates the database');
    });
    await obstacle.query('ROLLBACK');
    obstacle.release();
    await Promise.all([migratingFirst, migratingSecond]);
    expect(await pendingMigrations(second.pool)).toEqual([]);
  });

  it('says what to do when the user may not create the extension, or tables', async () => {
    const testDatabase = await create({ empty: true });
    const admin = await testDatabase.open();
    const url = new URL(testDatabase.variables['DATABASE_URL'] ?? '');
    const role = `test_${url.pathname.slice(-12)}`;
    await admin.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'sesame'`);
    url.username = role;
    url.password = 'sesame';
    const database = await openDatabase({ databaseUrl: url.href, dataFolder: '', poolSize: 4, log });
    try {
      const extension = await failureOf(migrate(database, log));
      expect(extension).toBeInstanceOf(OperatorError);
      expect(String(extension)).toContain('CREATE EXTENSION vector;');
      await admin.pool.query('CREATE EXTENSION vector');
      const schema = await failureOf(migrate(database, log));
      expect(schema).toBeInstanceOf(OperatorError);
      expect(String(schema)).toContain('may not create what Pictograph needs');
      await admin.pool.query(
        `GRANT CREATE ON SCHEMA public TO ${role}; GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO ${role}`,
      );
      await migrate(database, log);
    } finally {
      await database.close();
      await admin.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('says where it looked and why it failed when the server cannot be used, without the password', async () => {
    const url = new URL((await create({ empty: true })).variables['DATABASE_URL'] ?? '');
    url.password = 'sesame';
    const wrong = [
      [(address: URL) => (address.port = '1'), /127\.0\.0\.1:1\/.*ECONNREFUSED.*Is the server running/],
      [(address: URL) => (address.pathname = '/nowhere'), /nowhere.*does not exist.*CREATE DATABASE/],
      [
        (address: URL) => (address.hostname = 'nowhere.invalid'),
        /nowhere\.invalid.*Is the name of the host right/,
      ],
    ] as const;
    for (const [change, message] of wrong) {
      const address = new URL(url);
      change(address);
      const failure = await failureOf(
        openDatabase({ databaseUrl: address.href, dataFolder: '', poolSize: 4, log }),
      );
      expect(failure).toBeInstanceOf(OperatorError);
      expect(String(failure)).toMatch(message);
      expect(String(failure)).not.toContain('sesame');
    }
  });

  it('survives that the server ends every connection', async () => {
    const testDatabase = await create();
    const database = await testDatabase.open();
    const checkedOut = await database.pool.connect();
    await database.pool.query('SELECT 1');
    const other = new pg.Client({ connectionString: testDatabase.variables['DATABASE_URL'] });
    await other.connect();
    await other.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await other.end();
    await expect(checkedOut.query('SELECT 1')).rejects.toThrow();
    checkedOut.release(true);
    await vi.waitFor(async () => {
      expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });
  });
});

function quietLogger(): Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}
