import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Encoder } from '../src/clip/encoder.js';
import { openModelFolder } from '../src/clip/model-folder.js';
import { createTower } from '../src/clip/tower.js';
import type { TextTowerData } from '../src/clip/tower-protocol.js';
import { OperatorError } from '../src/errors.js';
import { createLogger } from '../src/log.js';
import { startWorkerThread } from '../src/worker-thread.js';

/** All files of a model's folder, in bytes. */
export async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Runs before the first that counts: memory is allocated, code is compiled. */
const WARM_UP = 20;

/**
 * Milliseconds from an image file to its vector, one after the other; the median.
 *
 * @param encoder with one vision thread, so that the model computes on one core
 */
export async function imageMilliseconds(encoder: Encoder, files: readonly Uint8Array[]): Promise<number> {
  return medianTime(files, (file) => encoder.encodeImages([file]));
}

/**
 * Milliseconds from a text to its vector, one after the other, on one core; the median. The product gives texts two
 * cores, so this starts its text tower a second time, with one.
 */
export async function textMilliseconds(folder: string, texts: readonly string[]): Promise<number> {
  const { config } = await openModelFolder(folder, 'fp32');
  const workerData: TextTowerData = {
    folder,
    dtype: 'fp32',
    threads: 1,
    contextLength: config.text_config.max_position_embeddings,
  };
  const tower = createTower<string>({
    name: 'clip-text',
    threads: 1,
    batchSize: 1,
    log: createLogger('silent'),
    start: () =>
      startWorkerThread(new URL('../src/clip/load-encoder.ts', import.meta.url).href, 'text-worker', {
        workerData,
      }),
    unloadable: (message) =>
      Promise.resolve(new OperatorError(`The text tower in ${folder} cannot be loaded: ${message}`)),
  });
  try {
    await tower.ready();
    return await medianTime(texts, (text) => tower.encode([text]));
  } finally {
    await tower.close();
  }
}

async function medianTime<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<unknown>,
): Promise<number> {
  for (const item of items.slice(0, WARM_UP)) await run(item);
  const times: number[] = [];
  for (const item of items) {
    const start = performance.now();
    await run(item);
    times.push(performance.now() - start);
  }
  return times.toSorted((one, other) => one - other)[times.length >> 1] ?? NaN;
}
