import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import { crashedForGood, DISK_FULL, isDiskFull } from './gateway-errors.js';
import type { Session } from './session.js';
import type { ErrorFields } from './wire.js';

/** A session that is lost more often than this within a minute is not opened again. */
const LOSSES_A_MINUTE = 3;
/** How often to look whether a full disk has room again: recovery reads what was written since the last checkpoint. */
const ROOM_EVERY_MS = 2_000;

/** Brings the session of the embedded database back after it was lost. */
export interface Reopening {
  /**
   * Opens it again, unless it was lost too often. A full disk is no such loss: PostgreSQL ends when it cannot write its log,
   * and opens again as soon as there is room.
   *
   * @returns undefined when it is given up, or no longer wanted
   */
  open(reason: string): Promise<Session | undefined>;
  /** It is no longer wanted. */
  stop(): void;
}

export interface ReopeningOptions {
  readonly reopen: () => Promise<Session>;
  /** What clients are told from now on, instead of waiting. */
  readonly refuse: (why: ErrorFields) => void;
  readonly log: Logger;
}

export function createReopening({ reopen, refuse, log }: ReopeningOptions): Reopening {
  const over = new AbortController();
  let losses: number[] = [];

  const mayOpen = async (reason: string): Promise<boolean> => {
    if (isDiskFull(reason)) {
      refuse(DISK_FULL);
      await delay(ROOM_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
      return true;
    }
    const now = performance.now();
    losses = [...losses.filter((time) => now - time < 60_000), now];
    if (losses.length <= LOSSES_A_MINUTE) return true;
    refuse(crashedForGood(reason));
    log.fatal({ reason }, 'The embedded database cannot be kept open: restart Pictograph');
    return false;
  };

  return {
    async open(lostBecause) {
      let reason = lostBecause;
      while ((await mayOpen(reason)) && !over.signal.aborted) {
        try {
          return await reopen();
        } catch (error) {
          reason = messageOf(error);
        }
      }
      return undefined;
    },
    stop() {
      over.abort();
    },
  };
}
