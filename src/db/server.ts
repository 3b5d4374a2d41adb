import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { errorCode, messageOf, OperatorError } from '../errors.js';
import type { Logger } from '../log.js';

const CONNECT_TIMEOUT_MS = 10_000;
const CHECKOUT_TIMEOUT_MS = 30_000;
/** A server that says that it is starting up, or recovering from a crash, gets so long. */
const START_UP_PATIENCE_MS = 60_000;
const CANNOT_CONNECT_NOW = '57P03';

/**
 * Checks that the server can be reached.
 *
 * @returns how to connect to it, for the pool and for connections outside the pool
 * @throws OperatorError that says why it cannot be reached, without the password
 */
export async function connectToServer(databaseUrl: string, log: Logger): Promise<pg.PoolConfig> {
  const config: pg.PoolConfig = {
    connectionString: databaseUrl,
    application_name: 'pictograph',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const deadline = performance.now() + START_UP_PATIENCE_MS;
  for (;;) {
    const error = await tryToConnect(config);
    if (error === undefined) break;
    if (errorCode(error) !== CANNOT_CONNECT_NOW || performance.now() > deadline)
      throw unreachable(databaseUrl, error);
    log.info({ reason: messageOf(error) }, 'Waiting for the database server');
    await delay(1000);
  }
  // In the pool the time includes waiting for a connection that others use.
  return { ...config, connectionTimeoutMillis: CHECKOUT_TIMEOUT_MS, idleTimeoutMillis: 30_000 };
}

async function tryToConnect(config: pg.ClientConfig): Promise<unknown> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client(config);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('/* server.check */ SELECT 1');
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown error');
  } finally {
    await client?.end().catch(() => undefined);
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Is the server running, and does it listen on that address?',
  ENOTFOUND: 'Is the name of the host right?',
  EAI_AGAIN: 'Is the name of the host right, and can it be resolved from here?',
  ETIMEDOUT: 'Does a firewall stand between?',
  '28P01': 'Are the user and the password in DATABASE_URL right?',
  '28000': 'Is this user allowed to connect from here (pg_hba.conf)?',
  '3D000': 'Create the database first: createdb, or CREATE DATABASE.',
  '53300': 'The server has no connections left: raise max_connections, or lower DATABASE_POOL_SIZE.',
};

function unreachable(databaseUrl: string, error: unknown): OperatorError {
  const advice = ADVICE[errorCode(error) ?? ''];
  return new OperatorError(
    `The PostgreSQL server of DATABASE_URL (${describe(databaseUrl)}) cannot be used: ${reasonOf(error)}.` +
      `${advice ? ` ${advice}` : ''} Without DATABASE_URL, Pictograph uses the embedded database in its data folder.`,
    1,
    { cause: error },
  );
}

/** Node tries every address of a name, and then says nothing itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map((each) => messageOf(each)))].join('; ');
  }
  return messageOf(error).replace(/\.$/, '');
}

/** The address without user and password. */
function describe(databaseUrl: string): string {
  try {
    const { host, pathname } = new URL(databaseUrl);
    return `${host}${pathname}`;
  } catch {
    return 'which is no valid address';
  }
}
