import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, OperatorError } from '../../errors.js';
import type { Logger } from '../../log.js';
import { identifyThisProcess, isAlive, processIdentity, type ProcessIdentity } from './process-identity.js';

/** The embedded database has no lock of its own, and two processes on one folder destroy each other's data. */
export interface FolderLock {
  release(): Promise<void>;
}

export const LOCK_FILE = 'pictograph.lock';
const HEARTBEAT_MS = 10_000;
/** A holder that cannot be looked up counts as dead when its file did not change for so long. */
const SILENCE_MS = 35_000;
/** Far more than it takes to lose a race a few times. */
const MAX_ATTEMPTS = 100;

export interface LockOptions {
  readonly folder: string;
  readonly log: Logger;
  /** Another process took the lock over, because this one said nothing for too long: it must not write any more. */
  readonly onLost: (reason: Error) => void;
  readonly silenceMs?: number;
}

/**
 * Takes the folder for this process. A lock that a dead process left is taken over, by one of those who try.
 *
 * @throws OperatorError when another process has it
 */
export async function lockFolder(options: LockOptions): Promise<FolderLock> {
  const file = path.join(options.folder, LOCK_FILE);
  const mine = identifyThisProcess(randomUUID());
  const draft = `${file}.draft-${mine.token}`;
  await writeFile(draft, JSON.stringify(mine, undefined, 2), { flag: 'wx' });
  try {
    for (let attempt = 1; !(await tryToTake(file, draft, options)); attempt++) {
      if (attempt === MAX_ATTEMPTS) throw takeoverFailed(file);
    }
  } finally {
    await rm(draft, { force: true });
  }
  await removeLeftovers(options.folder, mine.token);

  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS);
  heartbeat.unref();
  const beat = async (): Promise<void> => {
    const holder = await readHolder(file);
    if (holder?.token === mine.token) {
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined);
      return;
    }
    clearInterval(heartbeat);
    options.onLost(new Error(`${file} is no longer this process's lock`));
  };
  return {
    async release() {
      clearInterval(heartbeat);
      if ((await readHolder(file))?.token === mine.token) await rm(file, { force: true });
    },
  };
}

/** @returns false when the state changed meanwhile, so that it has to be looked at again */
async function tryToTake(file: string, draft: string, options: LockOptions): Promise<boolean> {
  if (await linkIfAbsent(draft, file)) return true;
  const holder = await findDead(file, options);
  if (!holder) return false;
  options.log.warn({ holder }, 'Taking over the data folder from a process that is dead');

  // Several processes may have found the same dead one: the one that creates the file named by the dead lock's token
  // replaces the lock, in one step, so that there is no moment without one.
  const claim = `${file}.claim-${holder.token}`;
  if (!(await linkIfAbsent(draft, claim))) {
    await delay(50);
    return false;
  }
  // A claim that is made after the lock changed hands is a claim on something that no longer exists.
  const unchanged = (await readHolder(file))?.token === holder.token;
  if (unchanged) await rename(draft, file);
  await rm(claim, { force: true });
  return unchanged;
}

/**
 * @returns the holder when it is certainly dead; undefined when the lock vanished meanwhile
 * @throws OperatorError when it is alive
 */
async function findDead(file: string, options: LockOptions): Promise<ProcessIdentity | undefined> {
  const holder = await readHolder(file);
  if (!holder) return undefined;
  const alive = isAlive(holder);
  if (alive === false || (alive === undefined && (await isFromBeforeBoot(file, holder)))) return holder;
  if (alive === true || (await changesWithin(file, options, holder)))
    throw folderInUse(options.folder, holder);
  return holder;
}

/** Whether the machine was started again since the holder's last sign of life: the usual case after a power cut. */
async function isFromBeforeBoot(file: string, holder: ProcessIdentity): Promise<boolean> {
  if (holder.host !== os.hostname()) return false;
  const lastSign = (await stat(file).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
  return lastSign < Date.now() - os.uptime() * 1000 && lastSign < Date.now() - SILENCE_MS;
}

/** Whether the holder shows a sign of life, for when its process cannot be looked up from here. */
async function changesWithin(file: string, options: LockOptions, holder: ProcessIdentity): Promise<boolean> {
  const { silenceMs = SILENCE_MS, log } = options;
  log.warn(
    { holder, seconds: Math.ceil(silenceMs / 1000) },
    'The data folder was locked on another machine or in another container: waiting to see whether that process is alive',
  );
  const modified = async (): Promise<number> => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
  const before = await modified();
  const end = performance.now() + silenceMs;
  while (performance.now() < end) {
    await delay(Math.min(500, silenceMs));
    if ((await modified()) !== before) return (await readHolder(file))?.token === holder.token;
  }
  return false;
}

/** Creates `file` with the draft's whole content, or not at all. */
async function linkIfAbsent(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
  }
  // A file system without hard links: exclusive as well, but the content comes a moment later.
  try {
    await writeFile(file, await readFile(draft), { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns undefined when there is no such file */
async function readHolder(file: string): Promise<ProcessIdentity | undefined> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const parsed = processIdentity.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  // Half written, or not ours: nobody can be looked up, only watched.
  const unknown = {
    pid: 1,
    processStart: null,
    host: '(unknown)',
    place: null,
    since: '(unknown)',
    command: '(unknown)',
  };
  return { ...unknown, token: 'unreadable' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Drafts and claims of processes that died while they tried. */
async function removeLeftovers(folder: string, token: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${LOCK_FILE}.`) || name.includes(token)) continue;
    const file = path.join(folder, name);
    const maker = await readHolder(file).catch(() => undefined);
    if (maker && isAlive(maker) === false) await rm(file, { force: true });
  }
}

function folderInUse(folder: string, holder: ProcessIdentity): OperatorError {
  return new OperatorError(
    `The data folder ${folder} is in use by process ${holder.pid} on ${holder.host} (${holder.command}), since ` +
      `${holder.since}. The embedded database works for one process at a time: stop that process, choose another ` +
      'folder with PICTOGRAPH_DATA, or set DATABASE_URL to a PostgreSQL server, which any number of processes can share. ' +
      `If no such process exists, delete ${path.join(folder, LOCK_FILE)}.`,
  );
}

function takeoverFailed(file: string): OperatorError {
  return new OperatorError(
    `The lock ${file} belongs to a process that is dead, and another process that was about to take it over died as ` +
      `well. Make sure that no Pictograph uses this folder, then delete ${file} and the files that begin with its name.`,
  );
}
