import type { Worker } from 'node:worker_threads';
import { OperatorError, RequestError } from '../errors.js';
import type { Logger } from '../log.js';
import { createFairQueue, type Ticket } from './fair-queue.js';
import { createTowerThread, type TowerThread } from './tower-thread.js';

/** Half of a CLIP, for texts or for pictures, in one or more threads. */
export interface Tower<Item> {
  /** Length of its vectors; known when `ready` has resolved once. */
  readonly dimensions: number;
  /** Resolves when a thread is there to take work; rejects when none will be again. */
  ready(): Promise<void>;
  /**
   * Calls that come while the threads are busy are gathered into batches; an idle thread starts at once.
   *
   * @throws RequestError UNAVAILABLE
   */
  encode(items: readonly Item[]): Promise<Float32Array[]>;
  /** Finishes the batches that run, refuses what waits, ends the threads. */
  close(): Promise<void>;
}

export interface TowerOptions {
  readonly name: string;
  readonly threads: number;
  /** Items of one message to a thread. */
  readonly batchSize: number;
  readonly log: Logger;
  readonly start: () => Worker;
  /** Turns the reason why the model does not load into an error for the operator. */
  readonly unloadable: (message: string) => Promise<OperatorError>;
}

const CLOSING = 'The encoder is closing. Try again when Pictograph has started again.';
const LOST =
  'The encoder broke down and does not come back by itself. Whoever operates this server must start it again.';
const LOST_FOR_OPERATORS =
  'The encoder broke down too often in a row. The log says why; start Pictograph again.';

export function createTower<Item>(options: TowerOptions): Tower<Item> {
  const queue = createFairQueue<Item>();
  const waiting = new Set<{ resolve: (result?: Promise<void>) => void; reject: (error: Error) => void }>();
  let failure: Promise<OperatorError> | undefined;
  let dispatching = false;
  let closing: Promise<void> | undefined;

  const threads: TowerThread<Item>[] = [];
  startThread();

  function startThread() {
    const thread = createTowerThread<Item>({
      ...options,
      name: options.threads === 1 ? options.name : `${options.name} ${threads.length + 1}`,
      onChange: dispatchSoon,
      onUnloadable: (message) => {
        failure ??= options.unloadable(message);
      },
    });
    threads.push(thread);
  }

  /**
   * When there is work to share for the first time. Loading takes a second of a core each, which a start need not wait for, and a
   * server that is only searched never needs their memory: 640 MB each for CLIP ViT-B/32.
   */
  function startOthers() {
    while (threads.length < options.threads) startThread();
  }

  /** After everything that is added in this turn of the event loop, so that it can share a batch. */
  function dispatchSoon() {
    if (dispatching) return;
    dispatching = true;
    queueMicrotask(() => {
      dispatching = false;
      settleWaiting();
      dispatch();
    });
  }

  function dispatch() {
    const idle = threads.filter((thread) => thread.state === 'idle');
    if (queue.size > 1 && closing === undefined) startOthers();
    for (const [i, thread] of idle.entries()) {
      // Shared out evenly: two threads with four pictures each are done before one with eight.
      const share = Math.ceil(queue.size / (idle.length - i));
      const batch = queue.take(Math.min(share, options.batchSize));
      if (batch.length > 0) void run(thread, batch);
    }
  }

  async function run(thread: TowerThread<Item>, batch: readonly Ticket<Item>[]) {
    try {
      const vectors = await thread.encode(batch.map(({ item }) => item));
      for (const [i, { resolve, reject }] of batch.entries()) {
        const vector = vectors[i];
        if (vector === undefined) reject(new Error(`${options.name} gave too few vectors.`));
        else resolve(vector);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function settleWaiting() {
    const works = threads.some(({ state }) => state === 'idle' || state === 'busy');
    if (works) for (const waiter of waiting) waiter.resolve();
    else if (!threads.every(({ state }) => state === 'lost')) return;
    else {
      for (const waiter of waiting) waiter.resolve(lost());
      queue.clear(new RequestError('UNAVAILABLE', LOST));
    }
    waiting.clear();
  }

  async function lost(): Promise<void> {
    throw (await failure) ?? new OperatorError(LOST_FOR_OPERATORS);
  }

  async function close() {
    queue.clear(new RequestError('UNAVAILABLE', CLOSING));
    await Promise.all(threads.map((thread) => thread.close()));
    for (const waiter of waiting) waiter.reject(new OperatorError(CLOSING));
    waiting.clear();
  }

  return {
    get dimensions() {
      return Math.max(...threads.map((thread) => thread.dimensions));
    },
    ready() {
      if (closing !== undefined) return Promise.reject(new OperatorError(CLOSING));
      const promise = new Promise<void>((resolve, reject) => {
        waiting.add({ resolve, reject });
      });
      settleWaiting();
      return promise;
    },
    encode(items) {
      if (closing !== undefined) return Promise.reject(new RequestError('UNAVAILABLE', CLOSING));
      const result = queue.add(items);
      dispatchSoon();
      return result;
    },
    close: () => (closing ??= close()),
  };
}
