import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTower, type Tower, type TowerOptions } from '../../../src/clip/tower.js';
import { OperatorError, RequestError } from '../../../src/errors.js';
import { createLogger } from '../../../src/log.js';

// Real threads with a made-up model: a number's "vector" is the number, and how many shared its batch. Negative numbers
// tell the thread what to do instead.
const CRASH = -1;
const FAIL = -2;
const HOLD = -3;
const MODEL = `
  const { parentPort, workerData } = require('node:worker_threads');
  const gate = new Int32Array(workerData);
  parentPort.on('message', ({ kind, items }) => {
    if (kind === 'close') return parentPort.close();
    if (items.includes(${CRASH})) throw new Error('a crash');
    if (items.includes(${FAIL})) return parentPort.postMessage({ kind: 'failed', message: 'a failure' });
    if (items.includes(${HOLD})) Atomics.wait(gate, 0, 0);
    parentPort.postMessage({ kind: 'encoded', vectors: items.map((item) => Float32Array.of(item, items.length)) });
  });
  parentPort.postMessage({ kind: 'ready', dimensions: 2 });
`;
const UNLOADABLE = `
  require('node:worker_threads').parentPort.postMessage({ kind: 'unloadable', message: 'no model' });
`;

const towers: Tower<number>[] = [];
afterEach(async () => {
  await Promise.all(towers.splice(0).map((tower) => tower.close()));
});

function create(options: Partial<TowerOptions> & { code?: string } = {}) {
  const gate = new SharedArrayBuffer(4);
  const start = vi.fn(() => new Worker(options.code ?? MODEL, { eval: true, workerData: gate }));
  const tower = createTower<number>({
    name: 'test',
    threads: 1,
    batchSize: 8,
    log: createLogger('silent'),
    start,
    unloadable: (message) => Promise.resolve(new OperatorError(`cannot be loaded: ${message}`)),
    ...options,
  });
  towers.push(tower);
  const open = () => {
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
  };
  return { tower, start, open };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a tower', () => {
  it('answers in order, in batches of the size that it was given', async () => {
    const { tower } = create();
    await tower.ready();
    const vectors = await tower.encode(numbers(20));
    expect(vectors.map(([item]) => item)).toEqual(numbers(20));
    expect(vectors.map(([, together]) => together)).toEqual([
      ...Array<number>(16).fill(8),
      ...Array<number>(4).fill(4),
    ]);
  });

  it('gathers calls of one moment', async () => {
    const { tower } = create();
    await tower.ready();
    const vectors = await Promise.all(numbers(6).map((item) => tower.encode([item])));
    expect(vectors.map(([vector]) => vector?.[1])).toEqual(Array<number>(6).fill(6));
  });

  it('starts one thread for items that come one by one, and the others when there is work to share', async () => {
    const { tower, start } = create({ threads: 3 });
    await tower.ready();
    for (const item of numbers(3)) await tower.encode([item]);
    expect(start).toHaveBeenCalledTimes(1);
    await tower.encode(numbers(2));
    expect(start).toHaveBeenCalledTimes(3);
  });

  it('shares out evenly among its threads', async () => {
    const { tower, start } = create({ threads: 2 });
    await tower.ready();
    await expect
      .poll(async () => (await tower.encode(numbers(6))).map(([, together]) => together))
      .toEqual(Array(6).fill(3));
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('takes callers in turn', async () => {
    const { tower, open } = create({ batchSize: 2 });
    await tower.ready();
    const first = tower.encode([HOLD]);
    await Promise.resolve();
    const done: string[] = [];
    const waiting = Promise.all([
      tower.encode(numbers(50)).then(() => done.push('many')),
      tower.encode([1]).then(() => done.push('one')),
      tower.encode([1, 2]).then(() => done.push('two')),
    ]);
    open();
    await Promise.all([first, waiting]);
    expect(done).toEqual(['one', 'two', 'many']);
  });

  it('fails a batch that the model fails, and goes on', async () => {
    const { tower, start } = create();
    await expect(tower.encode([FAIL])).rejects.toThrow('a failure');
    expect((await tower.encode([7]))[0]?.[0]).toBe(7);
    expect(start).toHaveBeenCalledTimes(1);
  });
});

describe('a thread that crashes', () => {
  it('fails its batch, and comes back for what waits', async () => {
    const { tower, start } = create({ batchSize: 1 });
    const crashed = tower.encode([CRASH]);
    const waiting = tower.encode([5]);
    await expect(crashed).rejects.toBeInstanceOf(RequestError);
    await expect(crashed).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await waiting)[0]?.[0]).toBe(5);
    expect(start).toHaveBeenCalledTimes(2);
  });

  it('is no matter for the other thread', async () => {
    const { tower } = create({ threads: 2, batchSize: 1 });
    await tower.ready();
    await expect(tower.encode([CRASH])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(tower.ready()).resolves.toBeUndefined();
    expect((await tower.encode([5]))[0]?.[0]).toBe(5);
  });

  it('five times without an answer in between is given up', async () => {
    const { tower, start } = create();
    for (let i = 0; i < 5; i++)
      await expect(tower.encode([CRASH])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(tower.ready()).rejects.toBeInstanceOf(OperatorError);
    await expect(tower.encode([1])).rejects.toThrow(/must start it again/);
    expect(start).toHaveBeenCalledTimes(5);
  });

  it('is forgiven by an answer', async () => {
    const { tower } = create();
    for (let i = 0; i < 6; i++) {
      await expect(tower.encode([CRASH])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await tower.encode([i]);
    }
    await expect(tower.ready()).resolves.toBeUndefined();
  });
});

describe('a model that cannot be loaded', () => {
  it('is told with its reason', async () => {
    const { tower } = create({ code: UNLOADABLE, threads: 2 });
    await expect(tower.ready()).rejects.toThrow('cannot be loaded: no model');
    await expect(tower.ready()).rejects.toBeInstanceOf(OperatorError);
    await expect(tower.encode([1])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('closing', () => {
  it('waits for the batch that runs, and refuses what waits', async () => {
    const { tower, open } = create({ batchSize: 1 });
    await tower.ready();
    const running = tower.encode([HOLD]);
    await Promise.resolve();
    const waiting = tower.encode([2]);
    const refused = expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const closed = tower.close();
    await refused;
    open();
    expect((await running)[0]?.[0]).toBe(HOLD);
    await closed;
    await expect(tower.encode([3])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is done at once while a thread rests after a crash', async () => {
    const { tower, start } = create();
    await expect(tower.encode([CRASH])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await tower.close();
    expect(start).toHaveBeenCalledTimes(1);
  });
});
