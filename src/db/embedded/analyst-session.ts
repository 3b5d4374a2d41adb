import type pg from 'pg';
import { DatabaseError } from 'pg';
import { errorCode, messageOf, RequestError } from '../../errors.js';
import type { SqlResult } from '../analyst-query.js';
import { splitStatements, sqlTokens } from '../sql-statements.js';
import type { ErrorFields, TransactionStatus } from './wire.js';

/** What answers an analyst's statements. */
export interface AnalystBackend {
  run(statement: string, settings: ReadonlyMap<string, string>): Promise<SqlResult>;
  /** @returns undefined when the statement returns no rows */
  describe(
    statement: string,
    settings: ReadonlyMap<string, string>,
  ): Promise<readonly pg.FieldDef[] | undefined>;
}

/** One analyst's view of the database: what programs expect of a connection, over a database that keeps nothing of it. */
export interface AnalystSession {
  readonly status: TransactionStatus;
  /** Cuts a simple query into its statements. */
  split(sql: string): string[];
  /**
   * Runs one statement. Transactions and settings are of this session only: every statement sees the database as it then is.
   *
   * @throws AnalystError
   */
  run(statement: string): Promise<SqlResult>;
  /** @throws AnalystError */
  describe(statement: string): Promise<readonly pg.FieldDef[] | undefined>;
}

/** What the client is told. */
export class AnalystError extends Error {
  override readonly name = 'AnalystError';
  constructor(readonly fields: ErrorFields) {
    super(fields.message);
  }
}

/** Settings that change how rows are found and written, and can do no harm. */
const SETTINGS = new Set([
  'bytea_output',
  'datestyle',
  'enable_indexscan',
  'enable_seqscan',
  'enable_sort',
  'extra_float_digits',
  'hnsw.ef_search',
  'hnsw.iterative_scan',
  'hnsw.max_scan_tuples',
  'intervalstyle',
  'search_path',
  'timezone',
]);
/** Programs set these without being asked; here they have nothing to change. */
const IGNORED = new Set([
  'application_name',
  'client_encoding',
  'client_min_messages',
  'default_transaction_read_only',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'session characteristics',
  'standard_conforming_strings',
  'statement_timeout',
  'transaction',
]);

const NOTHING: Omit<SqlResult, 'tag'> = { fields: [], rows: [] };
const SET =
  /^set\s+(?:session\s+(?!characteristics)|local\s+)?(?:(session\s+characteristics|transaction)\b.*|(time\s+zone)\s+(.+)|([\w.]+)\s*(?:=|\s+to\s)\s*(.+))$/is;
const RESET = /^(?:reset|discard|deallocate)\s+(?:prepare\s+)?([\w.]+|"[^"]*")$/i;

export function createAnalystSession(backend: AnalystBackend): AnalystSession {
  const settings = new Map<string, string>();
  let status: TransactionStatus = 'I';

  const set = (statement: string): void => {
    const [, ignored, zone, zoneValue = '', given = '', givenValue = ''] = SET.exec(statement) ?? [];
    if (ignored !== undefined) return;
    const name = (zone ? 'timezone' : given).toLowerCase();
    const value = unquote(zone ? zoneValue : givenValue);
    if (IGNORED.has(name)) return;
    if (!SETTINGS.has(name)) {
      throw new AnalystError({
        severity: 'ERROR',
        code: '42501',
        message: `${name === '' ? 'This' : `The setting ${name}`} cannot be set here.`,
        hint: `What can be set: ${[...SETTINGS].join(', ')}.`,
      });
    }
    if (value.toLowerCase() === 'default') settings.delete(name);
    else settings.set(name, value);
  };

  /** What only concerns the session. */
  const command = (statement: string): string | undefined => {
    const words = [...sqlTokens(statement)].slice(0, 3).map(({ text }) => text.toUpperCase());
    const [verb = '', next = '', third = ''] = words;
    switch (verb) {
      case 'BEGIN':
      case 'START':
        if (status === 'I') status = 'T';
        return verb === 'START' ? 'START TRANSACTION' : 'BEGIN';
      case 'COMMIT':
      case 'END': {
        const failed = status === 'E';
        status = 'I';
        return failed ? 'ROLLBACK' : 'COMMIT';
      }
      case 'ABORT':
      case 'ROLLBACK':
        if (status !== 'I') status = next === 'TO' || third === 'TO' ? 'T' : 'I';
        return 'ROLLBACK';
      default:
        break;
    }
    if (status === 'E') {
      throw new AnalystError({
        severity: 'ERROR',
        code: '25P02',
        message: 'current transaction is aborted, commands ignored until end of transaction block',
      });
    }
    switch (verb) {
      case 'SAVEPOINT':
      case 'RELEASE':
        return verb;
      case 'SET':
        set(statement);
        return 'SET';
      case 'RESET':
      case 'DISCARD':
      case 'DEALLOCATE': {
        const name = RESET.exec(statement)?.[1]?.toLowerCase() ?? '';
        if (verb !== 'DEALLOCATE' && name === 'all') settings.clear();
        else if (verb === 'RESET') settings.delete(name);
        return verb;
      }
      default:
        return undefined;
    }
  };

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (status === 'T') status = 'E';
      throw toAnalystError(error);
    }
  };

  return {
    get status() {
      return status;
    },
    split(sql) {
      const { statements, rest } = splitStatements(sql);
      return rest === '' ? statements : [...statements, rest];
    },
    run: (statement) =>
      guarded(async () => {
        const tag = command(withoutComments(statement));
        return tag === undefined ? backend.run(statement, settings) : { ...NOTHING, tag };
      }),
    describe: (statement) =>
      guarded(async () => {
        const first = [...sqlTokens(statement)][0]?.text.toUpperCase() ?? '';
        return OF_SESSION.has(first) ? undefined : backend.describe(statement, settings);
      }),
  };
}

const OF_SESSION = new Set(
  'BEGIN START COMMIT END ABORT ROLLBACK SAVEPOINT RELEASE SET RESET DISCARD DEALLOCATE'.split(' '),
);

/** From its first word to its last, where it may be one of the session's. */
function withoutComments(statement: string): string {
  const tokens = [...sqlTokens(statement)];
  const [first] = tokens;
  if (first === undefined || !OF_SESSION.has(first.text.toUpperCase())) return statement;
  return statement.slice(first.start, tokens.at(-1)?.end);
}

function unquote(value: string): string {
  const text = value.trim();
  return /^'.*'$/s.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text;
}

function toAnalystError(error: unknown): AnalystError {
  if (error instanceof AnalystError) return error;
  if (error instanceof DatabaseError) {
    const { code = 'XX000', message, detail, hint, position } = error;
    return new AnalystError({ severity: 'ERROR', code, message, detail, hint, position });
  }
  if (error instanceof RequestError) {
    return new AnalystError({ severity: 'ERROR', code: '0A000', message: error.message });
  }
  return new AnalystError({
    severity: 'ERROR',
    code: errorCode(error) ?? '58000',
    message: messageOf(error),
  });
}
