import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, vi } from 'vitest';
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
    onTestFailed(() => {
      console.error(watching.stdout(), watching.stderr());
    });
    await watching.waitFor(/Added 1,/);
    await mkdir(path.join(folder, 'later'));
    await writeFile(path.join(folder, '.hidden.png'), await picture(2));
    await writeFile(path.join(folder, 'later', 'broken.png'), 'no image');
    await writeFile(path.join(folder, 'later', 'new.png'), await picture(3));
    await watching.waitFor(/later\/new\.png: added as image \d+/);
    await watching.waitFor(/later\/broken\.png: UNSUPPORTED/);
    // While a folder is only just noticed, its files are easily missed.
    const quick = Array.from({ length: 30 }, (_, index) => path.join(folder, `quick ${index}`));
    await Promise.all(
      quick.map(async (each) => {
        await mkdir(each);
        await writeFile(path.join(each, 'broken.png'), 'no image');
      }),
    );
    for (const each of quick) await watching.waitFor(new RegExp(`${each}/broken\\.png: UNSUPPORTED`));
    await writeFile(path.join(folder, 'before.png'), await picture(4));
    await watching.waitFor(/before\.png: added as image \d+/);
    await rename(path.join(folder, 'later', 'new.png'), path.join(folder, 'renamed.png'));
    await watching.waitFor(/renamed\.png: duplicate as image \d+/);
    watching.child.kill('SIGTERM');
    expect(await watching.ended).toBe(0);
    expect(watching.stdout()).not.toMatch(/hidden|report\.jsonl: /);
    const last = (await readFile(report, 'utf8')).trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      summary: { added: 2, duplicate: 1, rejected: 1 + quick.length, complete: true },
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

  it('deletes with --delete what came from the folder and vanished, and nothing else', async () => {
    const mirrored = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'mirrored');
    const at = (name: string) => path.join(mirrored, name);
    await mkdir(mirrored);
    // More than the few that may vanish at once, whatever their share is.
    const names = Array.from({ length: 14 }, (_, index) => `${index}.png`);
    for (const [index, name] of names.entries()) await writeFile(at(name), await picture(100 + index));
    // This one was in the collection before, so it belongs to somebody else.
    await writeFile(at('foreign.png'), await picture(1));
    const mirror = () => startProgram(['ingest', '--watch', '--delete', mirrored], variables);

    const first = mirror();
    await first.waitFor(/Added 14, already there 1,/);
    await rm(at('foreign.png'));
    await rm(at('0.png'));
    await mkdir(at('later'));
    await rename(at('1.png'), at('later/moved.png'));
    await writeFile(at('2.png'), await picture(200));
    await first.waitFor(/\/0\.png: its image \d+ is deleted/);
    await first.waitFor(/\/2\.png: its image \d+ is deleted/);
    await first.waitFor(/moved\.png: duplicate as image/);
    first.child.kill('SIGTERM');
    expect(await first.ended, first.stderr()).toBe(0);
    expect(first.stdout()).toMatch(/Added 1, already there 1, .*deleted 2:/);
    expect(first.stdout()).not.toMatch(/\/1\.png: its image|foreign\.png: its image/);

    // While nobody watches: one more, and then so many that it is rather the disk that is gone.
    await rm(at('3.png'));
    const second = mirror();
    await second.waitFor(/\/3\.png: its image \d+ is deleted/);
    await rename(mirrored, `${mirrored}.away`);
    expect(await second.ended).toBe(66);
    await mkdir(mirrored);
    await writeFile(at('foreign.png'), await picture(1));
    const third = mirror();
    await vi.waitFor(
      () => {
        expect(third.stderr()).toMatch(/12 of 12 files vanished at once.*--force/);
      },
      { timeout: 120_000 },
    );
    third.child.kill('SIGTERM');
    expect(await third.ended).toBe(0);
    expect(third.stdout()).not.toContain('is deleted');
    const opened = await database.open();
    const { rows } = await opened.pool.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM images WHERE filename LIKE '%.png'`,
    );
    await opened.close();
    // 14 and the changed one, less those of 0, 2 and 3, and those of the tests above.
    expect(rows).toEqual([{ count: 12 + 5 }]);
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
