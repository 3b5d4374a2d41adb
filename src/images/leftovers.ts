import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorCode } from '../errors.js';

/** Nobody stages a file for this long. */
const LEFTOVER_AFTER_MS = 60 * 60 * 1000;

/** What the name of a temporary file begins with; tells who is writing it. */
export const OWNER = `${hostname()}.${process.pid}`;

/** The temporary files of a folder that crashed processes left half-written. */
export async function* findLeftovers(staging: string): AsyncGenerator<string> {
  for (const name of await readdir(staging)) {
    const modified = await stat(path.join(staging, name)).then(
      (found) => found.mtimeMs,
      () => undefined,
    );
    if (modified !== undefined && isLeftover(name, modified)) yield name;
  }
}

export async function removeLeftovers(staging: string): Promise<void> {
  for await (const name of findLeftovers(staging)) await rm(path.join(staging, name), { force: true });
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
