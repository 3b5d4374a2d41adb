import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram } from '../support/program.js';

let database: TestDatabase;
let folder: string;
let variables: Record<string, string>;
const run = (...args: string[]) => runProgram(args, variables);

interface Failed {
  readonly id: number;
  readonly filename: string;
  readonly sha256: string;
  readonly code: string;
  readonly message: string;
  readonly failedAt: string;
}
const failed = async (...args: string[]): Promise<Failed[]> => {
  const { code, stdout, stderr } = await run('failed', '--json', ...args);
  expect(code, stderr).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Failed);
};

/** Three images, of which one gets a name that plays tricks on terminals; all FAILED, since their originals are away. */
beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  const data = database.variables['PICTOGRAPH_DATA'] ?? '';
  folder = path.join(data, 'pictures');
  await mkdir(folder);
  for (const [seed, name] of ['one.png', 'turn\u{202e}gnp.png', 'three.png'].entries())
    await writeFile(path.join(folder, name), await makePicture(seed, { format: 'png' }));
  const { code, stderr } = await run('ingest', folder);
  if (code !== 0) throw new Error(stderr);
  const opened = await database.open();
  await opened.pool.query(
    `UPDATE images SET status = 'FAILED', failure_code = 'ORIGINAL_MISSING', failure_message = 'The original is missing.'`,
  );
  await opened.pool.query('DELETE FROM image_embeddings');
  await opened.close();
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

describe('failed images', () => {
  it('are listed with reason and time, safely for a terminal and exactly for a script', async () => {
    const { code, stdout } = await run('failed');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(
      /^\d+ {2}\d{4}-\d\d-\d\dT\S+Z {2}\S+\.png {2}ORIGINAL_MISSING: The original is missing\.$/m,
    );
    expect(stdout).toContain('turn\\u202egnp.png');
    expect((await failed()).map(({ filename }) => filename).sort()).toContain('turn\u{202e}gnp.png');
    expect(await failed('--first', '2')).toHaveLength(2);
    expect(await run('failed', '--first', '0')).toMatchObject({ code: 2 });
  });

  it('are tried again, one or all, and the command says what came of it', async () => {
    const [first, second] = await failed();
    if (first === undefined || second === undefined) throw new Error('Two were expected.');
    // Its original is really away.
    const data = database.variables['PICTOGRAPH_DATA'] ?? '';
    const original = path.join(
      data,
      'originals',
      second.sha256.slice(0, 2),
      second.sha256.slice(2, 4),
      second.sha256,
    );
    const bytes = await readFile(original);
    await rm(original);

    const one = await run('retry', String(first.id), String(first.id), '999999');
    expect(one).toMatchObject({ code: 1, stdout: '1 READY now, 0 failed again, 1 passed over.\n' });
    expect(one.stderr).toContain('There is no image 999999.');

    const all = await run('retry', '--all', '--json');
    expect(all.code).toBe(1);
    expect(JSON.parse(all.stdout)).toEqual({ ready: 1, failed: 1, passedOver: 0, waiting: 0 });
    expect(all.stderr).toMatch(new RegExp(`Image ${second.id} .*failed again: ORIGINAL_MISSING`));
    expect((await failed()).map(({ id }) => id)).toEqual([second.id]);

    await writeFile(original, bytes);
    expect(await run('retry', '--all')).toMatchObject({ code: 0, stdout: '1 READY now, 0 failed again.\n' });
    expect((await run('failed')).stdout).toBe('No image has failed.\n');
    expect(await run('retry', String(second.id))).toMatchObject({ code: 1 });
  });

  it('must be named, or all meant', async () => {
    expect(await run('retry')).toMatchObject({ code: 2 });
    expect(await run('retry', '1', '--all')).toMatchObject({ code: 2 });
    expect(await run('retry', 'one')).toMatchObject({ code: 2 });
  });
});
