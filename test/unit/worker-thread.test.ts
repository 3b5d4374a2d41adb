import { expect, it } from 'vitest';
import { startWorkerThread } from '../../src/worker-thread.js';

it('runs a worker from the sources', async () => {
  const caller = new URL('../support/caller.ts', import.meta.url).href;
  const worker = startWorkerThread(caller, 'echo-worker');
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage('hello');
  });
  await worker.terminate();
  expect(answer).toBe('hello');
});
