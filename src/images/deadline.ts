/** A limit on time that can be stopped while the waiting is our own fault. */
export interface Deadline {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  /** Settles as the promise does, or rejects with the signal's reason when the time is over first. */
  race<T>(promise: Promise<T>): Promise<T>;
  pause(): void;
  resume(): void;
  /** Stops the clock for good. */
  end(): void;
}

export function createDeadline(milliseconds: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const over = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error(`No answer within ${milliseconds} ms`));
    });
  });
  over.catch(() => undefined);

  let left = milliseconds;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const pause = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left -= performance.now() - startedAt;
  };
  const resume = () => {
    startedAt = performance.now();
    timer = setTimeout(
      () => {
        controller.abort();
      },
      Math.max(left, 0),
    );
  };
  resume();
  return { signal, race: (promise) => Promise.race([promise, over]), pause, resume, end: pause };
}
