import { createHash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReferenceRow, ReferenceState } from '../db/image-references.js';
import { errorCode } from '../errors.js';
import { sha256Of } from './content-hash.js';
import type { ByteRange } from './file-store.js';
import { RejectedImageError } from './images.js';
import { readBounded } from './read-bounded.js';

/*
 * Files that belong to someone else: images that were indexed where they lie, and are never written to, moved or deleted.
 *
 * The threat is that a path in the database makes the server show a file that nobody wanted shown: because a folder was
 * exchanged for a link, a picture for `/etc/shadow`, or a row was forged. So a path alone shows nothing. Content is sent
 * only where its SHA-256 is that of the image, which whoever put it there had to know, or where size, both times and inode
 * are those of the file whose content was compared: nobody but the system's administrator sets the time of change
 * (ctime). Beyond that, no client can name a path, links at the end of a path are not followed, and pipes and devices are
 * not opened.
 */

export type Reference = Pick<ReferenceRow, 'path' | 'sha256' | 'byteSize' | 'stamp' | 'state'>;

/** What a look at a file found. */
export interface Look {
  readonly state: ReferenceState;
  readonly stamp: string | null;
}

/** A file that was read whole, and where it really lies. */
export interface FoundFile {
  readonly path: string;
  readonly stamp: string | null;
}

const GONE: Look = { state: 'MISSING', stamp: null };

/** Clocks of file systems tick as slowly as every 2 seconds (FAT); a file may change twice within a tick. */
const SETTLED_AFTER_MS = 2_000;

const PIECE_BYTES = 256 * 1024;

/** The server's own shortage says nothing about a file. */
const OWN_TROUBLE = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** Looks whether a file still has the image's content. Reads it only where size, times and inode leave a doubt. */
export async function lookAt(reference: Reference): Promise<Look> {
  return withFile(reference.path, GONE, (file, stats) => judge(file, stats, reference));
}

/** Reads an image's file and compares every byte. */
export async function readReferenced(
  reference: Reference,
): Promise<{ readonly look: Look; readonly bytes: Buffer | undefined }> {
  const gone: Awaited<ReturnType<typeof readReferenced>> = { look: GONE, bytes: undefined };
  return withFile(reference.path, gone, async (file, stats) => {
    const stamp = settledStamp(stats);
    if (Number(stats.size) !== reference.byteSize)
      return { look: { state: 'CHANGED', stamp }, bytes: undefined };
    const bytes = await readBounded(piecesOf(file, 0, reference.byteSize - 1), reference.byteSize);
    const isSame = (await sha256Of(bytes)) === reference.sha256;
    return {
      look: { state: isSame ? 'PRESENT' : 'CHANGED', stamp },
      bytes: isSame ? bytes : undefined,
    };
  });
}

/** Opens an image's file after a look. The stream fails, rather than end, when the file changes while it is sent. */
export async function openReferenced(
  reference: Reference,
  range: ByteRange | undefined,
): Promise<{ readonly look: Look; readonly stream: Readable | undefined }> {
  const file = await openFile(reference.path);
  if (file === undefined) return { look: GONE, stream: undefined };
  let stream: Readable | undefined;
  try {
    const stats = await file.stat({ bigint: true });
    const look = stats.isFile() ? await judge(file, stats, reference) : GONE;
    if (look.state !== 'PRESENT') return { look, stream };
    const { start, end } = range ?? { start: 0, end: reference.byteSize - 1 };
    stream = Readable.from(unlessChanged(file, stampOf(stats), start, end));
    // Not by whoever reads it: perhaps nobody ever does.
    stream.once('close', () => void file.close().catch(() => undefined));
    return { look, stream };
  } catch (error) {
    throwUnlessGone(error);
    return { look: GONE, stream: undefined };
  } finally {
    if (stream === undefined) await file.close();
  }
}

/**
 * Reads a file that is to be referred to.
 *
 * @throws RejectedImageError when it changes meanwhile; what the file system says when it cannot be read
 */
export async function readToRefer(
  file: string,
  maxBytes: number,
): Promise<FoundFile & { readonly bytes: Buffer }> {
  const path = await realpath(file);
  const handle = await open(path, READ_PLAINLY);
  try {
    const before = await handle.stat({ bigint: true });
    const bytes = await readBounded(piecesOf(handle, 0, maxBytes), maxBytes);
    const after = await handle.stat({ bigint: true });
    if (stampOf(before) !== stampOf(after)) {
      throw new RejectedImageError(
        'INVALID_INPUT',
        `${file} changed while it was read. Ingest it again when it is written to its end.`,
      );
    }
    return { path, stamp: settledStamp(after), bytes };
  } finally {
    await handle.close();
  }
}

/** Not through a link, and without waiting for the other end of a pipe. Windows knows neither. */
const READ_PLAINLY =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

/** @returns undefined when there is no such file, or it may not be read */
async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    // Opening a device may do something already.
    if (!(await lstat(path)).isFile()) return undefined;
    return await open(path, READ_PLAINLY);
  } catch (error) {
    throwUnlessGone(error);
    return undefined;
  }
}

async function withFile<T>(
  path: string,
  gone: T,
  use: (file: FileHandle, stats: BigIntStats) => Promise<T>,
): Promise<T> {
  const file = await openFile(path);
  if (file === undefined) return gone;
  try {
    const stats = await file.stat({ bigint: true });
    return stats.isFile() ? await use(file, stats) : gone;
  } catch (error) {
    // A disk that was pulled out, or a network folder that went away.
    throwUnlessGone(error);
    return gone;
  } finally {
    await file.close();
  }
}

function throwUnlessGone(error: unknown): void {
  const code = errorCode(error);
  if (code === undefined || OWN_TROUBLE.has(code)) throw error;
}

async function judge(file: FileHandle, stats: BigIntStats, reference: Reference): Promise<Look> {
  const stamp = settledStamp(stats);
  if (stamp !== null && stamp === reference.stamp && reference.state !== 'MISSING') {
    return { state: reference.state, stamp };
  }
  if (Number(stats.size) !== reference.byteSize) return { state: 'CHANGED', stamp };
  const hash = createHash('sha256');
  for await (const piece of piecesOf(file, 0, reference.byteSize - 1)) hash.update(piece);
  return { state: hash.digest('hex') === reference.sha256 ? 'PRESENT' : 'CHANGED', stamp };
}

async function* unlessChanged(
  file: FileHandle,
  stamp: string,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  // One piece is held back: without it nobody takes the answer for whole.
  let held: Buffer | undefined;
  for await (const piece of piecesOf(file, start, end)) {
    if (held !== undefined) yield held;
    held = piece;
  }
  if (stampOf(await file.stat({ bigint: true })) !== stamp)
    throw new Error('A referenced file changed while it was sent.');
  if (held !== undefined) yield held;
}

/** The bytes from the first to the last, both included, as far as there are any. */
async function* piecesOf(file: FileHandle, first: number, last: number): AsyncGenerator<Buffer> {
  for (let position = first; position <= last;) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, last - position + 1));
    const { bytesRead } = await file.read({ buffer, position });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino].join('.');
}

/** @returns null for a file that is so young that it may change without changing its stamp */
function settledStamp(stats: BigIntStats): string | null {
  const youngest = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
  return Date.now() - youngest > SETTLED_AFTER_MS ? stampOf(stats) : null;
}
