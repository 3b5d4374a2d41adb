import type { App } from '../app.js';
import type { OnTaken } from './ingest-files.js';
import type { IngestItem, IngestOutcome } from './ingest-item.js';
import type { KeepTrying } from './ingest-patience.js';
import type { IngestSources } from './ingest-sources.js';
import type { FolderWatch } from './ingest-watch.js';
import { createWatchDeletions } from './watch-deletions.js';
import { openLedger, type WatchLedger } from './watch-ledger.js';

/** What `--delete` adds to a watch: images go when their files go. */
export interface FolderMirror {
  readonly take: OnTaken;
  readonly vanished: (file: string) => void;
  /** The same items, each of which is known from then on. */
  known(items: AsyncIterable<IngestItem>): AsyncGenerator<IngestItem>;
  /** Like `known`, and nothing is decided until `told` has heard what became of each. */
  followed(items: AsyncIterable<IngestItem>): AsyncGenerator<IngestItem>;
  told(outcome: IngestOutcome): void;
  /** Deletes what is to be deleted, until it is stopped. Called when everything in the folders was looked at once. */
  run(watch: FolderWatch, tell: (outcome: IngestOutcome) => void, stop: AbortSignal): Promise<void>;
  close(): void;
}

export async function mirrorFolders(
  app: App,
  sources: IngestSources,
  options: {
    readonly force: boolean;
    readonly keepTrying: KeepTrying | undefined;
    readonly stop: AbortSignal;
  },
): Promise<FolderMirror> {
  const ledgers = new Map<string, WatchLedger>();
  for (const folder of new Set(sources.folders)) {
    ledgers.set(folder, await openLedger(app.config.dataFolder, folder));
  }
  const looked = new Set<string>();
  let inFlight = 0;
  let onDeleted: (outcome: IngestOutcome) => void = () => undefined;
  const deletions = await createWatchDeletions({
    images: app.images,
    ledgers,
    walk: () => sources.items(options.stop),
    isKnown: (file) => looked.has(file),
    force: options.force,
    keepTrying: options.keepTrying ?? ((work) => work()),
    onOutcome: (outcome) => {
      onDeleted(outcome);
    },
    onRefused: (message) => {
      console.error(message);
    },
  });
  const known = async function* (items: AsyncIterable<IngestItem>) {
    for await (const item of items) {
      if ('path' in item) looked.add(item.path);
      yield item;
    }
  };
  return {
    take: (file, { id, sha256 }, isNew) => {
      deletions.take(file, { id, sha256 }, isNew);
    },
    vanished(file) {
      looked.delete(file);
      deletions.vanished(file);
    },
    known,
    async *followed(items) {
      for await (const item of known(items)) {
        inFlight += 1;
        yield item;
      }
    },
    told({ outcome }) {
      if (outcome !== 'deleted') inFlight -= 1;
    },
    async run(watch, tell, stop) {
      onDeleted = tell;
      deletions.compare();
      await deletions.run(() => watch.isIdle() && inFlight === 0, stop);
    },
    close() {
      for (const ledger of ledgers.values()) ledger.close();
    },
  };
}
