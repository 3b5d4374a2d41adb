import type { Database } from '../db/database.js';
import { findRecentlyProcessed, IMAGE_PROCESSED_CHANNEL } from '../db/image-status.js';
import { messageOf } from '../errors.js';
import { createEventQueue, type EventQueue } from '../event-queue.js';
import type { Logger } from '../log.js';

/** What one subscriber may be behind; then it loses the oldest. Whoever needs every image asks for the list. */
const MAX_BEHIND = 10_000;
/** Clocks of the database and of this process, and transactions that began before they could be seen. */
const MARGIN_SECONDS = 1;

/** Hears of processed images from every process, and tells any number of subscribers in this one. */
export interface ProcessedEvents {
  /**
   * Ids of images as they become READY or FAILED. While the connection to the database is down nothing is heard; once it
   * is back, what was missed follows, and an image may come a second time.
   */
  subscribe(signal?: AbortSignal): AsyncIterableIterator<number>;
}

export function createProcessedEvents(database: Database, log: Logger): ProcessedEvents {
  const subscribers = new Set<EventQueue<number>>();
  let listening: Promise<unknown> | undefined;
  let heardAt = performance.now();

  const publish = (id: number) => {
    heardAt = performance.now();
    for (const subscriber of subscribers) subscriber.push(id);
  };

  const catchUp = async () => {
    const seconds = (performance.now() - heardAt) / 1000 + MARGIN_SECONDS;
    try {
      for (const id of await findRecentlyProcessed(database.pool, seconds, MAX_BEHIND)) publish(id);
    } catch (error) {
      log.warn({ err: error }, `images processed meanwhile could not be looked up: ${messageOf(error)}`);
    }
  };

  /** One LISTEN for the whole process, from the first subscriber on. */
  const listen = async () => {
    heardAt = performance.now();
    await database.listen(
      IMAGE_PROCESSED_CHANNEL,
      (payload) => {
        const id = Number(payload);
        if (Number.isSafeInteger(id)) publish(id);
      },
      () => void catchUp(),
    );
    // What was processed between subscribing and listening.
    await catchUp();
  };

  return {
    subscribe(signal) {
      const subscriber = createEventQueue<number>({
        maxBehind: MAX_BEHIND,
        onEnd: () => subscribers.delete(subscriber),
        signal,
      });
      if (signal?.aborted === true) return subscriber.iterator;
      subscribers.add(subscriber);
      if (listening === undefined) {
        const starting = listen();
        listening = starting;
        starting.catch((error: unknown) => {
          listening = undefined;
          for (const waiting of subscribers) waiting.fail(error);
        });
      }
      return subscriber.iterator;
    },
  };
}
