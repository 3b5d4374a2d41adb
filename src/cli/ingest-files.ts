import { setTimeout as delay } from 'node:timers/promises';
import type { ImageRow } from '../db/images.js';
import type { ImageDetails, Images } from '../images/images.js';

/** A file to take into the collection. */
export interface IngestFile {
  readonly path: string;
  /** False: when it turns out to be no image it is skipped, not failed. */
  readonly expected: boolean;
  readonly details?: ImageDetails;
}

/** What became of one file. */
export type IngestOutcome =
  | { readonly path: string; readonly outcome: 'added' | 'already-there'; readonly id: number }
  | { readonly path: string; readonly outcome: 'skipped' }
  | { readonly path: string; readonly outcome: 'failed'; readonly code: string; readonly message: string };

/** Files read, decoded and stored at once. More only queues up behind the encoder. */
const CONCURRENT_ADDS = 4;
/** Accepted images that are not embedded yet: bounds memory when adding is faster than embedding. */
const MAX_WAITING = 256;
const CHECK_INTERVAL_MS = 100;

/**
 * Adds files and waits until each is READY or FAILED, which needs a worker in this process or another.
 *
 * @param onOutcome is told what became of each file, as it becomes known, in no particular order
 * @param signal stops adding; images that were accepted already stay queued and are processed after the next start
 * @returns how many accepted images were still waiting when the signal aborted
 */
export async function ingestFiles(
  images: Images,
  files: AsyncIterable<IngestFile>,
  onOutcome: (outcome: IngestOutcome) => void,
  signal: AbortSignal,
): Promise<{ waiting: number }> {
  const waiting = new Map<number, { path: string; outcome: 'added' | 'already-there' }>();
  const source = files[Symbol.asyncIterator]();
  let adding = true;
  const interrupted = () => signal.aborted;

  const add = async (file: IngestFile) => {
    const result = await images.add({ kind: 'file', path: file.path }, file.details ?? {});
    if (result.outcome === 'rejected') {
      const { code, message } = result;
      const skipped = !file.expected && (code === 'UNSUPPORTED' || code === 'EMPTY' || code === 'TOO_LARGE');
      onOutcome(
        skipped
          ? { path: file.path, outcome: 'skipped' }
          : { path: file.path, outcome: 'failed', code, message },
      );
      return;
    }
    const { id, status } = result.image;
    const outcome = result.outcome === 'accepted' ? 'added' : 'already-there';
    if (status !== 'READY' && !waiting.has(id)) waiting.set(id, { path: file.path, outcome });
    else onOutcome({ path: file.path, outcome, id });
  };

  const addAll = async () => {
    while (!interrupted()) {
      while (waiting.size >= MAX_WAITING && !interrupted()) await delay(CHECK_INTERVAL_MS);
      const next = await source.next();
      if (next.done === true) return;
      await add(next.value);
    }
  };

  const settle = async () => {
    while ((adding || waiting.size > 0) && !interrupted()) {
      // Only those that were asked for: more may be added while the answer is on its way.
      const asked = [...waiting];
      const rows =
        asked.length > 0 ? await images.byIds(asked.map(([id]) => id)) : new Map<number, ImageRow>();
      for (const [id, { path, outcome }] of asked) {
        const row = rows.get(id);
        if (row?.status === 'PENDING') continue;
        waiting.delete(id);
        if (row?.status === 'READY') onOutcome({ path, outcome, id });
        else {
          const code = row?.failureCode ?? 'DELETED';
          onOutcome({
            path,
            outcome: 'failed',
            code,
            message: row?.failureMessage ?? 'It was deleted meanwhile.',
          });
        }
      }
      await delay(CHECK_INTERVAL_MS);
    }
  };

  const adders = Promise.all(Array.from({ length: CONCURRENT_ADDS }, addAll)).finally(() => {
    adding = false;
  });
  await Promise.all([adders, settle()]);
  return { waiting: waiting.size };
}
