import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '../log.js';
import type { Database } from './database.js';
import { startMaintenance } from './embedded/maintenance.js';
import { openEmbedded } from './embedded/open-embedded.js';
import { PrismaClient } from './generated/prisma/client.js';
import { createListener } from './listener.js';
import { createPool, createSeparatePool } from './pool.js';
import { connectToServer } from './server.js';
import { runTogether, runTransaction } from './transaction.js';

export interface OpenDatabaseOptions {
  /** Undefined: the embedded database in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  readonly poolSize: number;
  readonly log: Logger;
  /** Embedded only: how long a transaction may idle while others wait, in milliseconds; 30 s unless told. */
  readonly idleLimitMs?: number;
}

/** A connection that a firewall dropped looks alive until something is sent. */
const PING_INTERVAL_MS = 30_000;
const DRAIN_TIMEOUT_MS = 30_000;

/**
 * Opens the one database of this process; see `migrate` for its tables.
 *
 * The embedded database keeps the process alive until `close()`.
 *
 * @throws OperatorError when the server cannot be reached or the data folder cannot be used
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined
    ? openOnFolder(options)
    : openOnServer(options, options.databaseUrl);
}

async function openOnServer({ poolSize, log }: OpenDatabaseOptions, databaseUrl: string): Promise<Database> {
  const config = await connectToServer(databaseUrl, log);
  const pool = createPool({ ...config, max: poolSize }, log);
  return assemble('server', pool, config, log, {
    interrupt: undefined,
    beforePoolEnds: () => Promise.resolve(),
    afterPoolEnded: () => Promise.resolve(),
  });
}

async function openOnFolder(options: OpenDatabaseOptions): Promise<Database> {
  const { dataFolder, poolSize, log, idleLimitMs } = options;
  const postgres = await openEmbedded({ dataFolder, log, ...(idleLimitMs !== undefined && { idleLimitMs }) });
  const { connection } = postgres;
  // A connection costs nothing here, and waiting for a long statement of someone else is no failure.
  const pool = createPool({ ...connection, max: poolSize, idleTimeoutMillis: 0 }, log);
  const maintenance = startMaintenance({
    log,
    connect: async () => {
      const client = new pg.Client(connection);
      client.on('error', (error) => {
        log.debug({ reason: error.message }, 'The connection for maintenance broke');
      });
      await client.connect();
      return client;
    },
  });
  return assemble('embedded', pool, connection, log, {
    interrupt: (reason) => {
      postgres.interrupt(reason);
    },
    async beforePoolEnds() {
      maintenance.stop();
      return Promise.resolve();
    },
    async afterPoolEnded() {
      await maintenance.run();
      await postgres.close();
    },
  });
}

interface KindSpecific extends Pick<Database, 'interrupt'> {
  beforePoolEnds(): Promise<void>;
  afterPoolEnded(): Promise<void>;
}

function assemble(
  kind: Database['kind'],
  pool: pg.Pool,
  connection: pg.ClientConfig,
  log: Logger,
  specific: KindSpecific,
): Database {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const listener = createListener({
    createClient: () => new pg.Client(connection),
    log,
    pingIntervalMs: kind === 'server' ? PING_INTERVAL_MS : undefined,
  });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await listener.close();
    await prisma.$disconnect();
    await specific.beforePoolEnds();
    await drain(pool);
    await pool.end();
    await specific.afterPoolEnded();
  };
  return {
    kind,
    pool,
    prisma,
    transaction: (work) => runTransaction(pool, work),
    together: (send) => runTogether(pool, send),
    separatePool: (size) => createSeparatePool({ ...connection, max: size }, log),
    listen: (channel, onPayload, onReconnect) => listener.listen(channel, onPayload, onReconnect),
    interrupt: specific.interrupt,
    close: () => (closed ??= close()),
  };
}

/** `pool.end()` waits for who has a connection, but forgets who still waits for one. */
async function drain(pool: pg.Pool): Promise<void> {
  const end = performance.now() + DRAIN_TIMEOUT_MS;
  while (pool.waitingCount > 0 && performance.now() < end) await delay(5);
}
