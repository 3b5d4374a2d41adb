import type { Duplex } from 'node:stream';
import pg from 'pg';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { Batch } from './batches.js';
import { createConnection, type Connection } from './connection.js';
import { crashed, idledTooLong, SHUTTING_DOWN, UNNAMED_LOST } from './gateway-errors.js';
import { createListening } from './listening.js';
import { refusalMessages } from './refusal.js';
import { createReopening } from './reopening.js';
import { readReply, type Reply } from './reply.js';
import type { Session } from './session.js';
import { closeStatementMessage, queryMessage, syncMessage, type ErrorFields } from './wire.js';

/**
 * Lets any number of clients share the one session of the embedded database, so that each of them sees what a
 * connection of its own would show. A batch runs as a whole; while a transaction is open, or a Sync is still to come,
 * the session belongs to one client and the others wait their turn.
 *
 * What one session cannot keep apart: a plain `SET` is seen by all clients (use `SET LOCAL`), session-level advisory
 * locks are granted to everyone, and nothing that runs can be cancelled.
 */
export interface Gateway {
  /** A new connection, for node-postgres's option `stream`. */
  stream(): Duplex;
  /** Ends what runs, with the session, which is opened again: every connection ends with an error. */
  interrupt(reason: string): void;
  /** Ends every connection, after what runs, and shuts the session down. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly session: Session;
  /** Opens the session again after it was lost. */
  readonly reopen: () => Promise<Session>;
  readonly log: Logger;
  /** How long a client may leave a transaction open without a word while others wait; 30 s unless told. */
  readonly idleLimitMs?: number;
}

const IDLE_LIMIT_MS = 30_000;

