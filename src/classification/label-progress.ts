import type { Database } from '../db/database.js';
import { findRunProgress, type RunProgress } from '../db/label-runs.js';
import type { Logger } from '../log.js';
import { createPolledFeed, type PolledFeed } from '../polled-feed.js';
import type { ClassificationProgress, LabelSets } from './label-sets.js';

const INTERVAL_MS = 500;

/** Tells how far the newest versions of sets are under one model, in whichever process images are classified. */
export function createLabelProgress({
  database,
  modelId,
  log,
}: {
  readonly database: Database;
  readonly modelId: number;
  readonly log: Logger;
}): Pick<LabelSets, 'progress' | 'watchProgress'> {
  /** One for each set that is watched. */
  const feeds = new Map<number, { feed: PolledFeed<ClassificationProgress>; watchers: number }>();

  const progress = async (ids: readonly number[]) => {
    const rows = await findRunProgress(database.pool, modelId, ids);
    return new Map(rows.map((row) => [row.labelSetId, toProgress(row)]));
  };

  return {
    progress,
    async *watchProgress(id, signal) {
      const watched = feeds.get(id) ?? {
        feed: createPolledFeed({
          read: async () => (await progress([id])).get(id),
          isSame,
          intervalMs: INTERVAL_MS,
          log,
        }),
        watchers: 0,
      };
      feeds.set(id, watched);
      watched.watchers += 1;
      try {
        yield* watched.feed.subscribe(signal);
      } finally {
        watched.watchers -= 1;
        if (watched.watchers === 0) feeds.delete(id);
      }
    },
  };
}

function toProgress({ state, seconds, ...row }: RunProgress): ClassificationProgress {
  const { done, total } = row;
  const remaining = Math.max(0, total - done);
  const isRunning = state === 'CLASSIFYING';
  return {
    ...row,
    state: state === 'WHOLE' ? 'READY' : state,
    secondsLeft:
      state === 'WHOLE' ? 0 : isRunning && done > 0 && seconds !== null ? (seconds * remaining) / done : null,
  };
}

function isSame(a: ClassificationProgress, b: ClassificationProgress): boolean {
  return a.version === b.version && a.state === b.state && a.done === b.done && a.total === b.total;
}
