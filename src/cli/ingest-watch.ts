import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { OperatorError, errorCode, messageOf } from '../errors.js';
import type { IngestItem } from './ingest-item.js';
import { isImageName } from './walk.js';

/** Folders that are watched. */
export interface FolderWatch {
  /** Files that appeared or changed since the watch began and are written to their end; until it is stopped. */
  items(): AsyncGenerator<IngestItem>;
  /** Whether everything that was noticed was given to `items`. */
  isIdle(): boolean;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly folders: readonly string[];
  /** Files and folders that are none of the user's: watching what the work itself writes would never end. */
  readonly ignored: readonly string[];
  readonly stop: AbortSignal;
  /** Is told of files that are no longer under their name. */
  readonly onVanished?: ((file: string) => void) | undefined;
}

/** A file whose size did not change for so long counts as written. One that grows on is taken again when it is whole. */
const SETTLED_AFTER_MS = 2_000;
const SETTLING_POLL_MS = 250;

/**
 * Watches folders with all folders in them, by the rules of the walk: hidden names and links to folders are left out. Resolves
 * when changes are noticed from then on.
 *
 * @throws OperatorError when the system cannot watch so much
 */
export async function watchFolders({
  folders,
  ignored,
  stop,
  onVanished = () => undefined,
}: WatchOptions): Promise<FolderWatch> {
  const roots = await Promise.all(folders.map(async (given) => ({ given, real: await realpath(given) })));
  const unwanted = await Promise.all(ignored.map((each) => realpath(each).catch(() => path.resolve(each))));
  const rootOf = (file: string) =>
    roots.find(({ real }) => file === real || file.startsWith(real + path.sep));
  const changed = new Set<string>();
  let failure: OperatorError | undefined;
  let wake: () => void = () => undefined;

  const isUnwanted = (file: string) => {
    const root = rootOf(file);
    if (root === undefined || file === root.real) return false;
    return path.relative(root.real, file).split(path.sep).some(isHidden) || unwanted.includes(file);
  };

  const watcher = watch(
    roots.map(({ real }) => real),
    {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      awaitWriteFinish: { stabilityThreshold: SETTLED_AFTER_MS, pollInterval: SETTLING_POLL_MS },
      ignored: isUnwanted,
    },
  );
  const asGiven = (file: string) => {
    const root = rootOf(file);
    return root === undefined ? file : path.join(root.given, path.relative(root.real, file));
  };
  const note = (file: string) => {
    changed.add(asGiven(file));
    wake();
  };
  const fail = (error: OperatorError) => {
    failure ??= error;
    wake();
  };
  const stopLooking = noteMissedFiles(watcher, isUnwanted, note);
  watcher.on('add', note);
  watcher.on('change', note);
  watcher.on('unlink', (file) => {
    onVanished(asGiven(file));
  });
  watcher.on('error', (error) => {
    fail(cannotWatch(error));
  });
  watcher.on('unlinkDir', (folder) => {
    const root = roots.find(({ real }) => real === folder);
    if (root === undefined) return;
    fail(new OperatorError(`The watched folder ${root.given} is gone. Start again when it is back.`, 66));
  });
  stop.addEventListener('abort', () => {
    wake();
  });
  const close = () => {
    stopLooking();
    return watcher.close();
  };

  await new Promise<void>((resolve) => {
    wake = resolve;
    watcher.on('ready', resolve);
  });
  const check = async () => {
    if (failure === undefined) return;
    await close();
    throw failure;
  };
  await check();

  return {
    close,
    isIdle: () => changed.size === 0,
    async *items() {
      for (;;) {
        // What is added to a set while it is gone through, is gone through as well.
        for (const file of changed) {
          changed.delete(file);
          yield { path: file, expected: isImageName(file) };
          if (stop.aborted) return;
        }
        await check();
        if (stop.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/**
 * chokidar 5 reads a new folder first and watches it then, so that it never tells of a file that is written in between: whoever
 * makes a folder and copies into it at once would miss some. New folders are read once more when that is over.
 *
 * @returns stops it
 */
function noteMissedFiles(
  watcher: FSWatcher,
  isUnwanted: (file: string) => boolean,
  note: (file: string) => void,
): () => void {
  const folders = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (folder: string, known: ReadonlySet<string>): Promise<void> => {
    // It may be gone again.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (known.has(entry.name) || isUnwanted(file)) continue;
      // What is added by name is watched without a word about what is there.
      watcher.add(file);
      if (entry.isFile()) note(file);
      else if (entry.isDirectory()) await look(file, new Set());
    }
  };
  watcher.on('addDir', (folder) => {
    folders.add(folder);
    timer ??= setTimeout(() => {
      timer = undefined;
      const watched = watcher.getWatched();
      for (const each of folders) void look(each, new Set(watched[each]));
      folders.clear();
    }, SETTLED_AFTER_MS);
  });
  return () => {
    clearTimeout(timer);
  };
}

function isHidden(name: string): boolean {
  return name.startsWith('.');
}

function cannotWatch(error: unknown): OperatorError {
  const code = errorCode(error);
  const advice =
    code === 'ENOSPC' || code === 'EMFILE'
      ? ' The system watches no more folders: raise fs.inotify.max_user_watches and max_user_instances, or set CHOKIDAR_USEPOLLING=true.'
      : '';
  return new OperatorError(`The folders cannot be watched: ${messageOf(error)}.${advice}`, 1, {
    cause: error,
  });
}
