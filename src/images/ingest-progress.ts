import type { Database } from '../db/database.js';
import { readIngestSnapshot } from '../db/ingest-progress.js';
import type { Logger } from '../log.js';
import { createPolledFeed, type PolledFeed } from '../polled-feed.js';
import type { IngestProgress } from './images.js';

/** How often all subscribers together ask the database, at most. */
const INTERVAL_MS = 1_000;
/** The rate is that of so many seconds: long enough to be steady, short enough to follow. */
const WINDOW_SECONDS = 30;

/** Tells how far the collection is with what was added, in whichever process that happens. */
export interface IngestProgressFeed extends PolledFeed<IngestProgress> {
  read(): Promise<IngestProgress>;
}

export function createIngestProgress(
  { database, modelId, log }: { database: Database; modelId: () => number; log: Logger },
  intervalMs = INTERVAL_MS,
): IngestProgressFeed {
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
  return { read, ...createPolledFeed({ read, isSame, intervalMs, log }) };
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
