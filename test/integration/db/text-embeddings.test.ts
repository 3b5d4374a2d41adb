import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { registerModel } from '../../../src/db/models.js';
import { findTextEmbeddings, storeTextEmbeddings } from '../../../src/db/text-embeddings.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
let modelId: number;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
  const model = await registerModel(database, {
    name: 'm',
    source: 'm',
    revision: 'main',
    dtype: 'fp32',
    dimensions: 512,
    logitScale: 100,
    fingerprint: 'f'.repeat(64),
  });
  modelId = model.id;
});
afterAll(() => testDatabase.drop());

const random = () => Float32Array.from({ length: 512 }, () => Math.random() * 2 - 1);
const bits = (vector: Float32Array | undefined) => vector && Buffer.from(vector.buffer).toString('hex');

it('gives back every vector bit for bit, whatever the text', async () => {
  const texts = [
    'red car',
    'červené auto',
    '  spaces  ',
    "quote ' and \\ and %",
    '🚗'.repeat(1_000),
    'RED CAR',
  ];
  const entries = new Map(texts.map((text) => [text, random()]));
  const stored = await storeTextEmbeddings(database.pool, modelId, entries);
  const found = await findTextEmbeddings(database.pool, modelId, [...texts, 'never encoded']);
  expect([...found.keys()].toSorted()).toEqual(texts.toSorted());
  for (const [text, vector] of entries) {
    expect(bits(found.get(text))).toBe(bits(vector));
    expect(bits(stored.get(text))).toBe(bits(vector));
  }
});

it('keeps the first vector of a text, and returns it to whoever comes second', async () => {
  const [first, second] = [random(), random()];
  await storeTextEmbeddings(database.pool, modelId, new Map([['cat', first]]));
  const stored = await storeTextEmbeddings(database.pool, modelId, new Map([['cat', second]]));
  expect(bits(stored.get('cat'))).toBe(bits(first));
});

it('lets several processes store the same texts at once', async () => {
  const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
  const results = await Promise.all(
    Array.from({ length: 4 }, () =>
      storeTextEmbeddings(
        database.pool,
        modelId,
        new Map(texts.toSorted(() => Math.random() - 0.5).map((t) => [t, random()])),
      ),
    ),
  );
  for (const text of texts) expect(new Set(results.map((result) => bits(result.get(text)))).size).toBe(1);
});

it('does not take one text for another of the same hash', async () => {
  await storeTextEmbeddings(database.pool, modelId, new Map([['honest', random()]]));
  // As if "forged" had the hash of "honest".
  await database.pool.query('ALTER TABLE text_embeddings ALTER COLUMN text_md5 DROP EXPRESSION');
  await database.pool.query(
    "UPDATE text_embeddings SET text_md5 = md5('forged')::uuid WHERE text = 'honest'",
  );
  expect(await findTextEmbeddings(database.pool, modelId, ['forged'])).toEqual(new Map());
});

it('needs no statement for no texts', async () => {
  expect(await findTextEmbeddings(database.pool, modelId, [])).toEqual(new Map());
  expect(await storeTextEmbeddings(database.pool, modelId, new Map())).toEqual(new Map());
});
