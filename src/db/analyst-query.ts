import type pg from 'pg';
import { z } from 'zod';
import { errorCode, OperatorError, RequestError } from '../errors.js';
import { ANALYST_ROLE } from './analyst-role.js';
import type { Database } from './database.js';
import { describeStatement } from './describe-statement.js';

/** What a statement answered, every value as PostgreSQL writes it. */
export interface SqlResult {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The command tag: `SELECT 3`. */
  readonly tag: string;
}

interface AnalystQueryOptions {
  /** Settings for this statement, such as TimeZone. */
  readonly settings?: ReadonlyMap<string, string>;
  /** Encodes a text that the statement asks for and nobody has encoded yet. */
  readonly encode?: (text: string) => Promise<unknown>;
  /** Embedded database only: how long a statement may run, in milliseconds; then the database is opened anew. */
  readonly limitMs?: number;
}

/** `analytics.text_vector` was asked for a text that was never encoded; the detail is the text. */
const NEVER_ENCODED = 'PGT01';
/** A statement that asks for more new texts than this at once has a mistake, or is better served by `encode-text`. */
const TEXTS_A_STATEMENT = 100;
const UNDEFINED_OBJECT = '42704';
const INSUFFICIENT_PRIVILEGE = '42501';

const columnsRow = z.object({ columns: z.string().nullable() });

/**
 * Runs one statement that reads, as the role `pictograph_analyst`, in a transaction that is rolled back.
 *
 * On the embedded database this holds whoever wrote the statement: see `analytics.run_select`. On a server it keeps people from
 * accidents only, because the session is that of DATABASE_URL.
 *
 * @throws DatabaseError as PostgreSQL puts it; RequestError BAD_USER_INPUT when the statement returns no rows
 */
export async function runAsAnalyst(
  database: Database,
  statement: string,
  options: AnalystQueryOptions = {},
): Promise<SqlResult> {
  const { encode } = options;
  for (let encoded = 0; ; encoded++) {
    try {
      return await (database.kind === 'embedded' ? runGuarded : runOnServer)(database, statement, options);
    } catch (error) {
      const text = neverEncoded(error);
      if (text === undefined || encode === undefined || encoded >= TEXTS_A_STATEMENT) throw error;
      await encode(text);
    }
  }
}

/** The columns of a statement, as `runAsAnalyst` would answer it; undefined when it returns no rows. */
export function describeAsAnalyst(
  database: Database,
  statement: string,
  settings: ReadonlyMap<string, string>,
): Promise<readonly pg.FieldDef[] | undefined> {
  return inReadOnly(database, async (client) => {
    await become(client, settings);
    return describeStatement(client, statement);
  });
}

/** Runs one statement with every right that Pictograph has itself. */
export async function runUnrestricted(database: Database, statement: string): Promise<SqlResult> {
  return runRaw(database.pool, statement);
}

async function runGuarded(
  database: Database,
  statement: string,
  { settings, limitMs }: AnalystQueryOptions,
): Promise<SqlResult> {
  return inReadOnly(database, async (client) => {
    const watch =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            database.interrupt?.(`a statement of an analyst took longer than ${limitMs / 1000} s`);
          }, limitMs);
    try {
      await become(client, settings);
      // PostgreSQL looks at the statement with the analyst's eyes, takes no more than one, and runs nothing yet.
      const fields = await describeStatement(client, statement);
      if (fields === undefined || fields.length === 0) throw returnsNoRows();
      const { rows } = await client.query(
        `/* analystQuery.columns */
         SELECT string_agg(format('c%s %s', place, format_type(type, -1)), ', ' ORDER BY place) AS columns
         FROM unnest($1::oid[]) WITH ORDINALITY AS t (type, place)`,
        [fields.map(({ dataTypeID }) => dataTypeID)],
      );
      const { columns } = columnsRow.parse(rows[0]);
      const result = await runRaw(
        client,
        `/* analystQuery.guarded */ SELECT * FROM analytics.run_select($1) AS t (${columns ?? ''})`,
        [statement],
      );
      return { ...result, fields };
    } finally {
      clearTimeout(watch);
    }
  });
}

function runOnServer(
  database: Database,
  statement: string,
  { settings }: AnalystQueryOptions,
): Promise<SqlResult> {
  return inReadOnly(database, async (client) => {
    await become(client, settings);
    return runRaw(client, statement);
  });
}

async function inReadOnly<T>(database: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('/* analystQuery.begin */ BEGIN READ ONLY');
    return await work(client);
  } finally {
    // Always: whatever a statement has set goes with it.
    await client.query('/* analystQuery.rollback */ ROLLBACK').catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
    });
    client.release(broken);
  }
}

async function become(
  client: pg.ClientBase,
  settings: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  try {
    await client.query(`/* analystQuery.become */ SET LOCAL ROLE ${ANALYST_ROLE}`);
  } catch (error) {
    if (
      errorCode(error) !== UNDEFINED_OBJECT &&
      errorCode(error) !== INSUFFICIENT_PRIVILEGE &&
      errorCode(error) !== '22023'
    )
      throw error;
    throw new OperatorError(
      `The user of DATABASE_URL cannot take the role ${ANALYST_ROLE}. \`pictograph analyst grant <that user>\` says how it can; ` +
        '`pictograph sql --write` runs statements with the rights of the user.',
      1,
      { cause: error },
    );
  }
  for (const [name, value] of settings) {
    await client.query('/* analystQuery.set */ SELECT set_config($1, $2, true)', [name, value]);
  }
}

/** Extended protocol: PostgreSQL takes one statement only. */
async function runRaw(db: pg.ClientBase | pg.Pool, text: string, values: unknown[] = []): Promise<SqlResult> {
  // @types/pg does not know queryMode.
  const query: pg.QueryArrayConfig & { queryMode: 'extended' } = {
    text,
    values,
    rowMode: 'array',
    queryMode: 'extended',
    types: { getTypeParser: () => asWritten },
  };
  const { fields, rows, command, rowCount } = await db.query<(string | null)[]>(query);
  return { fields, rows, tag: rowCount === null ? command : `${command} ${rowCount}` };
}

const asWritten = (value: string): string => value;

function neverEncoded(error: unknown): string | undefined {
  if (errorCode(error) !== NEVER_ENCODED || !(error instanceof Error)) return undefined;
  return 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined;
}

function returnsNoRows(): RequestError {
  return new RequestError(
    'BAD_USER_INPUT',
    'Only statements that return rows can run here: SELECT, VALUES, TABLE, WITH, EXPLAIN, SHOW.',
  );
}
