import type pg from 'pg';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';

/** What PostgreSQL's background processes would do: there are none in the embedded database. */
export interface Maintenance {
  /** Does at once what is due. */
  run(): Promise<void>;
  stop(): void;
}

export interface MaintenanceOptions {
  /** Opens a connection of the embedded database. */
  readonly connect: () => Promise<pg.Client>;
  readonly log: Logger;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 30_000;
/** While writing goes on, a checkpoint after so many bytes of write-ahead log; when it stops, after the next interval. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;

const walRow = z.object({ bytes: z.coerce.number() });
const tableRow = z.object({ name: z.string(), vacuum: z.boolean() });

const SELECT_WAL = `/* maintenance.wal */
  SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes`;

const FLUSH_STATISTICS = `/* maintenance.flushStatistics */
  SELECT pg_stat_force_next_flush()`;

// The thresholds are autovacuum's own. Statistics do not survive a restart, so a table that was never analysed counts.
const SELECT_DUE_TABLES = `/* maintenance.dueTables */
  SELECT c.oid::regclass::text AS name,
         s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0) AS vacuum
  FROM pg_stat_user_tables s
  JOIN pg_class c ON c.oid = s.relid
  WHERE s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
     OR s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
     OR (c.reltuples < 0 AND pg_relation_size(c.oid) > 0)
  ORDER BY c.oid`;

export function startMaintenance({
  connect,
  log,
  intervalMs = INTERVAL_MS,
}: MaintenanceOptions): Maintenance {
  let checkpointed = 0;
  let seen: number | undefined;
  let running: Promise<void> | undefined;

  const vacuum = async (client: pg.Client): Promise<void> => {
    // Counted per transaction and only flushed now and then.
    await client.query(FLUSH_STATISTICS);
    const due = z.array(tableRow).parse((await client.query(SELECT_DUE_TABLES)).rows);
    // One statement a table, so that others get their turn in between.
    for (const table of due) {
      const started = performance.now();
      await client.query(
        `/* maintenance.vacuum */ ${table.vacuum ? 'VACUUM (ANALYZE)' : 'ANALYZE'} ${table.name}`,
      );
      log.debug({ table: table.name, ms: Math.round(performance.now() - started) }, 'Vacuumed');
    }
  };

  const checkpoint = async (client: pg.Client): Promise<void> => {
    const started = performance.now();
    await client.query('/* maintenance.checkpoint */ CHECKPOINT');
    log.debug({ ms: Math.round(performance.now() - started) }, 'Wrote a checkpoint');
    checkpointed = await readWal(client);
  };

  const doWhatIsDue = async (atOnce: boolean): Promise<void> => {
    const client = await connect();
    try {
      const wal = await readWal(client);
      const quiet = wal === (seen ?? wal);
      if (seen === undefined || wal !== seen || atOnce) await vacuum(client);
      const now = await readWal(client);
      const unwritten = now - checkpointed;
      if (unwritten > 0 && (atOnce || quiet || unwritten > CHECKPOINT_BYTES)) await checkpoint(client);
      seen = await readWal(client);
    } finally {
      await client.end();
    }
  };

  const run = async (atOnce: boolean): Promise<void> => {
    await running;
    running = doWhatIsDue(atOnce)
      .catch((error: unknown) => {
        log.warn(
          { reason: messageOf(error) },
          'Maintenance of the embedded database failed; it will be tried again',
        );
      })
      .finally(() => {
        running = undefined;
      });
    await running;
  };

  const timer = setInterval(() => {
    if (!running) void run(false);
  }, intervalMs);
  timer.unref();

  return {
    run: () => run(true),
    stop() {
      clearInterval(timer);
    },
  };
}

async function readWal(client: pg.Client): Promise<number> {
  return walRow.parse((await client.query(SELECT_WAL)).rows[0]).bytes;
}
