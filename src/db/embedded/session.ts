import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import { startWorkerThread } from '../../worker-thread.js';
import type { SessionOptions, SessionReport, SessionRequest } from './session-messages.js';

/** The one session of the embedded PostgreSQL, in a thread of its own. */
export interface Session {
  readonly serverVersion: string;
  /**
   * Runs a batch of wire-protocol messages.
   *
   * @returns all that PostgreSQL answered
   * @throws Error when the session is lost; nothing that was not committed has survived
   */
  execute(batch: readonly Buffer[]): Promise<Buffer>;
  /** Called once when the session ends without having been asked to. */
  onLost(callback: (reason: Error) => void): void;
  /** Shuts PostgreSQL down in an orderly way. */
  close(): Promise<void>;
  /** Ends it at once: what is committed stays, what runs is rolled back by recovery at the next opening. */
  terminate(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 30_000;
/**
 * Where PostgreSQL recurses, as in a parser, WebAssembly takes more stack than PostgreSQL counts. Where it runs out, there
 * is no error but a statement without an answer; with this much, PostgreSQL's own limit (see the thread) comes first.
 */
const STACK_MB = 16;

/**
 * Starts the thread and opens (or creates) the database.
 *
 * @param folder of the PostgreSQL files
 * @throws Error with what PostgreSQL said when the database cannot be opened
 */
export async function openSession(folder: string): Promise<Session> {
  const options: SessionOptions = { folder, code: await compiled() };
  const worker = startWorkerThread(import.meta.url, 'session-worker', {
    workerData: options,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  let lost: Error | undefined;
  let closing = false;
  let notifyLost: ((reason: Error) => void) | undefined;
  let waiting: { resolve: (report: SessionReport) => void; reject: (reason: Error) => void } | undefined;

  const lose = (reason: Error): void => {
    if (lost) return;
    lost = reason;
    waiting?.reject(reason);
    waiting = undefined;
    if (!closing) notifyLost?.(reason);
  };
  worker.on('message', (report: SessionReport) => {
    if (report.kind === 'failed') {
      lose(new Error(report.message));
      return;
    }
    const current = waiting;
    waiting = undefined;
    current?.resolve(report);
  });
  worker.on('error', (error) => {
    lose(new Error(`its thread crashed: ${messageOf(error)}`, { cause: error }));
  });
  worker.on('exit', (code) => {
    lose(new Error(`its thread ended with code ${code}`));
  });

  const answer = (): Promise<SessionReport> =>
    new Promise((resolve, reject) => {
      if (lost) reject(lost);
      else waiting = { resolve, reject };
    });
  const send = (request: SessionRequest, transfer: ArrayBuffer[] = []): Promise<SessionReport> => {
    worker.postMessage(request, transfer);
    return answer();
  };

  const ready = await answer().catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  if (ready.kind !== 'ready') throw new Error(`the thread answered ${ready.kind} instead of ready`);

  return {
    serverVersion: ready.serverVersion,
    async execute(batch) {
      const bytes = joinForTransfer(batch);
      const report = await send({ kind: 'execute', batch: bytes }, [bytes.buffer]);
      if (report.kind !== 'reply') throw new Error(`the thread answered ${report.kind} instead of a reply`);
      return Buffer.from(report.reply.buffer, report.reply.byteOffset, report.reply.byteLength);
    },
    onLost(callback) {
      if (lost) callback(lost);
      else notifyLost = callback;
    },
    async close() {
      closing = true;
      if (lost) return;
      const timeout = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      const exit = ended(worker).catch(() => undefined);
      await send({ kind: 'close' }).catch(() => undefined);
      await exit;
      clearTimeout(timeout);
    },
    async terminate() {
      closing = true;
      await worker.terminate();
    },
  };
}

let code: Promise<WebAssembly.Module> | undefined;

/**
 * The code of PGlite, compiled once in a process: what was optimised while one session ran serves the next one too. Opening again
 * takes 0.3 s of processor time instead of 0.7.
 */
function compiled(): Promise<WebAssembly.Module> {
  code ??= compile();
  return code;
}

async function compile(): Promise<WebAssembly.Module> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return WebAssembly.compile(await readFile(path.join(path.dirname(entry), 'pglite.wasm')));
}

/** A buffer of its own, never one of Node's pooled ones: its memory goes over to the other thread. */
function joinForTransfer(parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

async function ended(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  await once(worker, 'exit');
}
