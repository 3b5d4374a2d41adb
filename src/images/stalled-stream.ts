import { Readable } from 'node:stream';
import { createDeadline } from './deadline.js';

/**
 * A stream that fails when its source gives nothing for so long while someone waits for it. How long the reader takes
 * does not count: a slow client is no fault of the source.
 */
export function failWhenStalled(source: Readable, milliseconds: number): Readable {
  return Readable.from(chunksOf(source, milliseconds), { objectMode: false });
}

async function* chunksOf(source: Readable, milliseconds: number): AsyncGenerator {
  const chunks: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const deadline = createDeadline(milliseconds);
      const next = await deadline.race(chunks.next()).finally(() => {
        deadline.end();
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    source.destroy();
  }
}
