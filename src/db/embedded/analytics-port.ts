import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, messageOf, OperatorError } from '../../errors.js';
import type { Logger } from '../../log.js';
import { ANALYST_ROLE } from '../analyst-role.js';
import { createAnalystConnection, type AnalystConnection } from './analyst-connection.js';
import { createAnalystSession, type AnalystBackend } from './analyst-session.js';
import {
  buildMessage,
  CANCEL_REQUEST,
  createMessageReader,
  errorResponse,
  GSS_ENCRYPTION_REQUEST,
  HEADER_BYTES,
  PROTOCOL_3_0,
  ProtocolError,
  readString,
  SSL_REQUEST,
  startUpReply,
  type ErrorFields,
  type Message,
} from './wire.js';

/** Where programs that speak to PostgreSQL can read `analytics` of the embedded database. */
export interface AnalyticsPort {
  readonly port: number;
  close(): Promise<void>;
}

interface AnalyticsPortOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly password: string;
  readonly serverVersion: string;
  readonly backend: AnalystBackend;
  readonly log: Logger;
}

/** Nobody else than programs of this machine, whatever HOST is: the password goes over the line as it is. */
const LOOPBACK = '127.0.0.1';
const CONNECTIONS = 20;
const WRONG_PASSWORD_DELAY_MS = 1_000;
/** Whoever has not given the password cannot make us gather more than this. */
const STRANGER_LIMIT_BYTES = 20_000;
const START_UP_LIMIT_MS = 60_000;
const CLEARTEXT_PASSWORD = 3;

/** @throws OperatorError when the port is taken or may not be opened */
export async function openAnalyticsPort(options: AnalyticsPortOptions): Promise<AnalyticsPort> {
  const { log } = options;
  const sockets = new Set<Socket>();
  let nextId = 1;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => {
      log.debug({ reason: error.message }, 'A connection to the analytics port broke');
    });
    serveClient(socket, nextId++, options);
  });
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new OperatorError(
          `The analytics port ${options.port} cannot be opened (${errorCode(error) ?? messageOf(error)}). Set ANALYTICS_PORT to another one, or 0 for a free one.`,
          1,
          { cause: error },
        ),
      );
    });
    server.listen(options.port, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serveClient(socket: Socket, id: number, options: AnalyticsPortOptions): void {
  const reader = createMessageReader();
  let state: 'starting' | 'asked' | AnalystConnection = 'starting';
  let work = Promise.resolve();
  const patience = setTimeout(() => socket.destroy(), START_UP_LIMIT_MS);
  socket.on('close', () => {
    clearTimeout(patience);
  });

  const refuse = (error: ErrorFields): void => {
    socket.end(errorResponse(error));
  };

  const startUp = (bytes: Buffer): void => {
    const code = bytes.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) {
      socket.write('N');
      return;
    }
    if (code === CANCEL_REQUEST) {
      socket.end();
      return;
    }
    if (code !== PROTOCOL_3_0)
      throw new ProtocolError(`unsupported protocol version ${code >> 16}.${code & 0xffff}`);
    reader.endStartUp();
    if (startUpParameters(bytes).get('user') !== ANALYST_ROLE) {
      refuse({
        severity: 'FATAL',
        code: '28000',
        message: `Only ${ANALYST_ROLE} can connect here: psql -h ${LOOPBACK} -U ${ANALYST_ROLE}`,
      });
      return;
    }
    state = 'asked';
    const kind = Buffer.alloc(4);
    kind.writeInt32BE(CLEARTEXT_PASSWORD, 0);
    socket.write(buildMessage('R', kind));
  };

  const letIn = async ({ type, bytes }: Message): Promise<void> => {
    if (type !== 'p') throw new ProtocolError('a password was expected');
    if (!sameSecret(readString(bytes, HEADER_BYTES).text, options.password)) {
      await delay(WRONG_PASSWORD_DELAY_MS);
      refuse({
        severity: 'FATAL',
        code: '28P01',
        message:
          'The password is wrong. It is in the file analytics-password of the data folder, or what ANALYTICS_PASSWORD says.',
      });
      return;
    }
    clearTimeout(patience);
    state = createAnalystConnection(socket, createAnalystSession(options.backend));
    socket.write(
      startUpReply(id, {
        server_version: options.serverVersion,
        server_encoding: 'UTF8',
        client_encoding: 'UTF8',
        DateStyle: 'ISO, MDY',
        IntervalStyle: 'postgres',
        TimeZone: 'UTC',
        integer_datetimes: 'on',
        standard_conforming_strings: 'on',
        is_superuser: 'off',
        session_authorization: ANALYST_ROLE,
      }),
    );
  };

  const receive = async (message: Message): Promise<void> => {
    if (!socket.writable) return;
    if (message.type === 'X') socket.end();
    else if (state === 'asked') await letIn(message);
    else if (state !== 'starting') await state.receive(message);
  };

  let strangerBytes = 0;
  socket.on('data', (chunk: Buffer) => {
    try {
      if (typeof state === 'string' && (strangerBytes += chunk.length) > STRANGER_LIMIT_BYTES)
        throw new ProtocolError('that is too much before the password');
      reader.push(chunk);
      for (let message = reader.next(); message; message = reader.next()) {
        if (state === 'starting') {
          startUp(message.bytes);
          continue;
        }
        const next = message;
        work = work.then(() => receive(next)).catch(broken);
      }
    } catch (error) {
      broken(error);
    }
  });

  function broken(error: unknown): void {
    if (!(error instanceof ProtocolError)) {
      options.log.error({ reason: messageOf(error) }, 'A connection to the analytics port failed');
    }
    refuse({ severity: 'FATAL', code: '08P01', message: `The connection broke: ${messageOf(error)}.` });
  }
}

/** Pairs of names and values, after length and version. */
function startUpParameters(bytes: Buffer): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (let offset = 8; offset < bytes.length && bytes[offset] !== 0;) {
    const name = readString(bytes, offset);
    const value = readString(bytes, name.end);
    parameters.set(name.text, value.text);
    offset = value.end;
  }
  return parameters;
}

/** Digests have one length, and comparing them tells nothing of the secret. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
