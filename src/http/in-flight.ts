/** Counts what is running, so that closing can wait for it. */
export interface InFlight {
  /** Runs `work` and counts it until it settles. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is running, or after `milliseconds`; says which. */
  idle(milliseconds: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  let running = 0;
  const waiting = new Set<() => void>();
  return {
    async run(work) {
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) for (const wake of waiting) wake();
      }
    },
    async idle(milliseconds) {
      if (running === 0) return true;
      return new Promise((resolve) => {
        const settle = (idle: boolean) => () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(idle);
        };
        const wake = settle(true);
        const timer = setTimeout(settle(false), milliseconds);
        waiting.add(wake);
      });
    },
  };
}
