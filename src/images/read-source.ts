import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Limits } from '../config.js';
import type { FetchPolicy } from './address-guard.js';
import { decodeBase64 } from './base64.js';
import { errorCode, RequestError } from '../errors.js';
import { deriveFilename, filenameOfUrl } from './filename.js';
import { RejectedImageError, type ByteSource } from './images.js';
import { createMemoryBudget } from '../memory-budget.js';
import { readBounded, tooLarge } from './read-bounded.js';
import { readToRefer, type FoundFile } from './referenced-file.js';

/** Reads the bytes of sources, within the limits and a budget of memory that all of them share. */
export interface SourceReader {
  /**
   * @param use gets the bytes; until its promise settles they count against the budget
   * @throws RejectedImageError when the source is not to be read; whatever `use` throws
   */
  withBytes<T>(source: ByteSource, use: (bytes: Buffer) => Promise<T>): Promise<T>;
  /** The same for a file that is to be referred to; `use` gets to know where it lies as well. */
  withReference<T>(file: string, use: (bytes: Buffer, found: FoundFile) => Promise<T>): Promise<T>;
}

export interface SourceReaderOptions {
  readonly limits: Limits;
  readonly fetchPolicy: FetchPolicy;
  /** Milliseconds without a byte until an upload counts as cut off. */
  readonly uploadIdleMs: number;
}

/** The largest files that are read at once; many more small ones. */
const LARGEST_FILES_AT_ONCE = 4;

export function createSourceReader({ limits, fetchPolicy, uploadIdleMs }: SourceReaderOptions): SourceReader {
  const maxBytes = limits.imageBytes;
  const memory = createMemoryBudget(LARGEST_FILES_AT_ONCE * maxBytes);

  const readAll = async (source: ByteSource, reserve: (bytes: number) => Promise<void>): Promise<Buffer> => {
    switch (source.kind) {
      case 'url': {
        // Its client takes a tenth of a second of a core to load, which every start would spend and few need.
        const { fetchUrl } = await import('./fetch-url.js');
        return fetchUrl(source.url, { limits, policy: fetchPolicy, reserve });
      }
      case 'base64':
        await reserve(Math.min(source.base64.length, maxBytes));
        return decodeBase64(source.base64, maxBytes);
      case 'stream': {
        // An upload's turn in the request comes when it comes: memory is not held for it before.
        const stream = await openUpload(source.open);
        await reserve(maxBytes);
        return readUpload(stream, maxBytes, uploadIdleMs);
      }
      case 'file': {
        const size = await sizeOfFile(source.path);
        if (size > maxBytes) throw tooLarge(maxBytes);
        await reserve(size);
        return readWhole(source.path, maxBytes);
      }
    }
  };

  return {
    async withBytes(source, use) {
      let release: (() => void) | undefined;
      try {
        const bytes = await readAll(source, async (wanted) => {
          release = await memory.reserve(wanted);
        });
        return await use(bytes);
      } finally {
        release?.();
      }
    },

    async withReference(file, use) {
      const size = await sizeOfFile(file);
      if (size > maxBytes) throw tooLarge(maxBytes);
      const release = await memory.reserve(size);
      try {
        const { bytes, ...found } = await orUnreadable(file, () => readToRefer(file, maxBytes));
        return await use(bytes, found);
      } finally {
        release();
      }
    },
  };
}

/** The file name that a source brings along, cleaned; null when there is none. */
export function filenameOfSource(source: ByteSource): string | null {
  switch (source.kind) {
    case 'url':
      return deriveFilename(URL.canParse(source.url) ? filenameOfUrl(new URL(source.url)) : undefined);
    case 'base64':
      return null;
    case 'stream':
      return deriveFilename(source.filename);
    case 'file':
      return deriveFilename(path.basename(source.path));
  }
}

async function openUpload(open: () => Promise<Readable>): Promise<Readable> {
  try {
    const stream = await open();
    // While memory is waited for, nobody reads: an error that comes then is read later and must not be uncaught now.
    stream.on('error', () => undefined);
    return stream;
  } catch (error) {
    throw isTold(error) ? error : incompleteUpload(error);
  }
}

async function readUpload(stream: Readable, maxBytes: number, idleMs: number): Promise<Buffer> {
  // Whoever stops sending in the middle would otherwise hold memory for as long as the connection lives.
  const idle = setTimeout(() => {
    stream.destroy(new Error(`No bytes for ${idleMs} ms`));
  }, idleMs);
  const watched = async function* () {
    for await (const chunk of stream) {
      idle.refresh();
      yield chunk as unknown;
    }
  };
  try {
    return await readBounded(watched(), maxBytes);
  } catch (error) {
    throw isTold(error) ? error : incompleteUpload(error);
  } finally {
    clearTimeout(idle);
  }
}

/** Whoever opened the upload knows what went wrong. */
function isTold(error: unknown): boolean {
  return error instanceof RejectedImageError || error instanceof RequestError;
}

function incompleteUpload(cause: unknown): RejectedImageError {
  return new RejectedImageError(
    'UPLOAD_INCOMPLETE',
    'The upload ended before the file was whole. Nothing of it was kept: send it again.',
    { cause },
  );
}

async function sizeOfFile(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw unreadableFile(file, error);
  });
  // A pipe or a device could be read from for ever.
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'is a folder' : 'is no regular file';
    throw new RejectedImageError('INVALID_INPUT', `${file} ${what}. Name an image file.`);
  }
  // Files that the system makes up have no size and may have no end: they would be waited for.
  if (found.size === 0) throw new RejectedImageError('EMPTY', `${file} has no bytes. Name an image file.`);
  return found.size;
}

/** In one piece: gathered from a stream's, a photograph would be in memory twice. */
async function readWhole(file: string, maxBytes: number): Promise<Buffer> {
  return orUnreadable(file, async () => {
    const handle = await open(file);
    try {
      // It may have become another since it was looked at; as large as it is now, it ends.
      const found = await handle.stat();
      if (!found.isFile())
        throw new RejectedImageError('INVALID_INPUT', `${file} is no regular file any more.`);
      if (found.size > maxBytes) throw tooLarge(maxBytes);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  });
}

async function orUnreadable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof RejectedImageError ? error : unreadableFile(file, error);
  }
}

function unreadableFile(file: string, cause: unknown): RejectedImageError {
  return new RejectedImageError(
    'INVALID_INPUT',
    `${file} cannot be read (${errorCode(cause) ?? 'unknown cause'}). Check that it exists and may be read.`,
    { cause },
  );
}
