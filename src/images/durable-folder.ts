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
      await ensureFolder(folder);
      await writeSynced(temporary, bytes);
    } catch (error) {
      await discard();
      throw explain(error, options.log);
    }
    return {
      discard,
      async place() {
        try {
          await rename(temporary, pathOf(name)).catch(async (error: unknown) => {
            if (errorCode(error) !== 'ENOENT') throw error;
            // Someone tidied away a folder that we remember as made.
            ensureFolder.forget();
            await ensureFolder(folder);
            await rename(temporary, pathOf(name));
          });
          placed = true;
          await syncFolder(path.join(root, folder));
        } catch (error) {
          // A name needs room as well, now and then.
          throw explain(error, options.log);
        }
      },
    };
  };

  return {
    stage,
    put: (name, bytes, mediaType) => putFile({ stage }, name, bytes, mediaType),
    stat: (name) => describe(root, name),
    read: (name) => readFile(pathOf(name)).catch(undefinedIfMissing),

    async open(name, range) {
      const file = await open(pathOf(name), 'r').catch(undefinedIfMissing);
      return file?.createReadStream(range);
    },

    async delete(names) {
      for (const name of names) await rm(pathOf(name), { force: true });
    },

    list: (prefix) => walk(root, '', prefix),
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

/** A full disk is no surprise that a client should get an error number for. */
function explain(error: unknown, log: Logger): unknown {
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
