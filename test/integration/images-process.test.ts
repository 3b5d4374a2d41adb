import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UnreadableImageError } from '../../src/clip/encoder.js';
import { parseVector } from '../../src/db/vector.js';
import type { ImageRow } from '../../src/db/images.js';
import { createProcessImage } from '../../src/images/process-image.js';
import { createLogger } from '../../src/log.js';
import { addPicture, openCollection, type Collection, TEST_LIMITS } from '../support/collection.js';
import { createFakeEncoder, fakeVector } from '../support/fake-encoder.js';
import { makePicture } from '../support/pictures.js';

const DIMENSIONS = 16;
let collection: Collection;
/** What the encoder does before it encodes; nothing unless a test says so. */
let before: () => void | Promise<void>;
let seed = 0;
const freshPicture = () => makePicture(++seed, { width: 400, height: 300 });

beforeAll(async () => {
  collection = await openCollection({
    encoder: createFakeEncoder({ dimensions: DIMENSIONS, before: () => before() }),
  });
});
beforeEach(() => {
  before = () => undefined;
});
afterAll(() => collection.drop());

async function imageOf(id: number): Promise<ImageRow | undefined> {
  return (await collection.images.byIds([id])).get(id);
}

async function embeddingOf(id: number): Promise<Float32Array | undefined> {
  const { rows } = await collection.database.pool.query(
    'SELECT vector_send(embedding) AS embedding FROM image_embeddings WHERE image_id = $1 AND model_id = $2',
    [id, collection.modelId],
  );
  const [row] = z.array(z.object({ embedding: z.instanceof(Buffer) })).parse(rows);
  return row && parseVector(row.embedding);
}

async function files(): Promise<string[]> {
  const entries = await readdir(collection.dataFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /originals|thumbnails/.test(entry.parentPath))
    .map((entry) => entry.name);
}

