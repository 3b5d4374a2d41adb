/** Runs work, so many pieces at once; the others wait in the order in which they came. */
export interface Slots {
  use<T>(work: () => Promise<T>): Promise<T>;
}

export function createSlots(atOnce: number): Slots {
  let free = atOnce;
  const waiting: (() => void)[] = [];

  return {
    async use(work) {
      if (free > 0) free--;
      // A slot is handed on rather than freed, so that nobody who comes in between can take it.
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
