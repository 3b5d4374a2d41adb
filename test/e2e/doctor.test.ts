import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, runProgram } from '../support/program.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(endPrograms);
afterAll(() => database.drop());

const doctor = (...args: string[]) => runProgram(['doctor', ...args], database.variables);

it('says what is wrong and changes nothing, mends it when told to, and tells scripts by its exit code', async () => {
  const fine = await doctor();
  expect(fine.stdout).toMatch(/fit together/);
  expect(fine.code).toBe(0);

  const sha256 = 'cd'.repeat(32);
  const folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'originals', 'cd', 'cd');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, sha256), 'of no image');
  expect((await doctor()).code).toBe(0);
  const old = new Date(Date.now() - 2 * 3_600_000);
  await utimes(path.join(folder, sha256), old, old);

  const dry = await doctor();
  expect(dry.code).toBe(1);
  expect(dry.stdout).toMatch(/1 originals that belong to no image \(--mend removes them\):\n {2}cdcd/);
  expect(dry.stdout).toMatch(/Nothing was changed/);
  const json = await doctor('--json');
  expect(json.code).toBe(1);
  expect(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { problem: 'ORIGINAL_WITHOUT_IMAGE', sha256, mended: false },
    { summary: { ORIGINAL_WITHOUT_IMAGE: { found: 1, mended: 0 } }, found: 1, mended: 0, lackOriginal: 0 },
  ]);
  expect(await readdir(folder)).toEqual([sha256]);

  const mended = await doctor('--mend');
  expect(mended.code).toBe(0);
  expect(mended.stdout).toMatch(/1 mended/);
  expect(await readdir(folder)).toEqual([]);
});

it('refuses a wrong grace period and storage that cannot be reached', async () => {
  const wrong = await doctor('--grace', 'soon');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/whole number of minutes/);
  const unreachable = await runProgram(['doctor'], {
    ...database.variables,
    STORAGE_URL: 's3://pictures',
    S3_ENDPOINT: 'http://127.0.0.1:9',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
  });
  expect(unreachable.code).toBe(1);
  expect(unreachable.stderr).toMatch(/cannot be reached.*check S3_ENDPOINT/);
});
