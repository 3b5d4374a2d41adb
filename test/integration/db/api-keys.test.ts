import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  countApiKeys,
  createApiKey,
  deleteApiKey,
  findApiKeyByHash,
  listApiKeys,
} from '../../../src/db/api-keys.js';
import type { Database } from '../../../src/db/database.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
});
afterAll(() => testDatabase.drop());

it('stores, finds, lists and deletes keys by their hash', async () => {
  const sha256 = randomBytes(32);
  expect(await countApiKeys(database)).toBe(0);
  const created = await createApiKey(database, { name: 'web', role: 'read', sha256 });
  expect(created).toMatchObject({ name: 'web', role: 'read' });
  await createApiKey(database, { name: 'importer', role: 'write', sha256: randomBytes(32) });

  expect(await findApiKeyByHash(database, sha256)).toEqual(created);
  expect(await findApiKeyByHash(database, randomBytes(32))).toBeUndefined();
  expect((await listApiKeys(database)).map((key) => key.name)).toEqual(['importer', 'web']);
  expect(await countApiKeys(database)).toBe(2);

  expect(await deleteApiKey(database, 'web')).toBe(true);
  expect(await deleteApiKey(database, 'web')).toBe(false);
  expect(await findApiKeyByHash(database, sha256)).toBeUndefined();
});

it('refuses a name that is taken, also when two want it at once', async () => {
  const results = await Promise.all(
    Array.from({ length: 3 }, () =>
      createApiKey(database, { name: 'twice', role: 'admin', sha256: randomBytes(32) }),
    ),
  );
  expect(results.filter((row) => row !== undefined)).toHaveLength(1);
});
