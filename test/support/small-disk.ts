import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/**
 * A disk of few bytes at a folder, seen only by programs that are started through it: it needs nobody's rights where
 * users may have namespaces of their own, and vanishes with the process that holds it.
 */
export interface SmallDisk {
  /** What starts a command that sees the disk. */
  readonly through: readonly string[];
  /** The same file or folder, as it is seen from here. */
  seen(path: string): string;
  /** Makes it as large as this. */
  resize(size: string): void;
  remove(): Promise<void>;
}

/** How to get a namespace for mounts: root may have one, others need one for users as well. */
const NAMESPACES = [
  { unshare: ['--mount'], enter: ['--mount'] },
  {
    unshare: ['--user', '--map-root-user', '--mount'],
    enter: ['--user', '--preserve-credentials', '--mount'],
  },
] as const;

const usable = NAMESPACES.find(
  ({ unshare }) =>
    spawnSync('unshare', [...unshare, 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt']).status === 0,
);

/** Why there are no small disks here; undefined where there are. */
export const noSmallDisk =
  usable === undefined
    ? 'unshare and mount may not be used here (Linux, root or user namespaces)'
    : undefined;

/**
 * @param folder where it is mounted: its name, and nothing that is in it
 * @param size as mount has it: `2m`
 */
export async function makeSmallDisk(folder: string, size: string): Promise<SmallDisk> {
  if (usable === undefined) throw new Error(noSmallDisk);
  const holder = spawn('unshare', [
    ...usable.unshare,
    ...['sh', '-c', 'mount -t tmpfs -o size="$2",mode=700 none "$1" && echo mounted && exec cat'],
    ...['sh', folder, size],
  ]);
  const ended = once(holder, 'close');
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => {
      throw new Error('The disk could not be mounted.');
    }),
  ]);
  const pid = String(holder.pid);
  const within = ['--target', pid, ...usable.enter];
  return {
    through: ['nsenter', ...within],
    seen: (file) => path.join('/proc', pid, 'root', file),
    resize(wanted) {
      execFileSync('nsenter', [...within, 'mount', '-o', `remount,size=${wanted}`, folder]);
    },
    async remove() {
      holder.stdin.end();
      await ended;
    },
  };
}
