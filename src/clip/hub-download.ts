import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError, messageOf } from '../errors.js';
import { HubUnreachableError, IncompleteDownloadError } from './hub-errors.js';
import { askHub, reasonOf, type Hub, type HubFile } from './hub-request.js';

/** Ends the names of files that are still being written. */
export const PARTIAL = '.partial';

/** A broken connection is taken up again where it broke, so many times. */
const ATTEMPTS = 4;

/**
 * Downloads one file of a model. It appears under its name only when all of it has arrived and was checked: its size, its
 * SHA-256 where the hub tells it, and that a .json file is JSON. Otherwise nothing stays.
 *
 * @param onBytes called with the number of bytes that arrived; negative when an attempt starts again from nothing
 * @throws IncompleteDownloadError · HubUnreachableError · ModelNotFoundError · OperatorError when it cannot be written
 */
export async function downloadFile(
  hub: Hub,
  target: HubFile,
  destination: string,
  onBytes: (count: number) => void,
): Promise<void> {
  const partial = `${destination}.${randomUUID()}${PARTIAL}`;
  try {
    await mkdir(path.dirname(destination), { recursive: true });
    const file = await open(partial, 'wx');
    try {
      await receive(hub, target, file, onBytes);
      // Otherwise a power cut could leave an empty file under the final name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, destination);
  } catch (error) {
    await rm(partial, { force: true });
    throw error instanceof OperatorError ? error : cannotWrite(error, path.dirname(destination));
  }
}

async function receive(
  hub: Hub,
  target: HubFile,
  file: FileHandle,
  onBytes: (count: number) => void,
): Promise<void> {
  const state: Received = {
    received: 0,
    hash: createHash('sha256'),
    json: target.file.endsWith('.json') ? [] : undefined,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await receiveOnce(hub, target, file, state, onBytes);
      return;
    } catch (error) {
      const isBroken =
        error instanceof BrokenError || (error instanceof HubUnreachableError && state.received > 0);
      if (!isBroken) throw error;
      if (attempt === ATTEMPTS) {
        throw new IncompleteDownloadError(
          `The download of ${target.file} of ${target.model} broke off after ${state.received} bytes, ${ATTEMPTS} times ` +
            `(${error.message}). Nothing of it was kept: start again when the connection is better.`,
          1,
          { cause: error },
        );
      }
      await delay(hub.retryDelayMs * 2 ** (attempt - 1));
    }
  }
}

interface Received {
  received: number;
  hash: ReturnType<typeof createHash>;
  /** The pieces of a JSON file, which are small. */
  json: Uint8Array[] | undefined;
}

/** The connection broke; the rest may come with the next attempt. */
class BrokenError extends Error {}

async function receiveOnce(
  hub: Hub,
  target: HubFile,
  file: FileHandle,
  state: Received,
  onBytes: (count: number) => void,
): Promise<void> {
  const answer = await askHub(hub, target, 'GET', state.received);
  try {
    if (state.received > 0 && answer.response.status !== 206) {
      onBytes(-state.received);
      await file.truncate(0);
      Object.assign(state, { received: 0, hash: createHash('sha256'), json: state.json && [] });
    }
    for await (const piece of bodyOf(answer.response)) {
      answer.stillAlive();
      await file.write(piece, 0, piece.length, state.received);
      state.hash.update(piece);
      state.json?.push(piece);
      state.received += piece.length;
      onBytes(piece.length);
    }
  } finally {
    answer.done();
  }
  if (answer.size !== undefined && state.received < answer.size) {
    throw new BrokenError(`${answer.size} bytes were announced`);
  }
  checkWhole(target, state, answer.size, answer.sha256);
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      // Only what fails here is the connection's fault; what fails around it may be the disk's.
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new BrokenError(reasonOf(error), { cause: error });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function checkWhole(
  target: HubFile,
  state: Received,
  size: number | undefined,
  sha256: string | undefined,
): void {
  const wrong =
    size !== undefined && state.received !== size
      ? `${state.received} bytes came instead of ${size}`
      : sha256 !== undefined && state.hash.digest('hex') !== sha256
        ? 'its SHA-256 is not the one that the hub tells'
        : state.json !== undefined && !isJson(state.json)
          ? 'it is no JSON'
          : undefined;
  if (wrong === undefined) return;
  throw new IncompleteDownloadError(
    `What arrived as ${target.file} of ${target.model} is damaged: ${wrong}. Nothing of it was kept. Start again; if it ` +
      'happens again, see whether HF_ENDPOINT is a hub and whether a proxy answers in its place.',
  );
}

function isJson(pieces: readonly Uint8Array[]): boolean {
  try {
    JSON.parse(Buffer.concat(pieces).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function cannotWrite(error: unknown, folder: string): OperatorError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new OperatorError(
    full
      ? `The disk is full: the model could not be stored in ${folder}. Free space, or set PICTOGRAPH_DATA to another disk.`
      : `The model cannot be stored in ${folder} (${messageOf(error)}). Make the folder writable, or set PICTOGRAPH_DATA.`,
    1,
    { cause: error },
  );
}
