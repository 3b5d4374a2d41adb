import type pg from 'pg';
import { z } from 'zod';
import { errorCode, OperatorError } from '../errors.js';

/** Older versions overflow a buffer in parallel index builds (before 0.8.2) and corrupt an index in VACUUM (before 0.8.4). */
export const OLDEST_PGVECTOR = '0.8.4';

const SELECT_EXTENSION = `/* vectorExtension.select */
  SELECT available.default_version AS available,
         installed.extversion AS installed,
         installed.extnamespace::regnamespace::text AS schema,
         to_regtype('vector') IS NOT NULL AS visible
  FROM (SELECT 1) one
  LEFT JOIN pg_available_extensions available ON available.name = 'vector'
  LEFT JOIN pg_extension installed ON installed.extname = 'vector'`;

const extensionRow = z.object({
  available: z.string().nullable(),
  installed: z.string().nullable(),
  schema: z.string().nullable(),
  visible: z.boolean(),
});

/**
 * Makes sure that pgvector is in the database, and new enough.
 *
 * @throws OperatorError that says what to install, update or grant
 */
export async function ensureVectorExtension(client: pg.ClientBase): Promise<void> {
  let state = extensionRow.parse((await client.query(SELECT_EXTENSION)).rows[0]);
  if (state.installed === null) {
    if (state.available === null) throw missing();
    if (isOlder(state.available, OLDEST_PGVECTOR)) throw packageTooOld(state.available);
    await create(client);
    state = extensionRow.parse((await client.query(SELECT_EXTENSION)).rows[0]);
  }
  if (state.installed !== null && isOlder(state.installed, OLDEST_PGVECTOR)) {
    throw state.available !== null && !isOlder(state.available, OLDEST_PGVECTOR)
      ? extensionTooOld(state.installed, state.available)
      : packageTooOld(state.installed);
  }
  if (!state.visible) throw outOfSight(state.schema ?? '');
}

async function create(client: pg.ClientBase): Promise<void> {
  try {
    await client.query('/* vectorExtension.create */ CREATE EXTENSION IF NOT EXISTS vector');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = errorCode(error);
    if (code === '42501') throw notAllowed(error);
    // The control file is there, but what it needs is not.
    if (code === '58P01' || code === '0A000') throw missing(error);
    throw error;
  }
}

/** Compares versions number by number; what cannot be read as a number counts as 0. */
export function isOlder(version: string, oldest: string): boolean {
  const numbers = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [mine, theirs] = [numbers(version), numbers(oldest)];
  for (let index = 0; index < Math.max(mine.length, theirs.length); index++) {
    const difference = (mine[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function missing(cause?: Error): OperatorError {
  return new OperatorError(
    `The PostgreSQL server does not have pgvector. Install its package (for example postgresql-18-pgvector on Debian, or ` +
      `use the image pgvector/pgvector:pg18), version ${OLDEST_PGVECTOR} or newer, on the machine of the server.`,
    1,
    { cause },
  );
}

function notAllowed(cause: Error): OperatorError {
  return new OperatorError(
    'The database user may not create the extension pgvector. Let a superuser run this once in the database: ' +
      'CREATE EXTENSION vector;',
    1,
    { cause },
  );
}

function packageTooOld(version: string): OperatorError {
  return new OperatorError(
    `The PostgreSQL server has pgvector ${version}; Pictograph needs ${OLDEST_PGVECTOR} or newer, because older versions ` +
      'damage indexes. Update the package of pgvector on the machine of the server, then run in the database: ' +
      'ALTER EXTENSION vector UPDATE;',
  );
}

function extensionTooOld(installed: string, available: string): OperatorError {
  return new OperatorError(
    `The database uses pgvector ${installed}; Pictograph needs ${OLDEST_PGVECTOR} or newer, because older versions damage ` +
      `indexes. The server has ${available} already: run in the database, as the owner of the extension: ` +
      'ALTER EXTENSION vector UPDATE;',
  );
}

function outOfSight(schema: string): OperatorError {
  return new OperatorError(
    `pgvector lies in the schema ${schema}, where the database user does not look. Run: ` +
      `ALTER ROLE CURRENT_USER IN DATABASE <database> SET search_path = "$user", public, ${schema}; and connect again.`,
  );
}
