import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UnreadableImageError, type Encoder } from '../../../src/clip/encoder.js';
import { loadEncoder } from '../../../src/clip/load-encoder.js';
import { RequestError } from '../../../src/errors.js';
import { createProcessImage } from '../../../src/images/process-image.js';
import type { ImageStorage } from '../../../src/images/storage.js';
import type { JobRunner } from '../../../src/jobs/jobs.js';
import { startJobRunner } from '../../../src/jobs/runner.js';
import { createLogger } from '../../../src/log.js';
import { encoderOptions } from '../../support/clip-options.js';
import { addPicture, openCollection, TEST_LIMITS, type Collection } from '../../support/collection.js';
import { createFakeEncoder } from '../../support/fake-encoder.js';
import { makePicture } from '../../support/pictures.js';

const log = createLogger('silent');
const PATIENCE = { timeout: 120_000, interval: 50 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(encoder: Encoder): Promise<Collection> {
  const collection = await openCollection({ encoder });
  closing.push(() => collection.drop());
  return collection;
}

/** Works on the jobs of a collection, on its storage or on another that is given. */
async function work(collection: Collection, storage: ImageStorage = collection.storage): Promise<JobRunner> {
  const { database, encoder, modelId } = collection;
  const process_image = createProcessImage({
    database,
    storage,
    encoder,
    modelId,
    limits: TEST_LIMITS,
    classify: () => Promise.resolve(),
    recordDuplicates: () => Promise.resolve(),
    jobMaxAttempts: 3,
    log,
  });
  const runner = await startJobRunner({
    database,
    tasks: { process_image },
    concurrency: 8,
    log,
    pollIntervalMs: 100,
  });
  closing.push(() => runner.stop());
  return runner;
}

async function outcomes(collection: Collection) {
  const { rows } = await collection.database.pool.query<{
    status: string;
    code: string | null;
    message: string | null;
    attempts: number;
  }>('SELECT status, failure_code AS code, failure_message AS message, attempts FROM images ORDER BY id');
  return rows;
}
const settled = (collection: Collection) =>
  vi.waitFor(async () => {
    expect((await outcomes(collection)).filter(({ status }) => status === 'PENDING')).toEqual([]);
    expect(await collection.jobs()).toEqual([]);
  }, PATIENCE);

describe('what may pass', () => {
  it('is an encoder thread that dies with pictures in it: they are tried again, the thread comes back', async () => {
    const threads: Worker[] = [];
    let batches = 0;
    const encoder = await loadEncoder(
      encoderOptions({
        onWorkerStarted(tower, worker) {
          if (tower === 'text') return;
          threads.push(worker);
          const post = worker.postMessage.bind(worker);
          worker.postMessage = (message: unknown) => {
            // No message of the protocol is null: the thread throws, and never gets to the pictures that come after it.
            if (++batches === 3) post(null);
            post(message);
          };
        },
      }),
    );
    closing.push(() => encoder.close());
    const collection = await open(encoder);
    for (let seed = 0; seed < 24; seed++) await addPicture(collection.images, await makePicture(seed));
    await work(collection);
    await settled(collection);

    const all = await outcomes(collection);
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 'READY'));
    expect(all.some(({ attempts }) => attempts === 2)).toBe(true);
    expect(all.filter(({ attempts }) => attempts > 2)).toEqual([]);
    expect(threads).toHaveLength(2);
  });

  it('is a storage that does not answer: it is asked again after a while, and later after a longer while', async () => {
    const collection = await open(createFakeEncoder());
    await addPicture(collection.images, await makePicture(1));
    const asked: number[] = [];
    const read: ImageStorage['originals']['read'] = (sha256) => {
      asked.push(performance.now());
      return asked.length < 3
        ? Promise.reject(new RequestError('UNAVAILABLE', 'The storage of images does not answer.'))
        : collection.storage.originals.read(sha256);
    };
    await work(collection, {
      ...collection.storage,
      originals: { ...collection.storage.originals, read },
    });
    await settled(collection);
    expect(await outcomes(collection)).toMatchObject([{ status: 'READY', attempts: 3 }]);
    const [first = 0, second = 0, third = 0] = asked;
    expect(second - first).toBeGreaterThan(2_000);
    expect(third - second).toBeGreaterThan(second - first);
  });
});

describe('what cannot pass', () => {
  it('is tried once and says why: a file that cannot be decoded, an original that is missing', async () => {
    let encoded = 0;
    const collection = await open(
      createFakeEncoder({
        before() {
          encoded++;
          throw new UnreadableImageError('bad marker');
        },
      }),
    );
    await addPicture(collection.images, await makePicture(1));
    const missing = await addPicture(collection.images, await makePicture(2));
    await collection.storage.remove([missing.sha256]);
    await work(collection);
    await settled(collection);
    expect(await outcomes(collection)).toMatchObject(
      [
        { status: 'FAILED', code: 'UNREADABLE', attempts: 1, message: /cannot be decoded/ },
        { status: 'FAILED', code: 'ORIGINAL_MISSING', attempts: 1, message: /Add the same file again/ },
      ].map((each) => ({ ...each, message: expect.stringMatching(each.message) as string })),
    );
    expect(encoded).toBe(1);
  });
});
