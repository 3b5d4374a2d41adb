/** Bounds how many bytes of originals are held at once, however many requests come in. */
export interface MemoryBudget {
  /**
   * Waits until so many bytes are free, first come first served.
   *
   * @param bytes more than the whole budget counts as the whole
   * @returns gives them back; calling it again does nothing
   */
  reserve(bytes: number): Promise<() => void>;
}

export function createMemoryBudget(total: number): MemoryBudget {
  let free = total;
  const waiting: { bytes: number; go: () => void }[] = [];

  const serve = () => {
    for (let first = waiting[0]; first !== undefined && first.bytes <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.bytes;
      first.go();
    }
  };

  return {
    async reserve(asked) {
      const bytes = Math.min(asked, total);
      await new Promise<void>((go) => {
        waiting.push({ bytes, go });
        serve();
      });
      let given = true;
      return () => {
        if (!given) return;
        given = false;
        free += bytes;
        serve();
      };
    },
  };
}
