import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { createInFlight } from './in-flight.js';
import { refuseUpgrade, type Refusal } from './upgrade.js';
import { createProtocol, type ProtocolDependencies } from './websocket-protocol.js';

const MAX_CONNECTIONS = 500;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Close codes of RFC 6455, and of graphql-ws from 4400. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const FORBIDDEN = 4403;

export interface WebSocketEndpoint {
  /** Refuses what is new, lets running queries and mutations finish for at most `graceMs`, closes every connection. */
  close(graceMs: number): Promise<void>;
}

/**
 * GraphQL over WebSocket on an HTTP server: subscriptions, and queries and mutations too.
 *
 * @param admit decides about a connection before it exists
 */
export function createWebSocketEndpoint(
  deps: Omit<ProtocolDependencies, 'inFlight' | 'isClosing'> & {
    httpServer: HttpServer;
    admit: (request: IncomingMessage) => Promise<Refusal | undefined>;
    log: Logger;
  },
): WebSocketEndpoint {
  const { log } = deps;
  const inFlight = createInFlight();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols });
  let closing = false;

  const decide = async (request: IncomingMessage): Promise<Refusal | undefined> => {
    if (closing) return { status: 503, code: 'UNAVAILABLE', message: 'The server is about to stop.' };
    const refusal = await deps.admit(request);
    if (refusal !== undefined || sockets.clients.size < MAX_CONNECTIONS) return refusal;
    return {
      status: 503,
      code: 'UNAVAILABLE',
      message: `This server has ${MAX_CONNECTIONS} WebSocket connections already, the most that it takes.`,
    };
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const onError = () => socket.destroy();
    socket.on('error', onError);
    decide(request)
      .then((refusal) => {
        if (refusal !== undefined) {
          refuseUpgrade(socket, refusal);
          return;
        }
        socket.off('error', onError);
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          serve(webSocket, request);
        });
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'A WebSocket could not be opened');
        socket.destroy();
      });
  };
  deps.httpServer.on('upgrade', onUpgrade);

  const serve = (socket: WebSocket, request: IncomingMessage): void => {
    socket.on('error', (error) => {
      log.debug({ cause: messageOf(error) }, 'A WebSocket failed');
    });
    const protocol = createProtocol({ ...deps, inFlight, isClosing: () => closing }, request, (reason) => {
      socket.close(FORBIDDEN, closeReason(reason));
    });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => {
          socket.close(code, closeReason(reason ?? ''));
        },
        onMessage: (answer) => {
          socket.on('message', (data: Buffer) => {
            answer(data.toString()).catch((error: unknown) => {
              log.error({ err: error }, 'A WebSocket message could not be answered');
              socket.close(INTERNAL_ERROR, 'Internal server error');
            });
          });
        },
      },
      undefined,
    );
    const stopPinging = keepAlive(socket);
    socket.once('close', (code, reason) => {
      stopPinging();
      closed(code, reason.toString()).catch((error: unknown) => {
        log.error({ err: error }, 'A WebSocket did not end cleanly');
      });
    });
  };

  return {
    async close(graceMs) {
      closing = true;
      const idle = await inFlight.idle(graceMs);
      if (!idle) log.warn('Operations over WebSocket were still running when the server stopped');
      // The last results are sent in the turn after their operation has ended.
      await nextTurn();
      await Promise.all([...sockets.clients].map(goAway));
      deps.httpServer.off('upgrade', onUpgrade);
      sockets.close();
    },
  };
}

function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) {
      resolve();
      return;
    }
    socket.send(data, (error) => {
      if (error && socket.readyState === socket.OPEN) reject(error);
      else resolve();
    });
  });
}

/** Ends connections whose other side has vanished without a word. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, KEEP_ALIVE_MS);
  return () => {
    clearInterval(timer);
  };
}

async function goAway(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      socket.terminate();
    }, CLOSE_TIMEOUT_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(GOING_AWAY, 'The server stops');
  });
}

/** A close frame takes 123 bytes of reason. */
function closeReason(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : `${text.slice(0, 60)}…`;
}
