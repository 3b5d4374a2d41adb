/** The receiving end of events, for one who may be slower than they come. */
export interface EventQueue<T> {
  /** Ends when `end` is called, when the signal aborts, or when the one who iterates leaves. */
  readonly iterator: AsyncIterableIterator<T>;
  push(event: T): void;
  /** What is queued still comes, then the iterator rejects with the error and ends. */
  fail(error: unknown): void;
  /** What is queued is forgotten. */
  end(): void;
}

/**
 * A queue of events as an async iterator. Written by hand, since an async generator that waits for its next value cannot
 * be ended from outside: the one who unsubscribes would wait until something happens.
 *
 * @param maxBehind what the receiver may be behind; then it loses the oldest
 * @param onEnd is called once, however it ends
 */
export function createEventQueue<T extends object | number>(options: {
  readonly maxBehind: number;
  readonly onEnd: () => void;
  readonly signal?: AbortSignal | undefined;
}): EventQueue<T> {
  const { maxBehind, onEnd, signal } = options;
  const DONE: IteratorResult<T> = { done: true, value: undefined };
  const behind: T[] = [];
  let waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  let ended = signal?.aborted ?? false;
  let failure: { error: unknown } | undefined;

  const stop = () => {
    if (ended) return;
    ended = true;
    for (const { resolve } of waiting) resolve(DONE);
    waiting = [];
    signal?.removeEventListener('abort', end);
    onEnd();
  };
  const end = () => {
    behind.length = 0;
    stop();
  };
  signal?.addEventListener('abort', end, { once: true });

  const iterator: AsyncIterableIterator<T> = {
    async next() {
      const value = behind.shift();
      if (value !== undefined) return { done: false, value };
      if (failure !== undefined) {
        const { error } = failure;
        failure = undefined;
        throw error;
      }
      if (ended) return DONE;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      end();
      return Promise.resolve(DONE);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return {
    iterator,
    push(event) {
      if (ended) return;
      const next = waiting.shift();
      if (next !== undefined) {
        next.resolve({ done: false, value: event });
        return;
      }
      if (behind.length >= maxBehind) behind.shift();
      behind.push(event);
    },
    fail(error) {
      if (ended) return;
      const next = waiting.shift();
      if (next === undefined) failure = { error };
      else next.reject(error);
      stop();
    },
    end,
  };
}
