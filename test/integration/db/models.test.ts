import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import {
  activeModel,
  countEmbeddings,
  listModels,
  registerModel,
  type NewModel,
} from '../../../src/db/models.js';
import { vectorParameter } from '../../../src/db/vector.js';
import { ensureVectorIndex, vectorIndexName } from '../../../src/db/vector-index.js';
import { addImages } from '../../support/rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
});
afterAll(() => testDatabase.drop());

const card = (fingerprint: string, dimensions = 4): NewModel => ({
  name: `model ${fingerprint}`,
  source: 'Xenova/some-clip',
  revision: 'main',
  dtype: 'fp32',
  dimensions,
  logitScale: 100,
  fingerprint: fingerprint.repeat(64),
});

describe('models', () => {
  it('knows none at first', async () => {
    expect(await activeModel(database.pool)).toBeUndefined();
    expect(await listModels(database.pool)).toEqual([]);
  });

  it('registers a model once when many processes do so at the same time', async () => {
    const rows = await Promise.all(Array.from({ length: 5 }, () => registerModel(database, card('a'))));
    expect(new Set(rows.map((row) => row.id)).size).toBe(1);
    expect(rows.every((row) => row.active)).toBe(true);
    expect(await activeModel(database.pool)).toEqual(rows[0]);
  });

  it('leaves the active model active unless told otherwise', async () => {
    const others = await Promise.all([
      registerModel(database, card('b')),
      registerModel(database, card('c')),
    ]);
    expect(others.map((row) => row.active)).toEqual([false, false]);
    const activated = await registerModel(database, card('b'), { activate: true });
    expect(activated).toMatchObject({ id: others[0].id, active: true });
    expect(await activeModel(database.pool)).toEqual(activated);
  });

  it('lists models oldest first with the number of their images', async () => {
    const model = await activeModel(database.pool);
    const ids = await addImages(database.pool, 3);
    for (const id of ids) {
      await database.pool.query(
        'INSERT INTO image_embeddings (image_id, model_id, embedding) VALUES ($1, $2, $3::vector)',
        [id, model?.id, vectorParameter(Float32Array.of(1, 0, 0, 0))],
      );
    }
    const listed = await listModels(database.pool);
    expect(listed.map((row) => row.createdAt)).toEqual(
      listed.map((row) => row.createdAt).toSorted((x, y) => x.getTime() - y.getTime()),
    );
    expect(new Map(listed.map((row) => [row.fingerprint.slice(0, 1), row.imageCount]))).toEqual(
      new Map([
        ['a', 0],
        ['b', 3],
        ['c', 0],
      ]),
    );
    expect(await countEmbeddings(database.pool, model?.id ?? 0)).toBe(3);
  });
});

describe('vector index', () => {
  it('is used by a nearest-neighbour query of its model', async () => {
    const model = await registerModel(database, card('d', 8));
    const ids = await addImages(database.pool, 50);
    for (const [index, id] of ids.entries()) {
      const vector = Float32Array.from({ length: 8 }, (_, axis) => (axis === index % 8 ? 1 : 0.01 * index));
      await database.pool.query(
        'INSERT INTO image_embeddings (image_id, model_id, embedding) VALUES ($1, $2, $3::vector)',
        [id, model.id, vectorParameter(vector)],
      );
    }
    const plan = await database.transaction(async (client) => {
      await client.query(
        "SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)",
      );
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT image_id FROM image_embeddings WHERE model_id = ${model.id}
         ORDER BY embedding::vector(8) <=> '[1,0,0,0,0,0,0,0]' LIMIT 3`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toContain(`Index Scan using ${vectorIndexName(model.id)}`);
  });

  it('has the parameters that the documentation names', async () => {
    const model = await activeModel(database.pool);
    const { rows } = await database.pool.query<{ definition: string }>(
      'SELECT pg_get_indexdef(to_regclass($1)) AS definition',
      [vectorIndexName(model?.id ?? 0)],
    );
    expect(rows[0]?.definition).toMatch(
      /USING hnsw \(\(\(embedding\)::vector\(4\)\) vector_cosine_ops\) WITH \(m='16', ef_construction='64'\) WHERE \(model_id = \d+\)/,
    );
  });

  it('is built anew when a cut-off build left it invalid, also where there are many rows', async () => {
    const model = await registerModel(database, card('e', 3));
    await addImages(database.pool, 1_200);
    await database.pool.query(
      `INSERT INTO image_embeddings (image_id, model_id, embedding)
       SELECT id, $1, ARRAY[random(), random(), 1]::vector FROM images`,
      [model.id],
    );
    const name = vectorIndexName(model.id);
    await database.pool.query('UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass($1)', [
      name,
    ]);
    const before = await oidOf(name);
    await Promise.all([ensureVectorIndex(database, model), ensureVectorIndex(database, model)]);
    const { rows } = await database.pool.query<{ indisvalid: boolean }>(
      'SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)',
      [name],
    );
    expect(rows).toEqual([{ indisvalid: true }]);
    expect(await oidOf(name)).not.toBe(before);
    const after = await oidOf(name);
    await ensureVectorIndex(database, model);
    expect(await oidOf(name)).toBe(after);
  });
});

async function oidOf(name: string): Promise<number | undefined> {
  const { rows } = await database.pool.query<{ oid: number }>('SELECT to_regclass($1)::oid AS oid', [name]);
  return rows[0]?.oid;
}
