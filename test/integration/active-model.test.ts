import { afterAll, beforeAll, expect, it } from 'vitest';
import { openApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { vectorIndexName } from '../../src/db/vector-index.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const open = () =>
  openApp(
    loadConfig({}, { ...test.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' }),
    createLogger('silent'),
  );

it('builds the vector index again when it is missing at the start', async () => {
  const first = await open();
  const index = vectorIndexName(first.model.id);
  await first.database.pool.query(`DROP INDEX ${index}`);
  await first.close();

  const second = await open();
  const { rows } = await second.database.pool.query('SELECT to_regclass($1) IS NOT NULL AS present', [index]);
  const { model } = second;
  await second.close();
  expect(rows).toEqual([{ present: true }]);
  expect(model.id).toBe(first.model.id);
});
