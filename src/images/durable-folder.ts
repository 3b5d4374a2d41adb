import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, RequestError } from '../errors.js';
import { isFullDisk } from '../full-disk.js';
import type { Logger } from '../log.js';
import { putFile, type FileStore, type StagedFile, type StoredFile } from './file-store.js';
import { findLeftovers, OWNER, removeLeftovers } from './leftovers.js';

/** Inside the folder, since a file is renamed in one step only within one file system. */
const STAGING = '.staging';

/**
 * A folder whose files are whole or not there, whenever the process or the machine stops: written beside their place,
 * synced, renamed, and their folder synced. Made where it is missing.
 *
 * A folder that is there when it is opened and away later, because its disk is not mounted any more, is no folder without
 * files: whoever asks is told UNAVAILABLE, and nothing is written to what lies below the mount.
 *
 * @param options.tidy removes what crashed processes left half-written
 */
export async function openDurableFolder(
  root: string,
  options: { readonly tidy: boolean; readonly log: Logger },
): Promise<FileStore> {
  const staging = path.join(root, STAGING);
  await mkdir(staging, { recursive: true });
  await syncFolder(path.dirname(root));
  if (options.tidy) await removeLeftovers(staging);
  const ensureFolder = folderMaker(root);
  const pathOf = (name: string) => path.join(root, name);

  const stage = async (name: string, bytes: Uint8Array): Promise<StagedFile> => {
    const folder = path.dirname(name);
    const temporary = path.join(staging, `${OWNER}.${randomUUID()}`);
    let placed = false;
    const discard = async () => {
      if (!placed) await rm(temporary, { force: true });
    };
    try {
      // First: what makes folders would make all of them anew where the disk was mounted.
      await writeSynced(temporary, bytes);
      await ensureFolder(folder);
    } catch (error) {
      await discard();
      throw await explain(error, root, options.log);
    }
    return {
      discard,
      async place() {
        try {
          await rename(temporary, pathOf(name)).catch(async (error: unknown) => {
            if (errorCode(error) !== 'ENOENT') throw error;
            if (!(await isThere(root))) throw error;
            // Someone tidied away a folder that we remember as made.
            ensureFolder.forget();
            await ensureFolder(folder);
            await rename(temporary, pathOf(name));
          });
          placed = true;
          await syncFolder(path.join(root, folder));
        } catch (error) {
          // A name needs room as well, now and then.
          throw await explain(error, root, options.log);
        }
      },
    };
  };

  /** That a file is missing is only known while its folder is there. */
  const orMissing = async <T>(looked: Promise<T | undefined>): Promise<T | undefined> => {
    const found = await looked;
    if (found === undefined && !(await isThere(root))) throw away(root, options.log);
    return found;
  };

  return {
    stage,
    put: (name, bytes, mediaType) => putFile({ stage }, name, bytes, mediaType),
    stat: (name) => orMissing(describe(root, name)),
    read: (name) => orMissing(readFile(pathOf(name)).catch(undefinedIfMissing)),

    async open(name, range) {
      const file = await orMissing(open(pathOf(name), 'r').catch(undefinedIfMissing));
      return file?.createReadStream(range);
    },

    async delete(names) {
      for (const name of names) await rm(pathOf(name), { force: true });
    },

    async *list(prefix) {
      if (!(await isThere(root))) throw away(root, options.log);
      yield* walk(root, '', prefix);
    },
    leftovers: () => findLeftovers(staging),
    removeLeftover: (name) => rm(path.join(staging, path.basename(name)), { force: true }),
  };
}

/** Makes folders whose own entry in their parent is on the disk; knows which ones are. */
function folderMaker(root: string): ((name: string) => Promise<void>) & { forget(): void } {
  const safe = new Map<string, Promise<void>>();
  const make = async (name: string) => {
    const parent = path.dirname(name);
    await ensure(parent);
    await mkdir(path.join(root, name), { recursive: true });
    // Even when it was there: whoever made it may not have come so far.
    await syncFolder(path.join(root, parent));
  };
  const ensure = (name: string): Promise<void> => {
    const known = name === '.' ? Promise.resolve() : safe.get(name);
    if (known !== undefined) return known;
    const made = make(name);
    safe.set(name, made);
    made.catch(() => safe.delete(name));
    return made;
  };
  return Object.assign(ensure, {
    forget() {
      safe.clear();
    },
  });
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a new or changed entry of a folder survive a power cut; Windows has no such call and does it by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function describe(root: string, name: string): Promise<StoredFile | undefined> {
  const found = await stat(path.join(root, name)).catch(undefinedIfMissing);
  return found && { name, size: found.size, modifiedAt: found.mtime };
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<StoredFile> {
  const entries: Dirent[] =
    (await readdir(path.join(root, folder), { withFileTypes: true }).catch(undefinedIfMissing)) ?? [];
  for (const entry of entries) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (name === STAGING) continue;
    if (entry.isDirectory()) {
      const inside = `${name}/`;
      if (inside.startsWith(prefix) || prefix.startsWith(inside)) yield* walk(root, name, prefix);
    } else if (entry.isFile() && name.startsWith(prefix)) {
      const file = await describe(root, name);
      if (file !== undefined) yield file;
    }
  }
}

/** Whether a folder that was opened before is not away: the one for half-written files is always in it. */
async function isThere(root: string): Promise<boolean> {
  return (await stat(path.join(root, STAGING)).catch(undefinedIfMissing)) !== undefined;
}

function away(root: string, log: Logger, cause?: unknown): RequestError {
  log.error({ folder: root, err: cause }, 'The folder of images is away: is its disk mounted?');
  return new RequestError(
    'UNAVAILABLE',
    "The server's folder for images is away, so nothing can be read from it or stored in it. Try again when whoever operates it has brought it back.",
    { cause },
  );
}

/** A full disk, or one that is away, is no surprise that a client should get an error number for. */
async function explain(error: unknown, root: string, log: Logger): Promise<unknown> {
  if (errorCode(error) === 'ENOENT' && !(await isThere(root))) return away(root, log, error);
  if (!isFullDisk(error) && errorCode(error) !== 'EROFS') return error;
  log.error({ err: error }, 'The storage of images cannot be written to');
  return new RequestError(
    'UNAVAILABLE',
    "The server's disk for images is full or may not be written to, so nothing was stored. Try again when whoever operates it has made room.",
    { cause: error },
  );
}

function undefinedIfMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
