import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isLostConnection } from '../lost-connection.js';
import type { ImageState } from '../db/image-status.js';
import type { ImageRow } from '../db/images.js';
import { OperatorError, RequestError, messageOf } from '../errors.js';
import type { Added, Images } from '../images/images.js';
import { sourceOf, type IngestItem, type IngestOutcome } from './ingest-item.js';
import type { KeepTrying } from './ingest-patience.js';

/** Files read, decoded and stored at once. More only queues up behind the encoder. */
const CONCURRENT_ADDS = Math.max(4, availableParallelism());
/** Accepted images that are not embedded yet: bounds memory when adding is faster than embedding. */
const MAX_WAITING = 256;
const CHECK_INTERVAL_MS = 100;
/** Waiting images that are asked about at once, in turn. */
const ASKED_AT_ONCE = 64;
/** So many in a row that fail for no reason of their own mean that something is wrong with all: a full disk. */
const MAX_FAILURES_IN_A_ROW = 20;

/** Rejections that only say that a file is no image. */
const NO_IMAGE = new Set(['UNSUPPORTED', 'EMPTY', 'TOO_LARGE']);

/** Is told of each file that is in the collection now. */
export type OnTaken = (path: string, image: Pick<ImageRow, 'id' | 'sha256'>, isNew: boolean) => void;

/** Accepted, and not READY or FAILED yet. */
type Accepted = Pick<IngestOutcome, 'source' | 'line' | 'outcome' | 'code' | 'message'>;

/**
 * Adds files and waits until each is READY or FAILED, which needs a worker in this process or another. Holds a bounded
 * number of them, however many there are.
 *
 * @param items must end soon after the signal aborts
 * @param onOutcome is told what became of each, as it becomes known, in no particular order; what it throws ends the work
 * @param signal stops taking more; what is being added is finished, and images that were accepted stay queued and are
 *   processed after the next start: their outcome says PENDING
 * @param keepTrying what to do about a database that goes away; nothing unless told
 * @throws OperatorError when going on makes no sense; outcomes of what was accepted were told before
 */
export async function ingestFiles(
  images: Images,
  items: AsyncIterable<IngestItem>,
  onOutcome: (outcome: IngestOutcome) => void,
  signal: AbortSignal,
  keepTrying: KeepTrying = (work) => work(),
  onTaken: OnTaken = () => undefined,
): Promise<void> {
  const waiting = new Map<number, Accepted>();
  const source = items[Symbol.asyncIterator]();
  const trouble = new AbortController();
  const stop = AbortSignal.any([signal, trouble.signal]);
  // Asked anew each time: it changes while we wait.
  const stopped = () => stop.aborted;
  let adding = true;
  let failuresInARow = 0;

  const add = async (item: IngestItem) => {
    const about = { source: sourceOf(item), ...(item.line !== undefined && { line: item.line }) };
    if ('source' in item) {
      onOutcome({ ...about, outcome: item.outcome, code: item.code, message: item.message });
      return;
    }
    const from =
      'path' in item
        ? ({ kind: 'file', path: item.path, byReference: item.byReference === true } as const)
        : ({ kind: 'url', url: item.url } as const);
    let result;
    try {
      result = await keepTrying(() => images.add(from, item.details ?? {}));
      failuresInARow = 0;
    } catch (error) {
      // Interrupted while the database was away: not taken, so the next run takes it.
      if (isLostConnection(error) && stopped()) return;
      if (error instanceof OperatorError) throw error;
      const message = messageOf(error);
      const code = error instanceof RequestError ? error.code : 'INTERNAL';
      onOutcome({ ...about, outcome: 'failed', code, message });
      if (++failuresInARow >= MAX_FAILURES_IN_A_ROW) {
        throw new OperatorError(
          `${MAX_FAILURES_IN_A_ROW} files in a row could not be stored, the last because: ${message}. ` +
            'Mend that and run the same command again: what is in already is skipped.',
        );
      }
      return;
    }
    if (result.outcome === 'rejected') {
      const { code, message } = result;
      const unnoticed = 'path' in item && !item.expected && NO_IMAGE.has(code);
      onOutcome({ ...about, outcome: unnoticed ? 'skipped' : 'rejected', code, message });
      return;
    }
    const { id, status } = result.image;
    if ('path' in item) onTaken(item.path, result.image, result.outcome === 'accepted');
    const accepted: Accepted = {
      ...about,
      outcome: result.outcome === 'accepted' ? 'added' : 'duplicate',
      ...noticeOf(result),
    };
    if (status !== 'READY' && !waiting.has(id)) waiting.set(id, accepted);
    else onOutcome({ ...accepted, id });
  };

  const addAll = async () => {
    while (!stopped()) {
      while (waiting.size >= MAX_WAITING && !stopped()) await pause();
      if (stopped()) return;
      const next = await source.next();
      if (next.done === true) return;
      await add(next.value);
    }
  };

  const settle = async () => {
    while ((adding || waiting.size > 0) && !stopped()) {
      // Only those that were asked for: more may be added while the answer is on its way.
      const asked = [...waiting].slice(0, ASKED_AT_ONCE);
      if (asked.length > 0) {
        const states = await keepTrying(() => images.statesOf(asked.map(([id]) => id)));
        for (const [id, accepted] of asked) settleOne(id, accepted, states.get(id));
      }
      await pause();
    }
  };

  const settleOne = (id: number, accepted: Accepted, state: ImageState | undefined) => {
    waiting.delete(id);
    // To the end of the line: one that waits for its next attempt must not keep others from being asked about.
    if (state?.status === 'PENDING') waiting.set(id, accepted);
    else if (state?.status === 'READY') onOutcome({ ...accepted, id });
    else {
      const code = state?.failureCode ?? 'DELETED';
      const message = state?.failureMessage ?? 'It was deleted meanwhile.';
      onOutcome({ ...accepted, outcome: 'failed', id, code, message });
    }
  };

  const pause = () => delay(CHECK_INTERVAL_MS, undefined, { signal: stop }).catch(() => undefined);
  /** All of the work ends together, and what was begun is finished before anyone is told that it ended. */
  const endAllWhenItFails = (work: () => Promise<void>) =>
    work().catch((error: unknown) => {
      if (!(isLostConnection(error) && stopped())) trouble.abort(error);
    });

  const adders = Array.from({ length: CONCURRENT_ADDS }, () => endAllWhenItFails(addAll));
  const added = Promise.all(adders).finally(() => {
    adding = false;
  });
  await Promise.all([added, endAllWhenItFails(settle)]);
  for (const [id, accepted] of waiting) {
    onOutcome({
      ...accepted,
      id,
      code: 'PENDING',
      message: 'Accepted; it is embedded after the next start.',
    });
  }
  trouble.signal.throwIfAborted();
}

/** What is to be known about a file that is only referred to. */
function noticeOf({ previousIds, hasMoved }: Pick<Added, 'previousIds' | 'hasMoved'>): {
  code?: string;
  message?: string;
} {
  if (previousIds !== undefined) {
    const message = `The file was image ${previousIds.join(', ')} before it changed. That stays, without its original.`;
    return { code: 'CHANGED', message };
  }
  return hasMoved === true ? { code: 'MOVED', message: 'The file lay elsewhere before.' } : {};
}
