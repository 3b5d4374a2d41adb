import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.js';

/** A file that may be an image. */
export interface FoundFile {
  readonly path: string;
  /** Named on the command line or with an image's extension: then it is a mistake when it is no image. */
  readonly expected: boolean;
}

const IMAGE_EXTENSIONS = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .avif .gif .tif .tiff .svg .heic .heif .bmp'.split(' '),
);

/**
 * Files of the given paths, folders walked in the order of the file system, one at a time, so that a folder of any size
 * takes no memory. Hidden files and folders are left out. A link to a folder is not followed (it may be a loop); a
 * link to a file is.
 *
 * @throws OperatorError when a given path does not exist
 */
export async function* walk(paths: readonly string[]): AsyncGenerator<FoundFile> {
  for (const given of paths) {
    const found = await stat(given).catch(() => undefined);
    if (found === undefined) throw new OperatorError(`There is no file or folder ${given}.`, 66);
    if (found.isDirectory()) yield* walkFolder(given);
    else yield { path: given, expected: true };
  }
}

async function* walkFolder(folder: string): AsyncGenerator<FoundFile> {
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* walkFolder(full);
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(full)))) {
      yield { path: full, expected: IMAGE_EXTENSIONS.has(path.extname(entry.name).toLowerCase()) };
    }
  }
}

async function isFile(link: string): Promise<boolean> {
  const target = await stat(link).catch(() => undefined);
  return target?.isFile() ?? false;
}
