import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/database.js';
import { readIngestSnapshot } from '../db/ingest-progress.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { IngestProgress } from './images.js';

/** How often all subscribers together ask the database, at most. */
const INTERVAL_MS = 1_000;
/**
 * So many times as long as counting took, nothing is asked: images that are READY have to be counted one by one, which takes
 * 60 ms for 400,000.
 */
const REST = 9;
/** The rate is that of so many seconds: long enough to be steady, short enough to follow. */
const WINDOW_SECONDS = 30;

/** Tells how far the collection is with what was added, in whichever process that happens. */
export interface IngestProgressFeed {
  read(): Promise<IngestProgress>;
  /**
   * The progress now, and again whenever it has changed, at most once an interval. One statement an interval serves all
   * subscribers, and none is sent while there are none. A slow subscriber gets the latest only.
   */
  subscribe(signal: AbortSignal): AsyncIterable<IngestProgress>;
}

export function createIngestProgress(
  { database, modelId, log }: { database: Database; modelId: () => number; log: Logger },
  intervalMs = INTERVAL_MS,
): IngestProgressFeed {
  const subscribers = new Set<(progress: IngestProgress) => void>();
  let latest: IngestProgress | undefined;
  let asking = false;

  const read = async () => {
    const { finished, seconds, now, ...counts } = await readIngestSnapshot(
      database.pool,
      modelId(),
      WINDOW_SECONDS,
    );
    const imagesPerSecond = finished / seconds;
    const secondsLeft =
      counts.pending === 0 ? 0 : imagesPerSecond > 0 ? counts.pending / imagesPerSecond : null;
    return { ...counts, imagesPerSecond, secondsLeft, updatedAt: now };
  };

  const ask = async () => {
    asking = true;
    while (subscribers.size > 0) {
      const began = performance.now();
      try {
        const progress = await read();
        if (latest === undefined || !isSame(progress, latest)) {
          latest = progress;
          for (const tell of subscribers) tell(progress);
        }
      } catch (error) {
        // A database that is away comes back, and then there is something to tell again.
        log.debug({ err: error }, `the progress could not be read: ${messageOf(error)}`);
      }
      const rest = REST * (performance.now() - began);
      await delay(Math.max(intervalMs, rest), undefined, { ref: false });
    }
    asking = false;
    latest = undefined;
  };

  return {
    read,
    async *subscribe(signal) {
      let next = latest;
      let wake: () => void = () => undefined;
      const tell = (progress: IngestProgress) => {
        next = progress;
        wake();
      };
      const end = () => {
        wake();
      };
      signal.addEventListener('abort', end, { once: true });
      subscribers.add(tell);
      if (!asking) void ask();
      try {
        while (!signal.aborted) {
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          const progress = next;
          next = undefined;
          yield progress;
        }
      } finally {
        subscribers.delete(tell);
        signal.removeEventListener('abort', end);
      }
    },
  };
}

function isSame(a: IngestProgress, b: IngestProgress): boolean {
  return (
    a.pending === b.pending &&
    a.ready === b.ready &&
    a.failed === b.failed &&
    a.running === b.running &&
    a.imagesPerSecond === b.imagesPerSecond
  );
}
