import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { createLimiter } from '../limiter.js';
import type { Logger } from '../log.js';
import { startWorkerThread } from '../worker-thread.js';
import { beforeScans } from './jpeg-scans.js';
import { embeddedMetadata, NO_METADATA, type EmbeddedMetadata } from './embedded-metadata.js';

const fromThread = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('found'), metadata: embeddedMetadata }),
  z.object({ kind: z.literal('none'), reason: z.string() }),
]);
export type FromMetadataThread = z.infer<typeof fromThread>;

/**
 * Reads what a file says about itself: nothing, where it says nothing understandable. Never rejects; undefined when the
 * parser broke down, or was stopped.
 */
export type ReadMetadata = (file: Uint8Array) => Promise<EmbeddedMetadata | undefined>;

/** Of larger files only so much is looked at: metadata stands at the beginning, except in some TIFFs. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Milliseconds for one file, which takes one or two: more is an attack, or a fault of the parser. */
const TIMEOUT_MS = 10_000;
const HEAP_MEBIBYTES = 128;

/**
 * Parses metadata in a thread of its own. Strangers' bytes may make a parser loop, or eat memory: the thread has a limit
 * for both and is thrown away when it reaches one, and the server goes on. It starts with the first file and does not
 * keep the process alive.
 */
export function createReadMetadata(log: Logger, timeoutMs = TIMEOUT_MS): ReadMetadata {
  const oneAtATime = createLimiter(1);
  let thread: Promise<Worker> | undefined;

  const start = async () => {
    const worker = startWorkerThread(import.meta.url, 'metadata-worker', {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
    });
    // Without a listener an error of the thread would be one of the process. Whoever waits for an answer is told by `once`.
    worker.on('error', (error) => {
      log.debug({ err: error }, 'the metadata thread failed');
    });
    await once(worker, 'message');
    worker.unref();
    return worker;
  };

  const discard = async (worker: Worker) => {
    thread = undefined;
    await worker.terminate();
  };

  const ask = async (worker: Worker, file: Uint8Array): Promise<EmbeddedMetadata> => {
    const copy = new Uint8Array(beforeScans(file).subarray(0, MAX_BYTES)).buffer;
    worker.ref();
    worker.postMessage(copy, [copy]);
    // An out-of-memory thread rejects `once` with its error; a looping one never answers.
    const answers: unknown[] = await once(worker, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    worker.unref();
    const message = fromThread.parse(answers[0]);
    return message.kind === 'found' ? message.metadata : NO_METADATA;
  };

  return (file) =>
    oneAtATime(async () => {
      let worker: Worker | undefined;
      try {
        worker = await (thread ??= start());
        return await ask(worker, file);
      } catch (error) {
        log.warn({ err: error }, `the metadata of a file could not be read: ${messageOf(error)}`);
        if (worker === undefined) thread = undefined;
        else await discard(worker);
        return undefined;
      }
    });
}
