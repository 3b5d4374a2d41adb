import type { ClientConfig } from 'pg';
import { messageOf, OperatorError } from '../../errors.js';
import type { Logger } from '../../log.js';
import { ensureDataFolder, preparePostgresFolder } from './data-folder.js';
import { createGateway } from './gateway.js';
import { lockFolder, type FolderLock } from './lock-file.js';
import { openSession, type Session } from './session.js';

/** PostgreSQL inside this process, on files in the data folder that belong to this process alone. */
export interface EmbeddedPostgres {
  /** How node-postgres connects to it. */
  readonly connection: ClientConfig;
  /** Ends what runs, and opens the database again. */
  interrupt(reason: string): void;
  /** Ends all connections and the database, then gives the folder free. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataFolder: string;
  readonly log: Logger;
  /** See `GatewayOptions`. */
  readonly idleLimitMs?: number;
}

/**
 * Opens the database in `<dataFolder>/postgres`, or creates it.
 *
 * When its thread dies, every connection ends with an error and the database is opened again; after several losses in a
 * row it stays closed, the log says so, and every connection is refused with the reason.
 *
 * @throws OperatorError when the folder cannot be used, belongs to another process or was made by another PostgreSQL
 */
export async function openEmbedded({
  dataFolder,
  log,
  idleLimitMs,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await ensureDataFolder(dataFolder);
  let session: Session | undefined;
  let lockLost: Error | undefined;
  const lock: FolderLock = await lockFolder({
    folder: dataFolder,
    log,
    onLost(reason) {
      lockLost = reason;
      log.fatal(
        { reason: reason.message },
        'The data folder was taken over by another process: writing stops here',
      );
      void session?.terminate();
    },
  });

  try {
    const prepared = await preparePostgresFolder(dataFolder);
    const open = async (): Promise<Session> => {
      if (lockLost) throw lockLost;
      session = await openSession(prepared.folder);
      return session;
    };
    const started = performance.now();
    const first = await open().catch((error: unknown) => {
      throw new OperatorError(
        `The database in ${prepared.folder} cannot be opened: ${messageOf(error)}\n${adviceOn(messageOf(error))}`,
        1,
        { cause: error },
      );
    });
    await prepared.finish();
    log.debug(
      { ms: Math.round(performance.now() - started), postgres: first.serverVersion },
      'Opened the embedded database',
    );

    const gateway = createGateway({ session: first, reopen: open, log, ...(idleLimitMs && { idleLimitMs }) });
    return {
      // Nothing may come from PGHOST, PGSSLMODE and the like: this connection never leaves the process.
      connection: {
        stream: () => gateway.stream(),
        host: 'embedded',
        port: 5432,
        user: 'postgres',
        password: '',
        database: 'postgres',
        ssl: false,
      },
      interrupt: (reason) => {
        gateway.interrupt(reason);
      },
      async close() {
        await gateway.close();
        await lock.release();
      },
    };
  } catch (error) {
    await session?.terminate();
    await lock.release();
    throw error;
  }
}

function adviceOn(reason: string): string {
  return /no space left on device/i.test(reason)
    ? 'The disk is full, which damages nothing: make room and start again.'
    : 'If its files are damaged, put a backup in their place, or choose another folder with PICTOGRAPH_DATA.';
}
