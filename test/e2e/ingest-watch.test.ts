import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';

let database: TestDatabase;
let folder: string;
let variables: Record<string, string>;
const picture = (seed: number) => makePicture(seed, { format: 'png' });

beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'watched');
  await mkdir(folder);
  await writeFile(path.join(folder, 'before.png'), await picture(1));
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

describe('pictograph ingest --watch', () => {
  it('takes what is there, then what appears or changes, until it is told to stop', async () => {
    const report = path.join(folder, 'report.jsonl');
    const watching = startProgram(
      ['ingest', '--watch', '--tag', 'watched', '--report', report, folder],
      variables,
    );
    await watching.waitFor(/Added 1,/);
    await mkdir(path.join(folder, 'later'));
    await writeFile(path.join(folder, '.hidden.png'), await picture(2));
    await writeFile(path.join(folder, 'later', 'broken.png'), 'no image');
    await writeFile(path.join(folder, 'later', 'new.png'), await picture(3));
    await watching.waitFor(/later\/new\.png: added as image \d+/);
    await watching.waitFor(/later\/broken\.png: UNSUPPORTED/);
    await writeFile(path.join(folder, 'before.png'), await picture(4));
    await watching.waitFor(/before\.png: added as image \d+/);
    await rename(path.join(folder, 'later', 'new.png'), path.join(folder, 'renamed.png'));
    await watching.waitFor(/renamed\.png: duplicate as image \d+/);
    watching.child.kill('SIGTERM');
    expect(await watching.ended).toBe(0);
    expect(watching.stdout()).not.toMatch(/hidden|report\.jsonl: /);
    const last = (await readFile(report, 'utf8')).trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      summary: { added: 2, duplicate: 1, rejected: 1, complete: true },
    });
  });

  it('waits for a file that is still being written', async () => {
    const watching = startProgram(['ingest', '--watch', folder], variables);
    await watching.waitFor(/already there/);
    const bytes = await picture(5);
    const slow = path.join(folder, 'slow.png');
    await writeFile(slow, bytes.subarray(0, 100));
    await writeFile(path.join(folder, 'quick.png'), await picture(6));
    let written = 100;
    // It grows for as long as another one is waited for that does not.
    while (!watching.stdout().includes('quick.png: added') && watching.child.exitCode === null) {
      if (written < bytes.length - 100) await appendFile(slow, bytes.subarray(written, ++written));
      await delay(50);
    }
    expect(watching.stdout()).not.toContain('slow.png');
    await appendFile(slow, bytes.subarray(written));
    await watching.waitFor(/slow\.png: added/);
    watching.child.kill('SIGINT');
    expect(await watching.ended).toBe(0);
    expect(watching.stdout()).not.toMatch(/slow\.png: [A-Z]/);
  });

  it('takes folders only', async () => {
    const { code, stderr } = await runProgram(
      ['ingest', '--watch', path.join(folder, 'before.png')],
      variables,
    );
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/folders only/) as string,
    });
  });
});
