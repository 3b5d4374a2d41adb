import { createBatchBuilder, type Batch } from './batches.js';
import { GatewayStream } from './gateway-stream.js';
import {
  CANCEL_REQUEST,
  copyInResponse,
  createMessageReader,
  errorResponse,
  GSS_ENCRYPTION_REQUEST,
  PROTOCOL_3_0,
  ProtocolError,
  SSL_REQUEST,
  startUpReply,
  type ErrorFields,
  type Message,
} from './wire.js';
import { messageOf } from '../../errors.js';

/** One client of the gateway. */
export interface Connection {
  readonly id: number;
  readonly stream: GatewayStream;
  /** The client's prepared statements, as PostgreSQL knows them. */
  readonly statements: ReadonlySet<string>;
  /** When the client last sent something, in milliseconds of the monotonic clock. */
  readonly lastHeard: number;
  readonly gone: boolean;
  /** Whether a batch is complete and can be taken. */
  readonly runnable: boolean;
  /** Takes the first batch to run it; the next one only after `done`. */
  take(): Batch | undefined;
  /** Delivers the answer to the batch that was taken. */
  done(messages: readonly Buffer[]): void;
  deliver(message: Buffer): void;
  /** Tells the client why and ends the connection. */
  fail(error: ErrorFields): void;
}

export interface ConnectionEvents {
  /** Why nobody is let in; undefined when the database is open. */
  refusal(): ErrorFields | undefined;
  serverVersion(): string;
  /** A batch has come, or is complete now. */
  onBatch(connection: Connection): void;
  /** The connection ended. Called once. */
  onGone(connection: Connection): void;
}

export function createConnection(id: number, events: ConnectionEvents): Connection {
  const reader = createMessageReader();
  const builder = createBatchBuilder(id);
  const batches: Batch[] = [];
  let startedUp = false;
  let ending = false;
  let running = false;
  let gone = false;
  let lastHeard = performance.now();

  const stream = new GatewayStream({
    data(chunk) {
      lastHeard = performance.now();
      reader.push(chunk);
      try {
        for (let message = reader.next(); message && !ending; message = reader.next()) receive(message);
      } catch (error) {
        connection.fail({
          severity: 'FATAL',
          code: '08P01',
          message: `The connection to the embedded database broke its protocol: ${messageOf(error)}.`,
        });
        if (!(error instanceof ProtocolError)) throw error;
      }
    },
    end() {
      ending = true;
      settle();
    },
    gone() {
      gone = true;
      batches.length = 0;
      events.onGone(connection);
    },
  });

  const startUp = (bytes: Buffer): void => {
    const code = bytes.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) {
      stream.deliver(Buffer.from('N'));
      return;
    }
    if (code === CANCEL_REQUEST) {
      // PostgreSQL answers nothing to a cancel request either; here there is no one to interrupt the session.
      stream.finish();
      return;
    }
    if (code !== PROTOCOL_3_0)
      throw new ProtocolError(`unsupported protocol version ${code >> 16}.${code & 0xffff}`);
    reader.endStartUp();
    startedUp = true;
    const refusal = events.refusal();
    if (refusal) {
      connection.fail(refusal);
      return;
    }
    stream.deliver(startUpReply(id, parameters(events.serverVersion())));
  };

  const receive = (message: Message): void => {
    if (!startedUp) {
      startUp(message.bytes);
      return;
    }
    if (message.type === 'X') {
      ending = true;
      settle();
      return;
    }
    const batch = builder.add(message);
    if (batch) {
      batches.push(batch);
      settle();
    }
    if (connection.runnable) events.onBatch(connection);
  };

  /** Looks at what comes next, when nothing of this client runs. */
  const settle = (): void => {
    if (running) return;
    const [first] = batches;
    if (first?.copy && !first.copy.announced) {
      first.copy.announced = true;
      stream.deliver(copyInResponse(first.copy.binary));
    }
    if (ending && !isComplete(first)) stream.finish();
  };

  const connection: Connection = {
    id,
    stream,
    statements: builder.statements,
    get lastHeard() {
      return lastHeard;
    },
    get gone() {
      return gone;
    },
    get runnable() {
      return !running && isComplete(batches[0]);
    },
    take() {
      if (!connection.runnable) return undefined;
      running = true;
      return batches.shift();
    },
    done(messages) {
      running = false;
      for (const message of messages) stream.deliver(message);
      settle();
    },
    deliver(message) {
      stream.deliver(message);
    },
    fail(error) {
      batches.length = 0;
      ending = true;
      stream.deliver(errorResponse(error));
      stream.finish();
    },
  };
  return connection;
}

function isComplete(batch: Batch | undefined): boolean {
  return batch !== undefined && (batch.copy?.complete ?? true);
}

function parameters(serverVersion: string): Record<string, string> {
  return {
    server_version: serverVersion,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  };
}
