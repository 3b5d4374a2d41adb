import type { Database } from '../db/database.js';
import { takeTextRequests, TEXT_REQUESTED_CHANNEL } from '../db/text-requests.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { TextEmbeddings } from './text-embeddings.js';

/** Whoever asked waits: few at a time, so that the first are not kept waiting by the last. */
const TEXTS_AT_ONCE = 8;

/**
 * Encodes what analysts ask for by `CALL analytics.encode_text(…)`, from now on. What was asked for while no server ran comes
 * first.
 *
 * @param embed of the model that is active at that moment
 * @returns a function that ends it, after what is being encoded
 */
export async function answerTextRequests(dependencies: {
  readonly database: Database;
  readonly embed: TextEmbeddings['embed'];
  readonly log: Logger;
}): Promise<() => Promise<void>> {
  const { database, embed, log } = dependencies;
  let closed = false;
  let asked = false;
  let answering: Promise<void> | undefined;

  const answer = async (): Promise<void> => {
    while (asked && !closed) {
      asked = false;
      try {
        const texts = await takeTextRequests(database.pool, TEXTS_AT_ONCE);
        if (texts.length === 0) break;
        asked = true;
        await embed(texts);
      } catch (error) {
        // Whoever waits is told after ten seconds; the log says why.
        log.warn({ reason: messageOf(error) }, 'A text that an analyst asked for could not be encoded');
      }
    }
  };
  const look = (): void => {
    asked = true;
    answering ??= answer().finally(() => {
      answering = undefined;
      if (asked && !closed) look();
    });
  };

  const stop = await database.listen(TEXT_REQUESTED_CHANNEL, look, look);
  look();
  return async () => {
    closed = true;
    await stop();
    await answering;
  };
}
