import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { assertSha256 } from './content-hash.js';
import { openDurableFolder, type DurableFolder, type StagedFile } from './durable-folder.js';
import { errorCode } from '../errors.js';
import { createThumbnails, type Thumbnails } from './thumbnails.js';

/** The files of the collection, named by the SHA-256 of the original's bytes: the same bytes are one file. */
export interface ImageStorage {
  readonly originals: Originals;
  readonly thumbnails: Thumbnails;
  /** Removes an image's original and thumbnails; what is not there is no error. */
  remove(sha256: string): Promise<void>;
}

interface Originals {
  path(sha256: string): string;
  /** @returns undefined when there is no such file */
  read(sha256: string): Promise<Buffer | undefined>;
  /** Whether the file is there with all its bytes. */
  isWhole(sha256: string, byteSize: number): Promise<boolean>;
  /** Writes the bytes to the disk; only `place` makes them the original, also over a damaged one. */
  stage(sha256: string, bytes: Uint8Array): Promise<StagedFile>;
}

/** Opens, and where needed makes, the folders `originals` and `thumbnails` of the data folder. */
export async function openStorage(dataFolder: string): Promise<ImageStorage> {
  const [originalFiles, thumbnailFiles] = await Promise.all([
    openDurableFolder(path.join(dataFolder, 'originals')),
    openDurableFolder(path.join(dataFolder, 'thumbnails')),
  ]);
  const originals = createOriginals(originalFiles);
  const thumbnails = createThumbnails(thumbnailFiles, originals);
  return {
    originals,
    thumbnails,
    async remove(sha256) {
      await originalFiles.remove(originalName(sha256));
      await thumbnails.remove(sha256);
    },
  };
}

function createOriginals(files: DurableFolder): Originals {
  const pathOf = (sha256: string) => files.pathOf(originalName(sha256));
  return {
    path: pathOf,
    async read(sha256) {
      return readFile(pathOf(sha256)).catch(undefinedIfMissing);
    },
    async isWhole(sha256, byteSize) {
      const found = await stat(pathOf(sha256)).catch(undefinedIfMissing);
      return found?.size === byteSize;
    },
    async stage(sha256, bytes) {
      return files.stage(originalName(sha256), bytes);
    },
  };
}

/** Two levels of folders, so that none grows slow: 10 million images make 150 files in each. */
function originalName(sha256: string): string {
  assertSha256(sha256);
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

function undefinedIfMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
