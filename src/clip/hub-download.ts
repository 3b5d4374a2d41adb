import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, OperatorError } from '../errors.js';
import { isFullDisk } from '../full-disk.js';
import { HubUnreachableError, IncompleteDownloadError } from './hub-errors.js';
import { askHub, reasonOf, type Hub, type HubFile } from './hub-request.js';

/** Ends the names of files that are still being written. */
export const PARTIAL = '.partial';

/** A broken connection is taken up again where it broke, so many times. */
const ATTEMPTS = 4;

/** A file to download. */
export interface Wanted extends HubFile {
  /** Bytes of the whole file, as far as the hub told them beforehand. */
  readonly size?: number | undefined;
}

/**
 * Downloads one file of a model. It appears under its name only when all of it has arrived and was checked: its size, its
 * SHA-256 where the hub tells it, and that a .json file is JSON. Otherwise nothing stays.
 *
 * @param onBytes called with the number of bytes that arrived; negative when an attempt starts again from nothing
 * @throws IncompleteDownloadError · HubUnreachableError · ModelNotFoundError · OperatorError when it cannot be written
 */
export async function downloadFile(
  hub: Hub,
  wanted: Wanted,
  destination: string,
  onBytes: (count: number) => void,
): Promise<void> {
  const partial = `${destination}.${randomUUID()}${PARTIAL}`;
  try {
    await mkdir(path.dirname(destination), { recursive: true });
    const file = await open(partial, 'wx');
    try {
      await receive(hub, wanted, { file, onBytes, received: 0, ...startOf(wanted) });
      // Otherwise a power cut could leave an empty file under the final name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, destination);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    hub.signal?.throwIfAborted();
    throw error instanceof OperatorError ? error : cannotWrite(error, path.dirname(destination));
  }
}

/** What has arrived so far. */
interface Arrival {
  readonly file: FileHandle;
  readonly onBytes: (count: number) => void;
  received: number;
  hash: ReturnType<typeof createHash>;
  /** The pieces of a JSON file, which are small. */
  json: Uint8Array[] | undefined;
}

function startOf({ file }: HubFile): Pick<Arrival, 'hash' | 'json'> {
  return { hash: createHash('sha256'), json: file.endsWith('.json') ? [] : undefined };
}

/** The connection broke; the rest may come with the next attempt. */
class BrokenError extends Error {}

async function receive(hub: Hub, wanted: Wanted, arrival: Arrival): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await receiveOnce(hub, wanted, arrival);
      return;
    } catch (error) {
      hub.signal?.throwIfAborted();
      const isGone = error instanceof HubUnreachableError && arrival.received > 0;
      if (!(error instanceof BrokenError || isGone)) throw error;
      if (attempt === ATTEMPTS) {
        throw new IncompleteDownloadError(
          `The download of ${wanted.file} of ${wanted.model} broke off after ${arrival.received} bytes, ${ATTEMPTS} times ` +
            `(${error.message}). Nothing of it was kept: start again when the connection is better.`,
          1,
          { cause: error },
        );
      }
      await delay(hub.retryDelayMs * 2 ** (attempt - 1), undefined, { signal: hub.signal });
    }
  }
}

async function receiveOnce(hub: Hub, wanted: Wanted, arrival: Arrival): Promise<void> {
  const answer = await askHub(hub, wanted, 'GET', arrival.received);
  const size = wanted.size ?? answer.size;
  try {
    if (arrival.received > 0 && answer.response.status !== 206) {
      arrival.onBytes(-arrival.received);
      await arrival.file.truncate(0);
      Object.assign(arrival, { received: 0, ...startOf(wanted) });
    }
    for await (const piece of bodyOf(answer.response)) {
      answer.stillAlive();
      await store(piece, arrival);
    }
  } finally {
    answer.done();
  }
  if (size !== undefined && arrival.received < size) throw new BrokenError(`${size} bytes were announced`);
  checkWhole(wanted, arrival, size, answer.sha256);
}

async function store(piece: Uint8Array, arrival: Arrival): Promise<void> {
  for (let at = 0; at < piece.length;) {
    at += (await arrival.file.write(piece, at, piece.length - at, arrival.received + at)).bytesWritten;
  }
  arrival.hash.update(piece);
  arrival.json?.push(piece);
  arrival.received += piece.length;
  arrival.onBytes(piece.length);
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
  arrival: Arrival,
  size: number | undefined,
  sha256: string | undefined,
): void {
  const wrong =
    size !== undefined && arrival.received !== size
      ? `${arrival.received} bytes came instead of ${size}`
      : sha256 !== undefined && arrival.hash.digest('hex') !== sha256
        ? 'its SHA-256 is not the one that the hub tells'
        : arrival.json !== undefined && !isJson(arrival.json)
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
  return new OperatorError(
    isFullDisk(error)
      ? `The disk is full: the model could not be stored in ${folder}. Free space, or set PICTOGRAPH_DATA to another disk.`
      : `The model cannot be stored in ${folder} (${messageOf(error)}). Make the folder writable, or set PICTOGRAPH_DATA.`,
    1,
    { cause: error },
  );
}
