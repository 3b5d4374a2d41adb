import type { Worker } from 'node:worker_threads';
import { RequestError, messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { parseFromTower, type ToTower } from './tower-protocol.js';

/** A thread with a loaded tower in it, which is started again when it ends unasked. */
export interface TowerThread<Item> {
  readonly state: ThreadState;
  /** Length of the vectors; 0 until the thread was ready for the first time. */
  readonly dimensions: number;
  /**
   * Only in the state `idle`.
   *
   * @throws RequestError UNAVAILABLE when the thread ends before it has answered
   */
  encode(items: readonly Item[]): Promise<Float32Array[]>;
  /** Waits for what is running, then ends the thread. Never ends it in the middle of a run, which can abort the process. */
  close(): Promise<void>;
}

/** `lost`: ended too often in a row, or could not be loaded; it will not come back. */
export type ThreadState = 'starting' | 'idle' | 'busy' | 'resting' | 'lost' | 'closed';

export interface TowerThreadOptions {
  readonly name: string;
  readonly log: Logger;
  readonly start: () => Worker;
  /** Called after every change of state. */
  readonly onChange: () => void;
  /** Called when the model in the thread cannot be loaded, with the reason. */
  readonly onUnloadable: (message: string) => void;
}

/** A thread that ended so many times without an answer in between is given up. */
const MOST_CRASHES = 5;
const FIRST_REST_MS = 100;
/** How long an idle thread may take to end by itself. */
const CLOSING_MS = 5000;

export function createTowerThread<Item>(options: TowerThreadOptions): TowerThread<Item> {
  const { name, log } = options;
  let state: ThreadState = 'starting';
  let worker: Worker;
  let dimensions = 0;
  let crashes = 0;
  let running: { resolve: (vectors: Float32Array[]) => void; reject: (error: Error) => void } | undefined;
  let rest: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;
  let settled: () => void = () => undefined;

  const become = (next: ThreadState) => {
    state = next;
    if (next !== 'starting' && next !== 'busy') settled();
    options.onChange();
  };

  const start = () => {
    state = 'starting';
    const started = (worker = options.start());
    let reason = 'it ended';
    started.on('message', (message: unknown) => {
      receive(message);
    });
    started.on('error', (error: unknown) => {
      reason = messageOf(error);
    });
    started.on('exit', () => {
      if (started === worker) ended(reason);
    });
  };

  const receive = (raw: unknown) => {
    const message = parseFromTower(raw);
    switch (message.kind) {
      case 'ready':
        dimensions = message.dimensions;
        become('idle');
        break;
      case 'unloadable':
        options.onUnloadable(message.message);
        become('lost');
        break;
      case 'encoded':
        crashes = 0;
        answer((batch) => {
          batch.resolve(message.vectors);
        });
        break;
      case 'failed':
        crashes = 0;
        answer((batch) => {
          batch.reject(new Error(`The model failed in ${name}: ${message.message}`));
        });
    }
  };

  const answer = (how: (batch: NonNullable<typeof running>) => void) => {
    const batch = running;
    running = undefined;
    if (batch !== undefined) how(batch);
    become('idle');
  };

  const ended = (reason: string) => {
    if (state === 'lost' || state === 'closed') return;
    const batch = running;
    running = undefined;
    batch?.reject(
      new RequestError('UNAVAILABLE', 'The encoder broke down in the middle of this request. Try again.'),
    );
    if (closing !== undefined) {
      become('closed');
      return;
    }
    crashes++;
    if (crashes >= MOST_CRASHES) {
      log.error({ thread: name, reason }, 'The encoder thread ended too often in a row, and is given up.');
      become('lost');
      return;
    }
    const restMs = FIRST_REST_MS * 2 ** (crashes - 1);
    log.warn({ thread: name, reason, restMs }, 'The encoder thread ended unasked, and is started again.');
    rest = setTimeout(start, restMs);
    become('resting');
  };

  const close = async () => {
    clearTimeout(rest);
    if (state === 'starting' || state === 'busy') await new Promise<void>((resolve) => (settled = resolve));
    if (state !== 'idle') {
      state = 'closed';
      return;
    }
    const { promise, stop } = endOf(worker);
    worker.postMessage({ kind: 'close' } satisfies ToTower<Item>);
    await promise;
    stop();
    state = 'closed';
  };

  start();
  return {
    get state() {
      return state;
    },
    get dimensions() {
      return dimensions;
    },
    encode(items) {
      return new Promise((resolve, reject) => {
        running = { resolve, reject };
        become('busy');
        worker.postMessage({ kind: 'encode', items } satisfies ToTower<Item>);
      });
    },
    close: () => (closing ??= close()),
  };
}

/** Resolves when the thread has ended; one that does not end by itself is ended. */
function endOf(worker: Worker) {
  const timer = setTimeout(() => void worker.terminate(), CLOSING_MS);
  const promise = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      resolve();
    }),
  );
  return {
    promise,
    stop: () => {
      clearTimeout(timer);
    },
  };
}
