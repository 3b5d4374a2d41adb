import pgvector from 'pgvector';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { vectorParameter } from '../../../src/db/vector.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await test.open();
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

it("means the same in our binary form as in the text form of pgvector's own client", async () => {
  const vector = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * 12.9898) / 3);
  const { rows } = await database.pool.query<{ equal: boolean; dimensions: number }>(
    'SELECT $1::vector = $2::vector AS equal, vector_dims($1::vector) AS dimensions',
    [vectorParameter(vector), pgvector.toSql([...vector])],
  );
  expect(rows).toEqual([{ equal: true, dimensions: 512 }]);
});
