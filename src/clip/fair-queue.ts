/** Work of several callers, who take turns: a caller with a thousand items does not keep one with a single item waiting. */
export interface FairQueue<Item> {
  readonly size: number;
  /** @returns one result an item, in order; rejects when one of them fails */
  add(items: readonly Item[]): Promise<Float32Array[]>;
  /** Takes the next items out of the queue, at most so many. */
  take(most: number): readonly Ticket<Item>[];
  /** Fails everything that waits. */
  clear(error: Error): void;
}

/** An item that was taken, and where its result goes. */
export interface Ticket<Item> {
  readonly item: Item;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

interface Call<Item> {
  readonly tickets: Ticket<Item>[];
  readonly reject: (error: Error) => void;
}

export function createFairQueue<Item>(): FairQueue<Item> {
  const calls: Call<Item>[] = [];
  let size = 0;

  const remove = (call: Call<Item>) => {
    const at = calls.indexOf(call);
    if (at === -1) return;
    calls.splice(at, 1);
    size -= call.tickets.length;
  };

  return {
    get size() {
      return size;
    },

    add(items) {
      if (items.length === 0) return Promise.resolve([]);
      return new Promise((resolveAll, rejectAll) => {
        const results: Float32Array[] = [];
        let open = items.length;
        const reject = (error: Error) => {
          // What is left of a failed call would be computed for nobody.
          remove(call);
          rejectAll(error);
        };
        const tickets = items.map((item, i) => ({
          item,
          reject,
          resolve: (vector: Float32Array) => {
            results[i] = vector;
            if (--open === 0) resolveAll(results);
          },
        }));
        const call = { tickets, reject };
        calls.push(call);
        size += items.length;
      });
    },

    take(most) {
      const taken: Ticket<Item>[] = [];
      while (taken.length < most) {
        const call = calls.shift();
        const ticket = call?.tickets.shift();
        if (call === undefined || ticket === undefined) break;
        size--;
        taken.push(ticket);
        if (call.tickets.length > 0) calls.push(call);
      }
      return taken;
    },

    clear(error) {
      for (const call of [...calls]) call.reject(error);
    },
  };
}
