import { once } from 'node:events';
import { z } from 'zod';
import { startWorkerThread } from '../src/worker-thread.js';

/** Clients of an HTTP server, in a thread of their own: what they cost must not slow down the server in this one. */
export interface HttpLoad {
  /**
   * @param requests how many are sent in all; every answer must be 200 and without errors
   * @returns the milliseconds that each took
   */
  run(asked: {
    readonly url: string;
    /** Sent in turn, from the first on. */
    readonly bodies: readonly string[];
    readonly clients: number;
    readonly requests: number;
  }): Promise<readonly number[]>;
  close(): Promise<void>;
}

const answer = z.object({ failed: z.string().optional(), times: z.array(z.number()).default([]) });

export async function startHttpLoad(): Promise<HttpLoad> {
  const worker = startWorkerThread(import.meta.url, 'http-load-worker');
  const next = async () => z.array(z.unknown()).parse(await once(worker, 'message'))[0];
  await next();
  return {
    async run(asked) {
      worker.postMessage(asked);
      const { failed, times } = answer.parse(await next());
      if (failed !== undefined) throw new Error(`${asked.url}: ${failed}`);
      return times;
    },
    async close() {
      await worker.terminate();
    },
  };
}
