import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { PREPROCESSING_VERSION } from './preprocessing.js';

/**
 * Identifies everything that an embedding depends on: the files, the dtype and the version of the preprocessing. The
 * same files give the same fingerprint wherever they lie.
 *
 * @param files paths from the folder, sorted
 * @returns SHA-256 in hexadecimal
 */
export async function fingerprintOf(
  folder: string,
  files: readonly string[],
  dtype: string,
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0${await hashFile(path.join(folder, file))}\n`);
  return hash.update(`dtype\0${dtype}\npreprocessing\0${PREPROCESSING_VERSION}\n`).digest('hex');
}

/** Read in pieces of a megabyte, with the event loop free in between: weights can be gigabytes. */
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  const pieces: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1024 * 1024 });
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
