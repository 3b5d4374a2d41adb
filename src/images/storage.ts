import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { StorageConfig } from '../storage-config.js';
import { OperatorError, errorCode } from '../errors.js';
import type { Logger } from '../log.js';
import { assertSha256, isSha256 } from './content-hash.js';
import { openDurableFolder } from './durable-folder.js';
import type { ByteRange, FileStore, StagedFile } from './file-store.js';
import { createThumbnails, type Thumbnails } from './thumbnails.js';

/**
 * The files of the collection, named by the SHA-256 of the original's bytes: the same bytes are one file, and no row has
 * to know where it is kept.
 */
export interface ImageStorage {
  /** Where the files are, for people. */
  readonly location: string;
  readonly originals: Originals;
  readonly thumbnails: Thumbnails;
  /** Removes originals and thumbnails of these contents; what is not there is no error. */
  remove(sha256s: readonly string[]): Promise<void>;
  /** What crashed processes left half-written: names for people, and how to remove each. */
  leftovers(): AsyncIterable<{ readonly name: string; remove(): Promise<void> }>;
  close(): void;
}

export interface StoredOriginal {
  readonly sha256: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

interface Originals {
  /** @returns undefined when there is no such file */
  read(sha256: string): Promise<Buffer | undefined>;
  /** @returns undefined when there is no such file */
  open(sha256: string, range?: ByteRange): Promise<Readable | undefined>;
  /** Whether the file is there with all its bytes. */
  isWhole(sha256: string, byteSize: number): Promise<boolean>;
  /** Keeps the bytes; only `place` makes sure that they are the original, also over a damaged one. */
  stage(sha256: string, bytes: Uint8Array, mediaType: string): Promise<StagedFile>;
  /** @param pair the first two digits of the hashes; empty: all */
  list(pair: string): AsyncIterable<StoredOriginal>;
}

/**
 * Opens the storage that the configuration names: the folders `originals` and `thumbnails` of the data folder, made where
 * they are missing, or such prefixes in a bucket.
 *
 * @param options.tidy whether to remove what crashed processes left half-written; yes unless told otherwise
 * @param options.holdsOriginals whether there should be originals already, so that a disk that is not mounted is told from a
 *   new folder
 * @throws OperatorError when a bucket cannot be reached, or the folder of originals is away
 */
export async function openStorage(
  config: StorageConfig,
  log: Logger,
  options: { readonly tidy?: boolean; readonly holdsOriginals?: () => Promise<boolean> } = {},
): Promise<ImageStorage> {
  if (config.kind === 's3') {
    // Only who uses it waits until the SDK is loaded.
    const { openBucket } = await import('./s3-storage.js');
    const bucket = await openBucket(config, log);
    const stores = { originals: bucket.store('originals'), thumbnails: bucket.store('thumbnails') };
    return createStorage(`s3://${config.bucket}/${config.prefix}`, stores, () => {
      bucket.close();
    });
  }
  const { tidy = true, holdsOriginals = () => Promise.resolve(false) } = options;
  const folder = path.join(config.folder, 'originals');
  if ((await isEmpty(folder)) && (await holdsOriginals())) throw originalsAway(folder);
  const [originals, thumbnails] = await Promise.all([
    openDurableFolder(folder, { tidy, log }),
    openDurableFolder(path.join(config.folder, 'thumbnails'), { tidy, log }),
  ]);
  return createStorage(config.folder, { originals, thumbnails }, () => undefined);
}

/** A folder that was opened here before has at least one for half-written files. */
async function isEmpty(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length === 0,
    (error: unknown) => errorCode(error) === 'ENOENT',
  );
}

function originalsAway(folder: string): OperatorError {
  return new OperatorError(
    `The database has images, but the folder ${folder} with their originals is missing or empty. Is a disk not mounted, or does ` +
      'PICTOGRAPH_DATA or STORAGE_URL name another place than before? Nothing was changed. ' +
      `If the originals are lost for good, say so: mkdir -p ${path.join(folder, '.staging')}`,
  );
}

function createStorage(
  location: string,
  stores: { readonly originals: FileStore; readonly thumbnails: FileStore },
  close: () => void,
): ImageStorage {
  const originals = createOriginals(stores.originals);
  const thumbnails = createThumbnails(stores.thumbnails, originals);
  return {
    location,
    originals,
    thumbnails,
    async remove(sha256s) {
      await stores.originals.delete(sha256s.map(originalName));
      await thumbnails.remove(sha256s);
    },
    async *leftovers() {
      for (const [area, store] of Object.entries(stores)) {
        for await (const name of store.leftovers()) {
          yield { name: `${area}/${name}`, remove: () => store.removeLeftover(name) };
        }
      }
    },
    close,
  };
}

function createOriginals(files: FileStore): Originals {
  return {
    read: async (sha256) => files.read(originalName(sha256)),
    open: async (sha256, range) => files.open(originalName(sha256), range),
    async isWhole(sha256, byteSize) {
      return (await files.stat(originalName(sha256)))?.size === byteSize;
    },
    stage: async (sha256, bytes, mediaType) => files.stage(originalName(sha256), bytes, mediaType),
    async *list(pair) {
      for await (const { name, size, modifiedAt } of files.list(pair === '' ? '' : `${pair}/`)) {
        const sha256 = name.slice(name.lastIndexOf('/') + 1);
        // What someone else has put there is not ours to judge.
        if (isSha256(sha256) && name === originalName(sha256)) yield { sha256, size, modifiedAt };
      }
    },
  };
}

/** Two levels of folders, so that none grows slow: 10 million images make 150 files in each. */
export function originalName(sha256: string): string {
  assertSha256(sha256);
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}
