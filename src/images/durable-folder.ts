import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorCode } from '../errors.js';

/** Written and on the disk, but not under its name yet. */
export interface StagedFile {
  /** Gives the file its name in one step, in the place of what had that name; it survives a power cut. */
  place(): Promise<void>;
  /** Removes the file, unless it was placed. */
  discard(): Promise<void>;
}

/** A folder whose files are whole or not there, whenever the process or the machine stops. */
export interface DurableFolder {
  /** @param name relative, parts separated by `/` */
  pathOf(name: string): string;
  /** Writes a file that is to have this name. */
  stage(name: string, bytes: Uint8Array): Promise<StagedFile>;
  /** @returns whether there was such a file */
  remove(name: string): Promise<boolean>;
}

/** Inside the folder, since a file is renamed in one step only within one file system. */
const STAGING = '.staging';
/** Nobody stages a file for this long. */
const LEFTOVER_AFTER_MS = 60 * 60 * 1000;

/** Opens a folder, makes it where it is missing, and removes what crashed processes left half-written. */
export async function openDurableFolder(root: string): Promise<DurableFolder> {
  const staging = path.join(root, STAGING);
  await mkdir(staging, { recursive: true });
  await syncFolder(path.dirname(root));
  await removeLeftovers(staging);
  const owner = `${hostname()}.${process.pid}`;
  // Folders whose own entry in their parent is known to be on the disk.
  const safe = new Map<string, Promise<void>>();

  const ensureFolder = (name: string): Promise<void> => {
    const known = name === '.' ? Promise.resolve() : safe.get(name);
    if (known !== undefined) return known;
    const made = makeFolder(name);
    safe.set(name, made);
    made.catch(() => safe.delete(name));
    return made;
  };
  const makeFolder = async (name: string) => {
    const parent = path.dirname(name);
    await ensureFolder(parent);
    await mkdir(path.join(root, name), { recursive: true });
    // Even when it was there: whoever made it may not have come so far.
    await syncFolder(path.join(root, parent));
  };

  return {
    pathOf: (name) => path.join(root, name),

    async stage(name, bytes) {
      const folder = path.dirname(name);
      const temporary = path.join(staging, `${owner}.${randomUUID()}`);
      let placed = false;
      const discard = async () => {
        if (!placed) await rm(temporary, { force: true });
      };
      try {
        await ensureFolder(folder);
        const file = await open(temporary, 'wx');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
      } catch (error) {
        await discard();
        throw error;
      }
      return {
        discard,
        async place() {
          await rename(temporary, path.join(root, name)).catch(async (error: unknown) => {
            if (errorCode(error) !== 'ENOENT') throw error;
            // Someone tidied away a folder that we remember as made.
            safe.clear();
            await ensureFolder(folder);
            await rename(temporary, path.join(root, name));
          });
          placed = true;
          await syncFolder(path.join(root, folder));
        },
      };
    },

    async remove(name) {
      try {
        await rm(path.join(root, name));
        return true;
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return false;
        throw error;
      }
    },
  };
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

async function removeLeftovers(staging: string): Promise<void> {
  for (const name of await readdir(staging)) {
    const file = path.join(staging, name);
    const modified = await stat(file).then(
      (found) => found.mtimeMs,
      () => undefined,
    );
    if (modified !== undefined && isLeftover(name, modified)) await rm(file, { force: true });
  }
}

/** Other processes, of other machines even, may be writing to the folder at this moment: theirs must stay. */
function isLeftover(name: string, modifiedMs: number): boolean {
  const now = Date.now();
  if (now - modifiedMs > LEFTOVER_AFTER_MS) return true;
  const [, host, pid] = /^(.*)\.(\d+)\.[^.]+$/.exec(name) ?? [];
  if (host !== hostname()) return false;
  // In a container every process has the same number after a restart.
  if (Number(pid) === process.pid) return modifiedMs < now - process.uptime() * 1000;
  return !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
