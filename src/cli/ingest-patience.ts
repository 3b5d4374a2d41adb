import { setTimeout as delay } from 'node:timers/promises';
import { isLostConnection } from '../lost-connection.js';
import { OperatorError, messageOf } from '../errors.js';

/** Runs something again until it no longer fails for the want of a database. */
export type KeepTrying = <T>(work: () => Promise<T>) => Promise<T>;

export interface PatienceOptions {
  readonly onLost?: (reason: string) => void;
  readonly onBack?: (afterSeconds: number) => void;
  /** Ends the waiting: what was being tried then fails as it failed last. */
  readonly stop: AbortSignal;
  readonly patienceMs?: number;
}

/** A restart takes seconds, an upgrade or a failover about a minute: twice that. */
export const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** EX_TEMPFAIL of sysexits.h: the same command may well succeed later. */
const TRY_LATER = 75;

/**
 * Patience with a PostgreSQL that goes away and comes back. Everything that uses the same one shares the outage: it is told
 * once, and given up together.
 *
 * @returns throws an OperatorError when the database was away for too long; everything else is thrown at once
 */
export function createPatience({
  onLost,
  onBack,
  stop,
  patienceMs = PATIENCE_MS,
}: PatienceOptions): KeepTrying {
  let awaySince: number | undefined;

  const back = () => {
    if (awaySince === undefined) return;
    onBack?.((performance.now() - awaySince) / 1000);
    awaySince = undefined;
  };
  const lost = (error: unknown) => {
    if (awaySince === undefined) {
      awaySince = performance.now();
      onLost?.(messageOf(error));
    } else if (performance.now() - awaySince > patienceMs) {
      throw new OperatorError(
        `The database was away for ${Math.round(patienceMs / 1000)} seconds: ${messageOf(error)}. What was accepted is safe. ` +
          'Run the same command again once the database is back: it goes on from there.',
        TRY_LATER,
        { cause: error },
      );
    }
  };

  return async (work) => {
    let mine = false;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const result = await work();
        // Only what had failed tells that the database is back: other work may not have needed it at all.
        if (mine) back();
        return result;
      } catch (error) {
        if (!isLostConnection(error)) throw error;
        mine = true;
        lost(error);
        await delay(pause, undefined, { signal: stop }).catch(() => undefined);
        if (stop.aborted) throw error;
      }
    }
  };
}
