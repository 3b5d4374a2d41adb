import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram } from '../support/program.js';

let database: TestDatabase;
let variables: Record<string, string>;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'pictures');
  await mkdir(folder);
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('indexes files where they lie, follows them, and tells what changed', async () => {
  const [one, two] = [path.join(folder, 'one.jpg'), path.join(folder, 'two.jpg')];
  await writeFile(one, await makePicture(1));
  await writeFile(two, await makePicture(2));
  const first = await runProgram(['ingest', '--by-reference', folder], variables);
  expect(first.stdout).toMatch(/^Added 2, /);
  expect(first.code).toBe(0);
  const originals = await readdir(path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'originals'), {
    recursive: true,
    withFileTypes: true,
  });
  expect(originals.filter((entry) => entry.isFile())).toEqual([]);

  const moved = path.join(folder, 'moved.jpg');
  await rename(one, moved);
  await writeFile(two, await makePicture(3));
  const manifest = path.join(folder, 'list.jsonl');
  await writeFile(
    manifest,
    '{"path": "moved.jpg"}\n{"path": "two.jpg"}\n{"url": "https://example.org/three.jpg"}\n',
  );
  const second = await runProgram(['ingest', '--by-reference', '--json', '--manifest', manifest], variables);
  const outcomes = lines(second.stdout).filter(({ source }) => source !== undefined);
  expect(outcomes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ source: moved, outcome: 'duplicate', code: 'MOVED' }),
      expect.objectContaining({
        source: two,
        outcome: 'added',
        code: 'CHANGED',
        message: expect.stringMatching(/^The file was image \d+ before it changed/) as unknown,
      }),
      expect.objectContaining({ line: 3, outcome: 'rejected', code: 'NO_FILE' }),
    ]),
  );
  expect(second.code).toBe(1);

  await rm(moved);
  const doctor = await runProgram(['doctor'], variables);
  expect(doctor.stdout).toMatch(
    /1 images whose referenced file is gone.*\n {2}image \d+ [0-9a-f]{64} .*moved\.jpg/,
  );
  expect(doctor.stdout).toMatch(/1 images whose referenced file has other content/);
  expect(doctor.code).toBe(1);
});
