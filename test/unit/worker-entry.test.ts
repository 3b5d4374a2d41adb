import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { workerEntry } from '../../src/worker-entry.js';

it('starts a worker from the sources with tsx', async () => {
  const entry = workerEntry(new URL('../support/echo-worker-caller.ts', import.meta.url).href, 'echo-worker');
  const worker = new Worker(entry.url, entry.options);
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage('hello');
  });
  await worker.terminate();
  expect(answer).toBe('hello');
});

it('names the compiled file beside a compiled caller', () => {
  const entry = workerEntry('file:///app/dist/clip/encoder.js', 'tower-worker');
  expect(entry.url.href).toBe('file:///app/dist/clip/tower-worker.js');
  expect(entry.options).toEqual({});
});