describe('processing', () => {
  it('embeds, makes the first thumbnail, and makes the image READY', async () => {
    const bytes = await freshPicture();
    const { id, sha256 } = await addPicture(collection.images, bytes);
    await collection.process({ imageId: id }, 1, false);
    expect(await imageOf(id)).toMatchObject({ status: 'READY', failureCode: null, attempts: 1 });
    const embedding = await embeddingOf(id);
    expect(embedding).toEqual(fakeVector(bytes, DIMENSIONS));
    expect(
      await readdir(path.join(collection.dataFolder, 'thumbnails', '320', sha256.slice(0, 2))),
    ).toContain(`${sha256}.webp`);
  });

  it('is done once, however often the job runs', async () => {
    let encoded = 0;
    before = () => {
      encoded++;
    };
    const { id } = await addPicture(collection.images, await freshPicture());
    await collection.process({ imageId: id }, 1, false);
    const ready = await imageOf(id);
    await collection.process({ imageId: id }, 1, false);
    expect(encoded).toBe(1);
    expect(await imageOf(id)).toEqual(ready);
  });

  it('may run twice at once', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    await Promise.all([1, 1, 1].map((attempt) => collection.process({ imageId: id }, attempt, false)));
    expect(await imageOf(id)).toMatchObject({ status: 'READY' });
    expect(await embeddingOf(id)).toHaveLength(DIMENSIONS);
  });

  it('embeds a READY image that another model embedded', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    await collection.process({ imageId: id }, 1, false);
    await collection.database.pool.query('DELETE FROM image_embeddings WHERE image_id = $1', [id]);
    await collection.process({ imageId: id }, 1, false);
    expect(await embeddingOf(id)).toHaveLength(DIMENSIONS);
  });

  it('has nothing to do for an image that is gone', async () => {
    await collection.process({ imageId: 2 ** 50 }, 1, false);
    const { id } = await addPicture(collection.images, await freshPicture());
    before = async () => {
      await collection.images.delete([id]);
    };
    await collection.process({ imageId: id }, 1, true);
    expect(await imageOf(id)).toBeUndefined();
    expect(await embeddingOf(id)).toBeUndefined();
  });

  it('fails at once when the original is missing', async () => {
    const { id, sha256 } = await addPicture(collection.images, await freshPicture());
    await rm(collection.originalPath(sha256));
    await collection.process({ imageId: id }, 1, false);
    const image = await imageOf(id);
    expect(image).toMatchObject({ status: 'FAILED', failureCode: 'ORIGINAL_MISSING', attempts: 1 });
    expect(image?.failureMessage).toContain('Add the same file again');
  });

  it('waits while the folder of originals is away, however often it is tried, and then goes on', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    await collection.database.pool.query(
      'SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs',
    );
    const folder = path.join(collection.dataFolder, 'originals');
    await rename(folder, `${folder}.away`);
    // What a mount leaves when it is gone.
    await mkdir(folder);
    await expect(collection.process({ imageId: id }, 1, false)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await collection.process({ imageId: id }, 3, true);
    expect(await imageOf(id)).toMatchObject({ status: 'PENDING', failureCode: null });
    expect(await collection.jobs()).toMatchObject([{ key: `image:${id}`, attempts: 0 }]);

    await rmdir(folder);
    await rename(`${folder}.away`, folder);
    await collection.process({ imageId: id }, 1, false);
    expect(await imageOf(id)).toMatchObject({ status: 'READY' });
  });

  it('fails at once when the bytes cannot be decoded', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    before = () => {
      throw new UnreadableImageError('VipsJpeg: /secret/path: bad marker');
    };
    await collection.process({ imageId: id }, 2, false);
    const image = await imageOf(id);
    expect(image).toMatchObject({ status: 'FAILED', failureCode: 'UNREADABLE', attempts: 2 });
    expect(image?.failureMessage).not.toContain('secret');
  });

  it('is tried again after any other error, and fails on the last attempt without telling internals', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    before = () => {
      throw new Error('the tower at /secret/path crashed');
    };
    await expect(collection.process({ imageId: id }, 1, false)).rejects.toThrow('crashed');
    expect(await imageOf(id)).toMatchObject({ status: 'PENDING', attempts: 1 });
    await expect(collection.process({ imageId: id }, 2, false)).rejects.toThrow('crashed');
    await collection.process({ imageId: id }, 3, true);
    const image = await imageOf(id);
    expect(image).toMatchObject({ status: 'FAILED', failureCode: 'INTERNAL', attempts: 3 });
    expect(image?.failureMessage).toContain("server's log");
    expect(image?.failureMessage).not.toContain('secret');
  });

  it('does not fail an image that another job embedded meanwhile', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    before = async () => {
      before = () => undefined;
      await collection.process({ imageId: id }, 1, false);
      throw new Error('crashed');
    };
    await collection.process({ imageId: id }, 3, true);
    expect(await imageOf(id)).toMatchObject({ status: 'READY' });
  });

  it('does not fail an image whose thumbnail cannot be made', async () => {
    const { id } = await addPicture(collection.images, await freshPicture());
    const storage: typeof collection.storage = {
      ...collection.storage,
      thumbnails: { ...collection.storage.thumbnails, make: () => Promise.reject(new Error('disk full')) },
    };
    const { database, encoder, modelId } = collection;
    const process = createProcessImage({
      database,
      storage,
      encoder,
      modelId,
      limits: TEST_LIMITS,
      classify: () => Promise.resolve(),
      recordDuplicates: () => Promise.resolve(),
      jobMaxAttempts: 3,
      log: createLogger('silent'),
    });
    await process({ imageId: id }, 1, false);
    expect(await imageOf(id)).toMatchObject({ status: 'READY' });
  });
});

describe('processing many images at once', () => {
  const open = { limits: TEST_LIMITS, jobMaxAttempts: 3, log: createLogger('silent') } as const;
  const add = async (count: number) => {
    const ids = [];
    for (let i = 0; i < count; i++) ids.push((await addPicture(collection.images, await freshPicture())).id);
    return ids;
  };

  it('embeds them together, and leaves connections to others', async () => {
    const ids = await add(20);
    let embedding = 0;
    let storing = 0;
    let mostStoring = 0;
    let everyoneIsHere: (() => void) | undefined;
    const everyone = new Promise<void>((resolve) => (everyoneIsHere = resolve));
    before = async () => {
      if (++embedding === ids.length) everyoneIsHere?.();
      await everyone;
    };
    const { database, storage, encoder, modelId } = collection;
    const process = createProcessImage({
      ...open,
      database,
      storage,
      encoder,
      modelId,
      async classify() {
        mostStoring = Math.max(mostStoring, ++storing);
        await database.pool.query('SELECT 1');
      },
      recordDuplicates() {
        storing--;
        return Promise.resolve();
      },
    });
    await Promise.all(ids.map((imageId) => process({ imageId }, 1, false)));
    expect([...(await collection.images.statesOf(ids)).values()]).toEqual(
      ids.map(() => ({ status: 'READY', failureCode: null, failureMessage: null })),
    );
    expect(mostStoring).toBeGreaterThan(1);
    expect(mostStoring).toBeLessThanOrEqual(8);
  });

  it('holds no more of large originals than fits', async () => {
    const ids = await add(3);
    // Two such files fit.
    await collection.database.pool.query('UPDATE images SET byte_size = $2 WHERE id = ANY($1::bigint[])', [
      ids,
      100 * 1024 * 1024,
    ]);
    let held = 0;
    let mostHeld = 0;
    let twoAreHere: (() => void) | undefined;
    const two = new Promise<void>((resolve) => (twoAreHere = resolve));
    before = async () => {
      mostHeld = Math.max(mostHeld, ++held);
      if (held === 2) twoAreHere?.();
      await two;
      // Time enough for a third, if it were let in.
      for (let i = 0; i < 20; i++) await collection.database.pool.query('SELECT 1');
      held--;
    };
    await Promise.all(ids.map((imageId) => collection.process({ imageId }, 1, false)));
    const states = await collection.images.statesOf(ids);
    expect(ids.map((id) => states.get(id)?.status)).toEqual(['READY', 'READY', 'READY']);
    expect(mostHeld).toBe(2);
  });
});

