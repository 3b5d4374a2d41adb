import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../errors.js';
import type { Images } from '../images/images.js';
import type { IngestItem, IngestOutcome } from './ingest-item.js';
import type { KeepTrying } from './ingest-patience.js';
import { identityOf } from './walk.js';
import type { LedgerImage, WatchLedger } from './watch-ledger.js';

export interface WatchDeletions {
  /** A file was taken in. */
  take(file: string, image: LedgerImage, isNew: boolean): void;
  /** A file is no longer there, as the system says. */
  vanished(file: string): void;
  /** Looks for files that vanished while nobody watched. */
  compare(): void;
  /** Deletes what is to be deleted, once nothing is left to be taken in, until it is stopped. */
  run(isIdle: () => boolean, stop: AbortSignal): Promise<void>;
}

export interface WatchDeletionsOptions {
  readonly images: Pick<Images, 'byIds' | 'delete'>;
  readonly ledgers: ReadonlyMap<string, WatchLedger>;
  /** All files of the watched folders. */
  readonly walk: () => AsyncIterable<IngestItem>;
  /** Whether a file was looked at since the watch began. */
  readonly isKnown: (file: string) => boolean;
  /** Whether even most of a folder may vanish at once. */
  readonly force: boolean;
  readonly keepTrying: KeepTrying;
  readonly onOutcome: (outcome: IngestOutcome) => void;
  readonly onRefused: (message: string) => void;
}

/** So long no file may have vanished: a folder that is emptied, or whose disk goes, loses its files one by one. */
const QUIET_MS = 5_000;
/** After so long it is decided all the same: some folder never rests. */
const LONGEST_WAIT_MS = 600_000;
const CHECK_INTERVAL_MS = 500;
/** More than so many, and more than half of a folder, is a disk that went away or a slip rather than a wish. */
const FEW = 10;
const AT_ONCE = 100;

/**
 * Deletes images whose files vanished from a watched folder: only those that came from it, of which no other file is left in
 * it, and never most of a folder at once.
 *
 * A file that was moved within the folders vanishes and appears. So nothing is decided before every file that lies there was looked
 * at, by when the moved one is known under its new name.
 */
export async function createWatchDeletions(options: WatchDeletionsOptions): Promise<WatchDeletions> {
  const { images, ledgers } = options;
  const identities = new Map(
    await Promise.all(
      [...ledgers.keys()].map(async (folder) => [folder, identityOf(await stat(folder))] as const),
    ),
  );
  const gone = new Set<string>();
  const replaced = new Map<number, { readonly image: LedgerImage; readonly file: string }>();
  let [first, last] = [0, 0];

  const note = () => {
    last = performance.now();
    if (gone.size + replaced.size <= 1) first = last;
  };

  /** Of the files that were said to be gone, those that are. */
  const confirmed = async (files: Iterable<string>): Promise<string[]> => {
    const sure: string[] = [];
    for (const file of files) {
      const error = await lstat(file).then(
        () => undefined,
        (reason: unknown) => errorCode(reason),
      );
      // Whatever else may be wrong with a disk does not say that the file is gone.
      if (error === 'ENOENT' || error === 'ENOTDIR') sure.push(file);
    }
    return sure;
  };

  const isSettled = async () => {
    for await (const item of options.walk()) {
      if ('path' in item && !options.isKnown(item.path)) return false;
    }
    return true;
  };

  /** Deletes images that still are what they were when they came from here. */
  const remove = async (wanted: readonly { readonly image: LedgerImage; readonly file: string }[]) => {
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const batch = wanted.slice(from, from + AT_ONCE);
      const rows = await images.byIds(batch.map(({ image }) => image.id));
      const same = batch.filter(({ image }) => rows.get(image.id)?.sha256 === image.sha256);
      const { deleted } = await images.delete(same.map(({ image }) => image.id));
      for (const { image, file } of same) {
        if (deleted.includes(image.id)) options.onOutcome({ source: file, outcome: 'deleted', id: image.id });
      }
    }
  };

  const decide = async (folder: string, ledger: WatchLedger) => {
    const candidates = await confirmed([...gone].filter((file) => ledger.files.has(file)));
    const now = await stat(folder).catch(() => undefined);
    if (now === undefined || identityOf(now) !== identities.get(folder)) {
      options.onRefused(`The folder ${folder} is gone, or another one is in its place: no image is deleted.`);
      return;
    }
    const isMost = candidates.length > FEW && candidates.length * 2 > ledger.files.size;
    if (candidates.length > 0 && !options.force && (isMost || (await readdir(folder)).length === 0)) {
      options.onRefused(
        `${candidates.length} of ${ledger.files.size} files vanished at once from ${folder}: is its disk mounted? No image is deleted. ` +
          'Where it is right all the same, start the command again with --force.',
      );
      return;
    }
    const leaving = new Set(candidates);
    const wanted = new Map<number, { readonly image: LedgerImage; readonly file: string }>();
    for (const file of candidates) {
      const image = ledger.files.get(file);
      if (image === undefined) continue;
      if ([...ledger.filesOf(image.id)].every((each) => leaving.has(each)))
        wanted.set(image.id, { image, file });
    }
    await remove([...wanted.values()].filter(({ image }) => !isElsewhere(image.id, ledger)));
    for (const file of candidates) ledger.forget(file);
  };
  const decideAll = async () => {
    for (const [folder, ledger] of ledgers) await decide(folder, ledger);
    gone.clear();
    await remove([...replaced.values()].filter(({ image }) => !isElsewhere(image.id)));
    replaced.clear();
  };
  /** Whether another watched folder has the image, too: the file was moved from one to the other. */
  const isElsewhere = (id: number, own?: WatchLedger) =>
    [...ledgers.values()].some((ledger) => ledger !== own && ledger.filesOf(id).size > 0);

  return {
    take(file, image, isNew) {
      gone.delete(file);
      for (const [folder, ledger] of ledgers) {
        if (path.relative(folder, file).startsWith('..')) continue;
        const ours = isNew || isElsewhere(image.id, ledger);
        const before = ledger.take(file, image, ours);
        if (before !== undefined) {
          replaced.set(before.id, { image: before, file });
          note();
        }
        return;
      }
    },
    vanished(file) {
      if (![...ledgers.values()].some(({ files }) => files.has(file))) return;
      gone.add(file);
      note();
    },
    compare() {
      for (const ledger of ledgers.values()) {
        for (const file of ledger.files.keys()) if (!options.isKnown(file)) gone.add(file);
      }
      note();
    },
    async run(isIdle, stop) {
      // Asked anew each time: it changes while we wait.
      const stopped = () => stop.aborted;
      while (!stopped()) {
        await delay(CHECK_INTERVAL_MS, undefined, { signal: stop }).catch(() => undefined);
        if (stopped() || gone.size + replaced.size === 0) continue;
        const waited = performance.now() - first > LONGEST_WAIT_MS;
        const isQuiet = performance.now() - last > QUIET_MS && isIdle() && (await isSettled());
        // Something may have vanished during the look.
        if (!waited && !(isQuiet && performance.now() - last > QUIET_MS && isIdle())) continue;
        await options.keepTrying(decideAll);
      }
    },
  };
}
