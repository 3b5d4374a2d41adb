import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { messageOf } from '../../errors.js';
import {
  sessionOptions,
  type SessionOptions,
  type SessionReport,
  type SessionRequest,
} from './session-messages.js';

/** The thread that PostgreSQL runs in: one session, one batch of wire-protocol messages after the other. */

const port = parentPort;
if (port === null) throw new Error('session-worker.ts runs in a worker thread only');

const LAST_LINES = 20;
const lastLines: string[] = [];
const remember = (line: string): boolean => {
  lastLines.push(line);
  if (lastLines.length > LAST_LINES) lastLines.shift();
  return false;
};

const report = (message: SessionReport, transfer: ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer);
};
const reportFailure = (error: unknown): void => {
  report({ kind: 'failed', message: [messageOf(error), ...lastLines].join('\n') });
};

/** One new buffer of exactly the bytes, so that it can be handed over to the other thread without a copy. */
function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

async function open({ folder, code }: SessionOptions): Promise<PGlite> {
  const database = await PGlite.create({
    dataDir: folder,
    pgliteWasmModule: code,
    extensions: { vector },
    // PostgreSQL's default of 2 MB is more than the thread's stack has room for, see session.ts.
    startParams: [...PGlite.defaultStartParams, '-c', 'max_stack_depth=512kB'],
    onStdout: remember,
    onStderr: remember,
  });
  const { rows } = await database.query<{ version: string }>(
    "/* session.open */ SELECT current_setting('server_version') AS version",
  );
  report({ kind: 'ready', serverVersion: rows[0]?.version ?? '' });
  return database;
}

async function execute(database: PGlite, batch: Uint8Array): Promise<void> {
  const chunks: Uint8Array[] = [];
  await database.execProtocolRawStream(batch, {
    // What arrives is a view of PostgreSQL's own send buffer.
    onRawData: (bytes) => {
      chunks.push(bytes.slice());
    },
  });
  const reply = join(chunks);
  report({ kind: 'reply', reply }, [reply.buffer]);
}

const opening = open(sessionOptions.parse(workerData));
opening.catch(reportFailure);

port.on('message', (request: SessionRequest) => {
  const work = opening.then(async (database) => {
    if (request.kind === 'execute') return execute(database, request.batch);
    await database.close();
    report({ kind: 'closed' });
    port.close();
  });
  work.catch(reportFailure);
});
