import type { Readable } from 'node:stream';

/** A file of a store, whether it is a file on a disk or an object in a bucket. */
export interface StoredFile {
  readonly name: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Safely kept, but perhaps not under its name yet. */
export interface StagedFile {
  /**
   * Makes sure that the file is under its name, in the place of what had that name. Whoever might remove files of that name
   * must be locked out, from before this call until whatever needs the file is committed.
   */
  place(): Promise<void>;
  /** Tidies up, unless the file was placed. */
  discard(): Promise<void>;
}

/**
 * Files by name: relative, parts separated by `/`. A file is whole or not there, and what was acknowledged survives a
 * crash. A storage that cannot do what it is asked fails with a RequestError UNAVAILABLE, and has logged why.
 */
export interface FileStore {
  /** Keeps the bytes of a file that is to have this name: the slow part, for before a lock is taken. */
  stage(name: string, bytes: Uint8Array, mediaType: string): Promise<StagedFile>;
  /** `stage` and `place` for a name that nobody contends for. */
  put(name: string, bytes: Uint8Array, mediaType: string): Promise<void>;
  /** @returns undefined when there is no such file */
  stat(name: string): Promise<StoredFile | undefined>;
  /** @returns undefined when there is no such file */
  read(name: string): Promise<Buffer | undefined>;
  /** @param range within the file; without it, all of it. @returns undefined when there is no such file */
  open(name: string, range?: ByteRange): Promise<Readable | undefined>;
  /** What is not there is no error. */
  delete(names: readonly string[]): Promise<void>;
  /** The files whose names begin so, in no particular order; reads ahead a page at most. */
  list(prefix: string): AsyncIterable<StoredFile>;
  /** What crashed processes left half-written. */
  leftovers(): AsyncIterable<string>;
  removeLeftover(name: string): Promise<void>;
}

export async function putFile(
  store: Pick<FileStore, 'stage'>,
  name: string,
  bytes: Uint8Array,
  mediaType: string,
): Promise<void> {
  const staged = await store.stage(name, bytes, mediaType);
  try {
    await staged.place();
  } finally {
    await staged.discard();
  }
}