describe('a picture that was decoded when it was added', () => {
  it('is embedded by a worker of the same process, once, without its original', async () => {
    const decoding = await openCollection({ encoder: createFakeEncoder({ dimensions: 8, decodes: true }) });
    try {
      const bytes = await freshPicture();
      const { id, sha256 } = await addPicture(decoding.images, bytes);
      await rm(decoding.originalPath(sha256));
      await decoding.process({ imageId: id }, 1, false);
      expect((await decoding.images.byIds([id])).get(id)).toMatchObject({
        status: 'READY',
        failureCode: null,
      });

      await decoding.database.pool.query("UPDATE images SET status = 'PENDING' WHERE id = $1", [id]);
      await decoding.database.pool.query('DELETE FROM image_embeddings WHERE image_id = $1', [id]);
      await decoding.process({ imageId: id }, 1, false);
      expect((await decoding.images.byIds([id])).get(id)).toMatchObject({ failureCode: 'ORIGINAL_MISSING' });
    } finally {
      await decoding.drop();
    }
  });
});

describe('retrying failed images', () => {
  async function failedImage(): Promise<number> {
    const { id } = await addPicture(collection.images, await freshPicture());
    before = () => {
      throw new Error('crashed');
    };
    await collection.process({ imageId: id }, 3, true);
    before = () => undefined;
    return id;
  }

  it('puts them back to PENDING with a new job, and then they can become READY', async () => {
    const [first, second] = [await failedImage(), await failedImage()];
    const { id: pending } = await addPicture(collection.images, await freshPicture());
    await collection.database.pool.query(
      'SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs',
    );
    expect(await collection.images.retryFailed([first, pending, 2 ** 50])).toBe(1);
    expect(await imageOf(first)).toMatchObject({ status: 'PENDING', failureCode: null, attempts: 0 });
    expect(await imageOf(second)).toMatchObject({ status: 'FAILED' });
    expect(await collection.jobs()).toHaveLength(1);
    expect(await collection.images.retryFailed(undefined)).toBeGreaterThanOrEqual(1);
    expect(await imageOf(second)).toMatchObject({ status: 'PENDING' });
    expect(await collection.images.retryFailed(undefined)).toBe(0);
    await collection.process({ imageId: second }, 1, false);
    expect(await imageOf(second)).toMatchObject({ status: 'READY', attempts: 1 });
  });

  it('puts back more than one transaction takes', async () => {
    const { pool } = collection.database;
    const { rows } = await pool.query(
      `INSERT INTO images (sha256, media_type, width, height, byte_size, status, failure_code, failure_message)
       SELECT sha256(('many ' || i)::bytea), 'image/png', 1, 1, 1, 'FAILED', 'INTERNAL', 'for a test'
       FROM generate_series(1, 2500) AS i RETURNING id`,
    );
    const ids = rows.map(({ id }: { id: unknown }) => Number(id));
    expect(await collection.images.retryFailed(undefined)).toBe(2500);
    const { rows: queued } = await pool.query(
      `SELECT count(*)::int AS count FROM images AS i JOIN graphile_worker.jobs AS j ON j.key = 'image:' || i.id
       WHERE i.status = 'PENDING' AND i.id = ANY($1::bigint[])`,
      [ids],
    );
    expect(queued).toEqual([{ count: 2500 }]);
    await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [ids]);
    await pool.query('SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs');
  });
});

