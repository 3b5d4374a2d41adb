import type pg from 'pg';
import type { PrismaClient } from './generated/prisma/client.js';

/** Anything that runs a statement: the pool, or one client inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

/** Connections apart from the pool, for work that may hang without holding up the rest. */
export interface SeparatePool {
  readonly pool: pg.Pool;
  /** Ends its connections, also in the middle of a statement: who has one gets an error, and nobody is waited for. */
  close(): void;
}

/** The one database of a process: PostgreSQL, or PGlite embedded in the data folder. */
export interface Database {
  readonly kind: 'embedded' | 'server';
  readonly pool: pg.Pool;
  /** Prisma over the same pool: for relational reads and writes that are not hot. */
  readonly prisma: PrismaClient;

  /** Runs `work` in one transaction on one client: commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;

  /**
   * Runs statements in one transaction and one round trip: all that `send` begins before it first waits, none of which can depend on the
   * answer to another. Once one has failed, the others fail too.
   */
  together<T>(send: (client: pg.PoolClient) => Promise<T>): Promise<T>;

  /**
   * Listens on a NOTIFY channel with a connection of its own, which is opened again when it breaks. Notifications
   * sent while it was down are lost: `onReconnect` is called so that the listener can catch up.
   *
   * @returns a function that stops listening
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect?: () => void,
  ): Promise<() => Promise<void>>;

  /** Opens up to `size` connections beside the pool's. Whoever asks for them closes them, before the database. */
  separatePool(size: number): SeparatePool;

  /**
   * Ends whatever runs, where nothing that runs can be cancelled: the embedded database is opened anew, and all its
   * connections end with an error. What was committed stays. Undefined on a server.
   */
  readonly interrupt: ((reason: string) => void) | undefined;

  /** Waits for running statements, then closes every connection (and the embedded database with its lock). */
  close(): Promise<void>;
}
