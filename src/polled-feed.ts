import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './errors.js';
import type { Logger } from './log.js';

/**
 * So many times as long as asking took, nothing is asked: images that are READY have to be counted one by one, which takes
 * 60 ms for 400,000.
 */
const REST = 9;

/** Something in the database that changes again and again. */
export interface PolledFeed<T> {
  /**
   * What it is now, and again whenever it has changed, at most once an interval. One statement an interval serves all
   * subscribers, and none is sent while there are none. A slow subscriber gets the latest only. Ends when the signal aborts
   * and when there is no more to tell.
   */
  subscribe(signal: AbortSignal): AsyncIterable<T>;
}

/** @param options `read` tells what it is now; undefined: it is gone for good, and so is the feed */
export function createPolledFeed<T extends object>(options: {
  readonly read: () => Promise<T | undefined>;
  readonly isSame: (one: T, other: T) => boolean;
  readonly intervalMs: number;
  readonly log: Logger;
}): PolledFeed<T> {
  const { read, isSame, intervalMs, log } = options;
  const subscribers = new Set<{ readonly tell: (value: T) => void; readonly end: () => void }>();
  let latest: T | undefined;
  let asking = false;

  const ask = async () => {
    asking = true;
    while (subscribers.size > 0) {
      const began = performance.now();
      try {
        const value = await read();
        if (value === undefined) {
          for (const subscriber of subscribers) subscriber.end();
          subscribers.clear();
          break;
        }
        if (latest === undefined || !isSame(value, latest)) {
          latest = value;
          for (const subscriber of subscribers) subscriber.tell(value);
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
    async *subscribe(signal) {
      const state: { next: T | undefined; isOver: boolean; wake: () => void } = {
        next: latest,
        isOver: false,
        wake: () => undefined,
      };
      const tell = (value: T) => {
        state.next = value;
        state.wake();
      };
      const end = () => {
        state.isOver = true;
        state.wake();
      };
      const subscriber = { tell, end };
      signal.addEventListener('abort', end, { once: true });
      subscribers.add(subscriber);
      if (!asking) void ask();
      try {
        while (!signal.aborted) {
          const { next } = state;
          if (next !== undefined) {
            state.next = undefined;
            yield next;
          } else if (state.isOver) {
            return;
          } else {
            await new Promise<void>((resolve) => {
              state.wake = resolve;
            });
          }
        }
      } finally {
        subscribers.delete(subscriber);
        signal.removeEventListener('abort', end);
      }
    },
  };
}
