import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Encoder } from '../../src/clip/encoder.js';
import { loadEncoder, type LoadEncoderOptions } from '../../src/clip/load-encoder.js';
import { RequestError } from '../../src/errors.js';
import { encoderOptions } from '../support/clip-options.js';
import { drawDiscs } from '../support/clip-pictures.js';

const encoders: Encoder[] = [];
afterEach(async () => {
  await Promise.all(encoders.splice(0).map((encoder) => encoder.close()));
});

/** An encoder, and the threads that it started so far. */
async function load(overrides: Partial<LoadEncoderOptions> = {}) {
  const threads: { text: Worker[]; vision: Worker[] } = { text: [], vision: [] };
  const encoder = await loadEncoder(
    encoderOptions({ onWorkerStarted: (tower, worker) => threads[tower].push(worker), ...overrides }),
  );
  encoders.push(encoder);
  const newest = (tower: 'text' | 'vision') => {
    const worker = threads[tower].at(-1);
    if (worker === undefined) throw new Error(`no ${tower} thread`);
    return worker;
  };
  return { encoder, threads, newest };
}

/**
 * Throws in the thread: no message of the protocol is null. (Terminating a thread while its model runs can abort the whole
 * process, which is why Pictograph never does it.)
 */
function crash(worker: Worker): void {
  worker.postMessage(null);
}

function exitOf(worker: Worker): Promise<number> {
  return new Promise((resolve) => worker.once('exit', resolve));
}

describe('a thread that ends unasked', () => {
  it('fails what it was doing, and is started again', async () => {
    const { encoder, threads, newest } = await load();
    const [before] = await encoder.encodeTexts(['red car']);

    // The thread is about to end, but nobody knows yet: the text is sent to it.
    crash(newest('text'));
    const error: unknown = await encoder.encodeTexts(['never answered']).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    await encoder.ready();
    expect(threads.text.length).toBe(2);
    const [after] = await encoder.encodeTexts(['red car']);
    expect(after).toEqual(before);
    // The other tower noticed nothing.
    expect(threads.vision.length).toBe(1);
  });

  it('lets what waits wait for the next one', async () => {
    const { encoder, threads, newest } = await load();
    const ended = exitOf(newest('text'));
    crash(newest('text'));
    await ended;
    const [vector] = await encoder.encodeTexts(['asked while there was no thread']);
    expect(vector?.length).toBe(256);
    expect(threads.text.length).toBe(2);
  });
});

describe('closing', () => {
  it('finishes the batches that run, refuses the rest and what is new, and ends the threads', async () => {
    const { encoder, threads } = await load();
    const exits = [...threads.text, ...threads.vision].map(exitOf);
    const pictures = await drawDiscs(1);
    const running = encoder.encodeTexts(['this one runs']);
    await Promise.resolve();
    await Promise.resolve();
    const others = Promise.allSettled([
      encoder.encodeTexts(['this one waits']),
      encoder.close(),
      encoder.close(),
      encoder.encodeTexts(['this one is too late']),
      encoder.encodeImages(pictures),
      encoder.ready(),
    ]);

    expect((await running)[0]?.length).toBe(256);
    const unavailable = { status: 'rejected', reason: { code: 'UNAVAILABLE' } };
    const fulfilled = { status: 'fulfilled' };
    const closing = { status: 'rejected', reason: { name: 'OperatorError' } };
    expect(await others).toMatchObject([
      unavailable,
      fulfilled,
      fulfilled,
      unavailable,
      unavailable,
      closing,
    ]);
    // Ended by themselves: a thread that is terminated exits with 1.
    expect(await Promise.all(exits)).toEqual([0, 0]);
  });
});
