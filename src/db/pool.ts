import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Logger } from '../log.js';
import type { SeparatePool } from './database.js';

/** A pool that survives the loss of its connections. */
export function createPool(config: pg.PoolConfig, log: Logger): pg.Pool {
  const pool = new pg.Pool(config);
  // Without a listener, Node ends the process when the server closes an idle connection …
  pool.on('error', (error) => {
    log.warn({ reason: error.message }, 'An idle database connection broke; it is replaced when needed');
  });
  // … or one that is checked out and not running a statement at that moment.
  pool.on('connect', (client) => {
    client.on('error', (error: Error) => {
      log.debug({ reason: error.message }, 'A database connection broke');
    });
  });
  return pool;
}

/** See `SeparatePool`. `pool.end()` alone waits for ever for a connection that is never given back. */
export function createSeparatePool(config: pg.PoolConfig, log: Logger): SeparatePool {
  const streams = new Set<Duplex>();
  const open = config.stream ?? (() => new Socket());
  const stream = () => {
    const opened = open();
    if (opened === undefined) return opened;
    streams.add(opened);
    return opened.once('close', () => streams.delete(opened));
  };
  const pool = createPool({ ...config, stream }, log);
  return {
    pool,
    close() {
      if (pool.ending) return;
      const inUse = pool.totalCount > pool.idleCount;
      void pool.end();
      if (inUse) for (const each of streams) each.destroy();
    },
  };
}