describe('updating', () => {
  it('changes the given fields and leaves the others', async () => {
    const image = await addPicture(collection.images, await freshPicture(), {
      filename: 'a.jpg',
      title: 'A',
      tags: ['a'],
      metadata: { a: 1 },
    });
    const { images } = collection;
    const changed = await images.update(image.id, { title: 'B', tags: [' z ', 'b', 'z'] });
    expect(changed).toMatchObject({
      outcome: 'updated',
      image: { filename: 'a.jpg', title: 'B', tags: ['b', 'z'], metadata: { a: 1 } },
    });
    if (changed.outcome !== 'updated') throw new Error('not updated');
    expect(changed.image.updatedAt.getTime()).toBeGreaterThanOrEqual(image.updatedAt.getTime());
    expect(changed.image.createdAt).toEqual(image.createdAt);
    expect(await images.update(image.id, { filename: null, title: null, metadata: { b: 2 } })).toMatchObject({
      outcome: 'updated',
      image: { filename: null, title: null, tags: ['b', 'z'], metadata: { b: 2 } },
    });
    const unchanged = await imageOf(image.id);
    expect(await images.update(image.id, {})).toEqual({ outcome: 'updated', image: unchanged });
    expect(await images.update(2 ** 50, {})).toEqual({ outcome: 'not-found' });
  });

  it('names the field that breaks a rule, and changes nothing', async () => {
    const image = await addPicture(collection.images, await freshPicture(), { title: 'A' });
    expect(await collection.images.update(image.id, { title: 'B', tags: ['x'.repeat(101)] })).toMatchObject({
      outcome: 'invalid',
      field: 'tags',
    });
    expect(await imageOf(image.id)).toEqual(image);
  });

  it('says when there is no such image', async () => {
    expect(await collection.images.update(2 ** 50, { title: 'B' })).toEqual({ outcome: 'not-found' });
  });
});

describe('deleting', () => {
  it('removes rows, embeddings, originals and thumbnails, and reports only what there was', async () => {
    const { images } = collection;
    const [one, two, kept] = [
      await addPicture(images, await freshPicture()),
      await addPicture(images, await freshPicture()),
      await addPicture(images, await freshPicture()),
    ];
    for (const { id, sha256 } of [one, two, kept]) {
      await collection.process({ imageId: id }, 1, false);
      await images.thumbnail(sha256, 160, 'webp');
    }
    const { deleted } = await images.delete([one.id, 2 ** 50, two.id, one.id]);
    expect([...deleted].sort((a, b) => a - b)).toEqual([one.id, two.id]);
    expect((await images.byIds([one.id, two.id, kept.id])).size).toBe(1);
    const left = await files();
    for (const { sha256 } of [one, two]) {
      expect(left.filter((name) => name.startsWith(sha256))).toEqual([]);
      expect(await images.original(sha256)).toBeUndefined();
      expect(await images.thumbnail(sha256, 320, 'webp')).toBeUndefined();
    }
    expect(left.filter((name) => name.startsWith(kept.sha256))).toHaveLength(3);
    expect(await embeddingOf(one.id)).toBeUndefined();
    expect(await embeddingOf(kept.id)).toBeDefined();
    expect(await images.delete([one.id])).toEqual({ deleted: [] });
    expect(await images.delete([])).toEqual({ deleted: [] });
  });

  it('never takes the original of the same bytes that are added at the same moment', async () => {
    const bytes = await freshPicture();
    const source = { kind: 'base64', base64: bytes.toString('base64') } as const;
    const others = [collection.images, collection.another()] as const;
    for (let round = 0; round < 15; round++) {
      const added = await others[0].add(source, {});
      if (added.outcome === 'rejected') throw new Error(added.message);
      await Promise.all([
        others[0].delete([added.image.id]),
        others[1].add(source, {}),
        others[1].add(source, {}),
        others[0].delete([added.image.id]),
      ]);
      const { images } = await collection.images.list({
        filter: {},
        orderBy: { field: 'CREATED_AT', direction: 'DESC' },
        limit: 100,
        from: 'start',
      });
      for (const image of images.filter(({ sha256 }) => sha256 === added.image.sha256)) {
        expect(await collection.storage.originals.isWhole(image.sha256, bytes.length)).toBe(true);
      }
    }
  });
});