export function createGateway(options: GatewayOptions): Gateway {
  const { log, idleLimitMs = IDLE_LIMIT_MS } = options;
  const clients = new Set<Connection>();
  const listening = createListening<Connection>();
  /** Whose turn it is next, among those that have something to run. */
  let queue: Connection[] = [];
  /** What has to be tidied up after clients, before the next one's turn. */
  let chores: Buffer[][] = [];
  let session: Session | undefined = options.session;
  let serverVersion = options.session.serverVersion;
  let owner: Connection | undefined;
  /** The owner's last batch ended with a Flush. */
  let syncOutstanding = false;
  let unnamedOf: Connection | undefined;
  let busy = false;
  let closing = false;
  let refusal: ErrorFields | undefined;
  let nextId = 1;
  let watchdog: NodeJS.Timeout | undefined;
  let waitingSince = 0;
  /** When the last batch ended: a client that waited long for its turn has not idled since it was last heard. */
  let answeredAt = 0;
  let idle: (() => void) | undefined;
  let reopened: Promise<void> | undefined;
  const reopening = createReopening({
    reopen: options.reopen,
    refuse(why) {
      refusal = why;
      for (const client of [...clients]) client.fail(why);
    },
    log,
  });

  const enqueue = (client: Connection): void => {
    if (client !== owner && client.runnable && !queue.includes(client)) queue.push(client);
  };

  const release = (): void => {
    const released = owner;
    owner = undefined;
    syncOutstanding = false;
    if (released) enqueue(released);
  };

  const notify = ({ notifications }: Reply): void => {
    for (const { channel, bytes } of notifications) {
      for (const listener of listening.listeners(channel)) listener.deliver(bytes);
    }
  };

  const afterBatch = (client: Connection, batch: Batch, reply: Reply): void => {
    if (batch.unnamed === 'parsed') unnamedOf = client;
    else if (batch.unnamed === 'dropped') unnamedOf = undefined;
    syncOutstanding = !batch.endsWithReady;
    answeredAt = performance.now();
    listening.request(client, batch.commands);
    if (batch.endsWithReady && reply.status === 'I') {
      const lost = listening.settle(client, reply.undone);
      if (lost.length > 0) chores.push(listenMessages('LISTEN', lost));
    }
    notify(reply);
    client.done(reply.forClient);
    if (client.gone) tidyUpAfter(client);
    else if (batch.endsWithReady && reply.status === 'I') release();
  };

  const runBatch = async (current: Session, client: Connection, batch: Batch): Promise<void> => {
    owner = client;
    const unnamedLost = batch.usesUnnamed && unnamedOf !== client;
    const refused = batch.refusal ?? (unnamedLost ? UNNAMED_LOST : undefined);
    const messages = refused ? refusalMessages(refused, batch) : batch.messages;
    const reply = readReply(await current.execute(messages), batch.copy !== undefined);
    if (batch.endsWithReady && reply.status === undefined)
      throw new Error('it stopped in the middle of a statement');
    if (session === current) afterBatch(client, batch, reply);
  };

  const runChore = async (current: Session, messages: readonly Buffer[]): Promise<void> => {
    const reply = readReply(await current.execute(messages), false);
    unnamedOf = undefined;
    if (reply.status !== 'I')
      throw new Error(`it did not settle: transaction status ${reply.status ?? 'unknown'}`);
    notify(reply);
  };

  /** The next thing to run, if any may run now. */
  const next = (current: Session): (() => Promise<void>) | undefined => {
    if (!owner) {
      const chore = chores.shift();
      if (chore) return () => runChore(current, chore);
    }
    const client = owner ?? queue.shift();
    const batch = client?.take();
    if (client && batch) return () => runBatch(current, client, batch);
    return undefined;
  };

  const pump = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      while (session) {
        const current: Session = session;
        const work = next(current);
        if (!work) break;
        try {
          await work();
        } catch (error) {
          lose(current, error);
        }
      }
    } finally {
      busy = false;
    }
    watch();
    if (!session || (!owner && queue.length === 0 && chores.length === 0)) idle?.();
  };

  const wake = (): void => {
    void pump();
  };

  /** Others wait for a client that has the session and says nothing: its time is limited. */
  const watch = (): void => {
    clearTimeout(watchdog);
    watchdog = undefined;
    const holder = owner;
    if (!holder || busy || queue.length === 0) {
      waitingSince = 0;
      return;
    }
    if (waitingSince === 0) waitingSince = performance.now();
    const left = Math.max(holder.lastHeard, answeredAt, waitingSince) + idleLimitMs - performance.now();
    if (left > 0) {
      watchdog = setTimeout(watch, left);
      watchdog.unref();
      return;
    }
    log.warn(
      { client: holder.id, idleLimitMs },
      'A transaction that held up the embedded database was rolled back',
    );
    holder.fail(idledTooLong(idleLimitMs));
  };

  const tidyUpAfter = (client: Connection): void => {
    if (owner === client) {
      chores.unshift([...(syncOutstanding ? [syncMessage()] : []), queryMessage('ROLLBACK')]);
      release();
    }
    if (client.statements.size > 0) {
      chores.push([...[...client.statements].map(closeStatementMessage), syncMessage()]);
    }
    const unwanted = listening.remove(client);
    if (unwanted.length > 0) chores.push(listenMessages('UNLISTEN', unwanted));
    if (unnamedOf === client) unnamedOf = undefined;
  };

  const onGone = (client: Connection): void => {
    clients.delete(client);
    queue = queue.filter((other) => other !== client);
    // What it was running is tidied up when it has run.
    if (!(busy && owner === client)) tidyUpAfter(client);
    wake();
  };

  const lose = (lost: Session, error: unknown): void => {
    if (session !== lost) return;
    session = undefined;
    owner = undefined;
    unnamedOf = undefined;
    syncOutstanding = false;
    queue = [];
    chores = [];
    listening.clear();
    const reason = messageOf(error);
    log.error({ reason }, 'The embedded database stopped unexpectedly');
    for (const client of [...clients]) client.fail(crashed(reason));
    clients.clear();
    // The folder must be free of the old thread before a new one opens it.
    reopened = lost.terminate().then(() => (closing ? undefined : reopen(reason)));
    if (closing) idle?.();
  };

  const reopen = async (reason: string): Promise<void> => {
    const opened = await reopening.open(reason);
    if (!opened) return;
    refusal = undefined;
    adopt(opened);
    log.info('The embedded database is open again');
    wake();
  };

  const adopt = (opened: Session): void => {
    session = opened;
    serverVersion = opened.serverVersion;
    opened.onLost((error) => {
      lose(opened, error);
    });
  };
  adopt(options.session);

  return {
    stream() {
      const client = createConnection(nextId++, {
        refusal: () => (closing ? SHUTTING_DOWN : refusal),
        serverVersion: () => serverVersion,
        onBatch(connection) {
          enqueue(connection);
          wake();
        },
        onGone,
      });
      clients.add(client);
      return client.stream;
    },
    interrupt(reason) {
      if (session) lose(session, new Error(reason));
    },
    async close() {
      closing = true;
      for (const client of [...clients]) client.fail(SHUTTING_DOWN);
      await new Promise<void>((resolve) => {
        idle = resolve;
        // After the connections are gone, which takes them a turn or two.
        setImmediate(() => setImmediate(() => setImmediate(wake)));
      });
      clearTimeout(watchdog);
      reopening.stop();
      await reopened;
      await session?.close();
    },
  };
}

function listenMessages(verb: 'LISTEN' | 'UNLISTEN', channels: readonly string[]): Buffer[] {
  return [queryMessage(channels.map((channel) => `${verb} ${pg.escapeIdentifier(channel)}`).join('; '))];
}
