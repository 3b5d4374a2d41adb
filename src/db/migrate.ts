import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { z } from 'zod';
import { errorCode, OperatorError } from '../errors.js';
import type { Logger } from '../log.js';
import { ANALYST_ROLE, ensureAnalystRole } from './analyst-role.js';
import type { Database, Queryable } from './database.js';
import { jobQueueLog } from './job-queue-log.js';
import { ensureVectorExtension } from './vector-extension.js';

const OLDEST_POSTGRES = 15;
const MIGRATIONS_TABLE = 'pictograph_migrations';
/** Any number will do, as long as it is always the same: the letters "pictogra". */
const LOCK_ID = '0x706963746f677261';
/** Beside src/ and dist/ alike. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));

const SELECT_SERVER = `/* migrate.server */
  SELECT current_setting('server_version') AS version,
         current_setting('server_version_num')::integer / 10000 AS major,
         current_schema() AS schema,
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create`;
const TRY_LOCK = `/* migrate.tryLock */ SELECT pg_try_advisory_lock(${BigInt(LOCK_ID)}) AS locked`;
const LOCK = `/* migrate.lock */ SELECT pg_advisory_lock(${BigInt(LOCK_ID)})`;
const UNLOCK = `/* migrate.unlock */ SELECT pg_advisory_unlock(${BigInt(LOCK_ID)})`;
const HAS_TABLE = `/* migrate.hasTable */ SELECT to_regclass('${MIGRATIONS_TABLE}') IS NOT NULL AS found`;
const SELECT_APPLIED = `/* migrate.applied */ SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`;

const serverRow = z.object({
  version: z.string(),
  major: z.number(),
  schema: z.string().nullable(),
  may_create: z.boolean(),
});
const INSUFFICIENT_PRIVILEGE = '42501';
const DUPLICATE_SCHEMA = '42P06';

/**
 * Brings the database to the state that this version of Pictograph needs: the extension pgvector, our tables, the job
 * queue's. Processes that start at the same time wait for each other. Does nothing where nothing is pending.
 *
 * @throws OperatorError when PostgreSQL or pgvector is too old or missing, when the user lacks a privilege, or when a newer
 *   version of Pictograph has migrated this database
 */
export async function migrate(database: Database, log: Logger): Promise<void> {
  const client = await database.pool.connect();
  try {
    const server = serverRow.parse((await client.query(SELECT_SERVER)).rows[0]);
    if (server.major < OLDEST_POSTGRES) throw postgresTooOld(server.version);
    if (server.schema === null) throw noSchema();
    await holdingLock(client, log, async () => {
      await ensureVectorExtension(client);
      const pending = await pendingMigrations(client);
      if (pending.length > 0) {
        if (!server.may_create) throw notAllowed(`permission denied for schema ${server.schema ?? ''}`);
        await migrateTables(client, server.schema ?? '', log);
        log.info({ migrations: pending }, 'Migrated the database');
      }
      if (!(await ensureAnalystRole(client)) && pending.length > 0)
        log.info(
          `The database user may not create roles, so there is no role ${ANALYST_ROLE}; \`pictograph analyst grant\` says what to do`,
        );
      await runMigrations({ pgPool: database.pool, logger: jobQueueLog(log) });
    });
  } catch (error) {
    if (error instanceof Error && errorCode(error) === INSUFFICIENT_PRIVILEGE)
      throw notAllowed(error.message, error);
    if (error instanceof Error && errorCode(error) === DUPLICATE_SCHEMA) throw schemaTaken(error);
    throw error;
  } finally {
    // Not back into the pool: whatever became of the lock, it ends with the connection.
    client.release(true);
  }
}

/**
 * The names of migrations that `migrate` would apply, in order.
 *
 * @throws OperatorError when a newer version of Pictograph has migrated this database
 */
export async function pendingMigrations(queryable: Queryable): Promise<string[]> {
  const files = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  const known = files.map((name) => name.slice(0, -'.sql'.length));
  const { found } = z.object({ found: z.boolean() }).parse((await queryable.query(HAS_TABLE)).rows[0]);
  if (!found) return known;
  const rows = z.array(z.object({ name: z.string() })).parse((await queryable.query(SELECT_APPLIED)).rows);
  const applied = rows.map((row) => row.name);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw newerDatabase(unknown);
  return known.filter((name) => !applied.includes(name));
}

async function migrateTables(client: pg.ClientBase, schema: string, log: Logger): Promise<void> {
  const debug = (message: string): void => {
    log.debug({ component: 'node-pg-migrate' }, message);
  };
  // Most starts find nothing to migrate, and need not load what does.
  const { runner } = await import('node-pg-migrate');
  await runner({
    dbClient: client,
    dir: MIGRATIONS_FOLDER,
    migrationsTable: MIGRATIONS_TABLE,
    migrationsSchema: schema,
    direction: 'up',
    // We hold a lock of our own, which also covers the extension and the job queue.
    noLock: true,
    singleTransaction: true,
    logger: { debug, info: debug, warn: debug, error: debug },
  });
}

/** An advisory lock of the session: PostgreSQL gives it free when the connection breaks. */
async function holdingLock(client: pg.ClientBase, log: Logger, work: () => Promise<void>): Promise<void> {
  const { locked } = z.object({ locked: z.boolean() }).parse((await client.query(TRY_LOCK)).rows[0]);
  if (!locked) {
    log.info('Waiting for another process that migrates the database');
    await client.query(LOCK);
  }
  try {
    await work();
  } finally {
    // If this fails, the connection is broken, and so the lock is free.
    await client.query(UNLOCK).catch(() => undefined);
  }
}

function postgresTooOld(version: string): OperatorError {
  return new OperatorError(
    `The database server is PostgreSQL ${version}; Pictograph needs ${OLDEST_POSTGRES} or newer. Upgrade the server, or ` +
      'unset DATABASE_URL to use the embedded database.',
  );
}

function noSchema(): OperatorError {
  return new OperatorError(
    'The search_path of the database user names no schema that exists, so there is no place for tables. Create one: ' +
      'CREATE SCHEMA public;',
  );
}

function notAllowed(reason: string, cause?: Error): OperatorError {
  return new OperatorError(
    `The database user may not create what Pictograph needs: ${reason}. Make it the owner of the database ` +
      '(ALTER DATABASE … OWNER TO …), or grant it CREATE on the database and on the schema public.',
    1,
    { cause },
  );
}

function schemaTaken(cause: Error): OperatorError {
  return new OperatorError(
    'The database has a schema analytics that is not of Pictograph, which needs that name for one of its own. Give it another ' +
      'name (ALTER SCHEMA analytics RENAME TO …), or let Pictograph have a database of its own.',
    1,
    { cause },
  );
}

function newerDatabase(unknown: readonly string[]): OperatorError {
  return new OperatorError(
    `The database was migrated by a newer version of Pictograph (unknown here: ${unknown.join(', ')}). Start that version, ` +
      'or one that is newer still; migrations are never undone.',
  );
}
