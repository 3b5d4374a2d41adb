import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { errorCode } from '../errors.js';

/** An image as it was added: the content tells whether a number still means the same image. */
export interface LedgerImage {
  readonly id: number;
  readonly sha256: string;
}

/**
 * Which images came from a watched folder, and from which of its files: only these may go when their files go. Kept in a file, so
 * that what was deleted while nobody watched is noticed as well. What a crash keeps from being written down is an image too
 * many, never one too few.
 */
export interface WatchLedger {
  /** The files of the folder whose images are ours. */
  readonly files: ReadonlyMap<string, LedgerImage>;
  /** The files of an image. */
  filesOf(id: number): ReadonlySet<string>;
  /**
   * Notes what a file was taken as. A duplicate of an image that came from elsewhere is none of ours.
   *
   * @returns the image that the file was before, if no other file has it
   */
  take(file: string, image: LedgerImage, isNew: boolean): LedgerImage | undefined;
  forget(file: string): void;
  close(): void;
}

/** In the data folder: one file for each folder that is watched. */
export const LEDGER_FOLDER = 'watches';

const line = z.object({ file: z.string(), id: z.int().optional(), sha256: z.string().optional() });

/** @param folder as it was given: the paths of its files begin with it */
export async function openLedger(dataFolder: string, folder: string): Promise<WatchLedger> {
  const key = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const place = path.join(dataFolder, LEDGER_FOLDER, `${key}.jsonl`);
  await mkdir(path.dirname(place), { recursive: true });
  const files = await readLedger(place, folder);
  // Shorter than it was: what was forgotten since is left out. Whole or not at all.
  const lines = [...files].map(([file, image]) => lineOf(folder, file, image)).join('');
  await writeFile(`${place}.new`, lines);
  await rename(`${place}.new`, place);
  const fd = openSync(place, 'a');

  const byImage = new Map<number, Set<string>>();
  const filesOf = (id: number): Set<string> => byImage.get(id) ?? new Set();
  const link = (file: string, { id }: LedgerImage) => {
    byImage.set(id, filesOf(id).add(file));
  };
  const unlink = (file: string, { id }: LedgerImage) => {
    const left = filesOf(id);
    left.delete(file);
    if (left.size === 0) byImage.delete(id);
  };
  for (const [file, image] of files) link(file, image);

  const forget = (file: string) => {
    const image = files.get(file);
    if (image === undefined) return;
    files.delete(file);
    unlink(file, image);
    writeSync(fd, lineOf(folder, file));
  };
  return {
    files,
    filesOf,
    take(file, image, isNew) {
      const before = files.get(file);
      if (before?.id === image.id) return undefined;
      if (isNew || byImage.has(image.id)) {
        if (before !== undefined) unlink(file, before);
        files.set(file, image);
        link(file, image);
        writeSync(fd, lineOf(folder, file, image));
      } else forget(file);
      return before !== undefined && !byImage.has(before.id) ? before : undefined;
    },
    forget,
    close() {
      closeSync(fd);
    },
  };
}

async function readLedger(place: string, folder: string): Promise<Map<string, LedgerImage>> {
  const files = new Map<string, LedgerImage>();
  const text = await readFile(place, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  // What follows the last newline was cut off by a crash.
  for (const each of text.split('\n').slice(0, -1)) {
    const { file, id, sha256 } = line.parse(JSON.parse(each));
    if (id === undefined || sha256 === undefined) files.delete(path.join(folder, file));
    else files.set(path.join(folder, file), { id, sha256 });
  }
  return files;
}

function lineOf(folder: string, file: string, image?: LedgerImage): string {
  return `${JSON.stringify({ file: path.relative(folder, file), ...image })}\n`;
}
