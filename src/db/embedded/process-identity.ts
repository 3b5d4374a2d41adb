import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../errors.js';

/** Says which process holds the data folder, well enough to tell whether it is still alive. */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** When the kernel started that process, where it tells: a process id is used again, this pair is not. */
  processStart: z.string().nullable(),
  host: z.string(),
  /** The boot and the process namespace that the pid belongs to, where the kernel tells: a container has its own. */
  place: z.string().nullable(),
  since: z.string(),
  command: z.string(),
  /** Unique for each lock. */
  token: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

export function identifyThisProcess(token: string): ProcessIdentity {
  return {
    pid: process.pid,
    processStart: startOf(process.pid)?.start ?? null,
    host: os.hostname(),
    place: thisPlace(),
    since: new Date().toISOString(),
    command: [path.basename(process.argv[1] ?? process.execPath), ...process.argv.slice(2, 3)].join(' '),
    token,
  };
}

/** @returns undefined when this process cannot tell, because the other one runs (or ran) on another machine or in another container */
export function isAlive(other: ProcessIdentity): boolean | undefined {
  if (other.host !== os.hostname()) return undefined;
  const place = thisPlace();
  if (other.place !== place) return undefined;
  const found = startOf(other.pid);
  if (found) return !found.dead && (other.processStart === null || found.start === other.processStart);
  // Without /proc only the pid tells; with it, no entry means no process.
  return place === null && respondsToSignals(other.pid);
}

function respondsToSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function thisPlace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function startOf(pid: number): { readonly start: string; readonly dead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', start = ''] = [fields[0], fields[19]];
    return { start, dead: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
