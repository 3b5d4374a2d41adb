import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';

let database: TestDatabase;
let folder: string;
let variables: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  folder = path.join(database.variables['PICTOGRAPH_DATA'] ?? '', 'pictures');
  await mkdir(path.join(folder, 'inner', '.hidden'), { recursive: true });
  const jpeg = (red: number) =>
    sharp({ create: { width: 64, height: 48, channels: 3, background: { r: red, g: 80, b: 40 } } })
      .jpeg()
      .toBuffer();
  await writeFile(path.join(folder, 'one.jpg'), await jpeg(10));
  await writeFile(path.join(folder, 'inner', 'two.jpg'), await jpeg(120));
  await writeFile(path.join(folder, 'inner', 'no extension'), await jpeg(240));
  await writeFile(path.join(folder, 'inner', '.hidden', 'three.jpg'), await jpeg(200));
  await writeFile(path.join(folder, 'notes.txt'), 'Not an image, and nobody said it was.');
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

type Line =
  | { source: string; outcome: string; id?: number; code?: string }
  | { summary: Record<string, number | boolean> };
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const files = (text: string) => lines(text).flatMap((line) => ('source' in line ? [line] : []));
const summaryOf = (text: string) => {
  const last = lines(text).at(-1);
  if (last === undefined || !('summary' in last)) throw new Error(`No summary at the end of:\n${text}`);
  return last.summary;
};

describe('pictograph ingest', () => {
  it('adds a folder, skips what is no image, and ends with 0', async () => {
    const { code, stdout, stderr } = await runProgram(['ingest', folder], variables);
    expect(stdout).toMatch(/^Added 3, already there 0, skipped 1, rejected 0, failed 0/);
    expect(stderr).toContain('4/4');
    expect(code).toBe(0);
  });

  it('keeps the ids of what is already there', async () => {
    const first = await runProgram(['ingest', '--json', folder], variables);
    const second = await runProgram(['ingest', '--json', folder], variables);
    const ids = (stdout: string) =>
      files(stdout)
        .flatMap(({ source: name, id }) => (id ? [`${name}=${id}`] : []))
        .sort();
    expect(ids(first.stdout)).toHaveLength(3);
    expect(ids(second.stdout)).toEqual(ids(first.stdout));
    expect(summaryOf(second.stdout)).toMatchObject({
      added: 0,
      duplicate: 3,
      skipped: 1,
      rejected: 0,
      complete: true,
    });
  });

  it('says what failed and why, takes the rest, and ends with 1', async () => {
    await writeFile(path.join(folder, 'text.jpg'), 'I am a text file.');
    await writeFile(path.join(folder, 'empty.png'), '');
    const whole = await sharp({
      create: {
        width: 400,
        height: 400,
        channels: 3,
        background: 'teal',
        noise: { type: 'gaussian', mean: 128, sigma: 50 },
      },
    })
      .jpeg()
      .toBuffer();
    await writeFile(path.join(folder, 'whole.jpg'), whole);
    await writeFile(path.join(folder, 'truncated.jpg'), whole.subarray(0, whole.length / 2));
    const { code, stdout } = await runProgram(['ingest', folder], variables);
    expect(stdout).toMatch(/^Added 1, already there 3, skipped 1, rejected 3, failed 0/);
    expect(stdout).toMatch(/text\.jpg: UNSUPPORTED: .*JPEG/);
    expect(stdout).toMatch(/empty\.png: EMPTY: /);
    expect(stdout).toMatch(/truncated\.jpg: UNREADABLE: /);
    expect(code).toBe(1);
  });

  it('tells a path that does not exist, and wrong usage, apart', async () => {
    const missing = await runProgram(['ingest', path.join(folder, 'nowhere')], variables);
    expect(missing).toMatchObject({
      code: 66,
      stderr: expect.stringMatching(/There is no file or folder .*nowhere/) as string,
    });
    const usage = await runProgram(['ingest'], variables);
    expect(usage).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/missing required argument/) as string,
    });
  });

  it('can be interrupted and taken up again', async () => {
    const many = path.join(folder, 'many');
    await mkdir(many);
    for (let i = 0; i < 150; i++) {
      const picture = await sharp({
        create: { width: 200, height: 200, channels: 3, background: { r: i, g: 255 - i, b: (i * 7) % 256 } },
      })
        .png()
        .toBuffer();
      await writeFile(path.join(many, `${i}.png`), picture);
    }
    const report = path.join(folder, '..', 'report.jsonl');
    const interrupted = startProgram(['ingest', '--json', '--report', report, many], variables);
    await interrupted.waitFor(/"outcome":"added"/);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.ended).toBe(130);
    expect(interrupted.stderr()).toContain('same signal again');
    expect(await readFile(report, 'utf8')).toBe(interrupted.stdout());
    const first = summaryOf(interrupted.stdout());
    expect(first).toMatchObject({ complete: false, failed: 0, rejected: 0 });

    const { code, stdout } = await runProgram(['ingest', '--json', '--report', report, many], variables);
    expect(code).toBe(0);
    expect(await readFile(report, 'utf8')).toBe(stdout);
    const second = summaryOf(stdout);
    // What the first run said it took is there, whether it was embedded yet or not, and nothing is there twice.
    expect(second).toMatchObject({ complete: true, failed: 0, rejected: 0, duplicate: first['added'] });
    expect(second['added']).toBe(150 - Number(first['added']));
    expect(new Set(files(stdout).map(({ id }) => id)).size).toBe(150);
  });

  it('leaves a report of whole lines when it is killed, and loses nothing', async () => {
    const more = path.join(folder, 'more');
    await mkdir(more);
    for (let i = 0; i < 60; i++)
      await writeFile(path.join(more, `${i}.png`), await makePicture(i, { format: 'png' }));
    const report = path.join(folder, '..', 'killed.jsonl');
    const killed = startProgram(['ingest', '--json', '--report', report, more], variables);
    await killed.waitFor(/(.*"outcome":"added".*\n){10}/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const told = files(await readFile(report, 'utf8'));
    expect(told.length).toBeGreaterThanOrEqual(10);

    const { code, stdout } = await runProgram(['ingest', '--json', more], variables);
    expect(code).toBe(0);
    expect(new Set(files(stdout).map(({ id }) => id)).size).toBe(60);
    const after = new Map(files(stdout).map(({ source, id }) => [source, id]));
    for (const { source, id } of told) expect(after.get(source)).toBe(id);
  });

  it('overwrites no file that is no report', async () => {
    const picture = path.join(folder, 'one.jpg');
    const before = await readFile(picture);
    const { code, stderr } = await runProgram(['ingest', '--report', picture, folder], variables);
    expect({ code, stderr }).toMatchObject({
      code: 73,
      stderr: expect.stringMatching(/no report/) as string,
    });
    expect(await readFile(picture)).toEqual(before);
  });
});