describe('originals and thumbnails', () => {
  it('are there for images, and only for images', async () => {
    const { images } = collection;
    const { sha256 } = await addPicture(images, await freshPicture());
    const thumbnail = await images.thumbnail(sha256, 160, 'webp');
    expect(await sharp(thumbnail ?? '').metadata()).toMatchObject({
      format: 'webp',
      width: 160,
      height: 120,
    });
    expect(await images.thumbnail(sha256, 160, 'webp')).toEqual(thumbnail);
    for (const unknown of ['0'.repeat(64), 'no hash', '../../etc/passwd', sha256.toUpperCase()]) {
      expect(await images.original(unknown)).toBeUndefined();
      expect(await images.thumbnail(unknown, 160, 'webp')).toBeUndefined();
    }
  });

  it('have no thumbnail where the original was lost or cannot be read', async () => {
    const { images } = collection;
    const { sha256 } = await addPicture(images, await freshPicture());
    await writeFile(collection.originalPath(sha256), 'no image any more');
    expect(await images.thumbnail(sha256, 640, 'webp')).toBeUndefined();
    await rm(collection.originalPath(sha256));
    expect(await images.thumbnail(sha256, 640, 'webp')).toBeUndefined();
  });
});

describe('events of processed images', () => {
  it('reach every subscriber, READY or FAILED', async () => {
    const subscribers = [
      collection.images.processed(),
      collection.images.processed(),
      collection.another().processed(),
    ];
    // Nothing tells when LISTEN stands; whatever was processed before it is looked up.
    const { id: ready } = await addPicture(collection.images, await freshPicture());
    const { id: failed, sha256 } = await addPicture(collection.images, await freshPicture());
    await rm(collection.originalPath(sha256));
    await collection.process({ imageId: ready }, 1, false);
    await collection.process({ imageId: failed }, 1, false);
    for (const subscriber of subscribers) {
      const wanted = new Set([ready, failed]);
      for await (const id of subscriber) {
        wanted.delete(id);
        if (wanted.size === 0) break;
      }
      expect(await subscriber.next()).toEqual({ done: true, value: undefined });
    }
  });

  it('end when the signal aborts, or who waits goes', async () => {
    const controller = new AbortController();
    const byReturn = collection.images.processed();
    // Those that were processed before may still come: only what comes after the end counts.
    const first = drain(collection.images.processed(controller.signal));
    const second = drain(byReturn);
    controller.abort();
    await first;
    await byReturn.return?.();
    await second;
    expect(await collection.images.processed(AbortSignal.abort()).next()).toEqual({
      done: true,
      value: undefined,
    });
  });

  /** An `Images` whose connection for notifications is in the test's hands. */
  function withListen(listen: typeof collection.database.listen) {
    return collection.another({ database: { ...collection.database, listen } });
  }
  /** Leaves behind the second in which events of before may still come. */
  async function quiet(): Promise<void> {
    await collection.database.pool.query("UPDATE images SET updated_at = updated_at - interval '1 minute'");
  }

  it('that nobody heard of while the connection was down follow when it is back; edits do not', async () => {
    const { id: edited } = await addPicture(collection.images, await freshPicture());
    await collection.process({ imageId: edited }, 1, false);
    await collection.database.pool.query(
      "UPDATE image_embeddings SET created_at = created_at - interval '1 minute'",
    );
    await quiet();
    let reconnected: (() => void) | undefined;
    const events = withListen((_channel, _onPayload, onReconnect) => {
      reconnected = onReconnect;
      return Promise.resolve(() => Promise.resolve());
    }).processed();
    const { id } = await addPicture(collection.images, await freshPicture());
    await collection.process({ imageId: id }, 1, false);
    await collection.images.update(edited, { title: 'edited' });
    const heard = events.next();
    reconnected?.();
    expect(await heard).toEqual({ done: false, value: id });
    await events.return?.();
  });

  it('that a slow subscriber cannot take are dropped, the oldest first', async () => {
    await quiet();
    let notify: ((payload: string) => void) | undefined;
    const images = withListen((_channel, onPayload) => {
      notify = onPayload;
      return Promise.resolve(() => Promise.resolve());
    });
    const events = images.processed();
    notify?.('no number');
    for (let id = 1; id <= 10_001; id++) notify?.(String(id));
    expect(await events.next()).toEqual({ done: false, value: 2 });
    await events.return?.();
  });

  it('fail for those who wait when nobody can listen, and are heard by those who come later', async () => {
    let failing = true;
    const images = withListen((channel, onPayload, onReconnect) =>
      failing
        ? Promise.reject(new Error('the database is down'))
        : collection.database.listen(channel, onPayload, onReconnect),
    );
    const events = images.processed();
    await expect(events.next()).rejects.toThrow('the database is down');
    expect(await events.next()).toEqual({ done: true, value: undefined });
    failing = false;
    const later = images.processed();
    const { id } = await addPicture(collection.images, await freshPicture());
    await collection.process({ imageId: id }, 1, false);
    for await (const heard of later) if (heard === id) break;
  });

  async function drain(events: AsyncIterableIterator<number>): Promise<void> {
    for await (const id of events) expect(id).toBeGreaterThan(0);
  }
});
