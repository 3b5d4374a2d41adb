import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngestProgress } from '../../src/images/ingest-progress.js';
import { createLogger } from '../../src/log.js';
import { addPicture, openCollection, type Collection } from '../support/collection.js';
import { makePicture } from '../support/pictures.js';

const INTERVAL_MS = 20;
let collection: Collection;
let statements = 0;
let seed = 0;
beforeAll(async () => {
  collection = await openCollection();
});
afterAll(() => collection.drop());

const add = async () => addPicture(collection.images, await makePicture(++seed));
/** The progress as one process sees it, with its statements counted. */
function watched() {
  const { database, modelId } = collection;
  const pool = new Proxy(database.pool, {
    get(target, name) {
      if (name === 'query') statements += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return createIngestProgress(
    { database: { ...database, pool }, modelId: () => modelId, log: createLogger('silent') },
    INTERVAL_MS,
  );
}

describe('the progress', () => {
  it('counts what waits, is done and failed, with rate and time left', async () => {
    const progress = watched();
    expect(await progress.read()).toMatchObject({
      pending: 0,
      ready: 0,
      failed: 0,
      running: 0,
      imagesPerSecond: 0,
      secondsLeft: 0,
    });
    const [first, second] = [await add(), await add(), await add()];
    expect(await progress.read()).toMatchObject({ pending: 3, imagesPerSecond: 0, secondsLeft: null });
    await collection.process({ imageId: first.id }, 1, false);
    await rm(collection.originalPath(second.sha256));
    await collection.process({ imageId: second.id }, 1, false);
    const now = await progress.read();
    expect(now).toMatchObject({ pending: 1, ready: 1, failed: 1, running: 0 });
    expect(now.imagesPerSecond).toBeGreaterThan(0);
    expect(now.secondsLeft).toBeCloseTo(1 / now.imagesPerSecond, 6);
    // Editing an old image is no progress.
    await collection.database.pool.query(
      "UPDATE image_embeddings SET created_at = created_at - interval '1 hour'",
    );
    await collection.images.update(first.id, { title: 'edited' });
    expect((await progress.read()).imagesPerSecond).toBeLessThanOrEqual(now.imagesPerSecond);
  });

  it('comes at once and when it changes, to all by the same statements, and asks nothing when nobody listens', async () => {
    const progress = watched();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = progress.subscribe(one.signal)[Symbol.asyncIterator]();
    const second = progress.subscribe(two.signal)[Symbol.asyncIterator]();
    const before = await Promise.all([first.next(), second.next()]);
    expect(before[0]).toEqual(before[1]);
    const ready = (result: IteratorResult<{ ready: number }>) =>
      result.done === true ? NaN : result.value.ready;
    const { id } = await add();
    await collection.process({ imageId: id }, 1, false);
    const until = async (events: typeof first) => {
      for (;;) if (ready(await events.next()) > ready(before[0])) return;
    };
    await Promise.all([until(first), until(second)]);
    const waiting = [first.next(), second.next()];
    one.abort();
    two.abort();
    await Promise.all(waiting);
    await Promise.all([first.return?.(), second.return?.()]);
    // The last statement may be on its way still; then there are no more.
    let settled = -1;
    await expect
      .poll(
        () => {
          const quiet = settled === statements;
          settled = statements;
          return quiet;
        },
        { interval: 10 * INTERVAL_MS },
      )
      .toBe(true);
  });
});
