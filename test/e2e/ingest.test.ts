import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
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
  { path: string; outcome: string; id?: number; code?: string } | { summary: Record<string, number> };
const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const files = (stdout: string) => lines(stdout).flatMap((line) => ('path' in line ? [line] : []));

describe('pictograph ingest', () => {
  it('adds a folder, skips what is no image, and ends with 0', async () => {
    const { code, stdout, stderr } = await runProgram(['ingest', folder], variables);
    expect(stdout).toMatch(/^Added 3, already there 0, no images 1, failed 0/);
    expect(stderr).toContain('4/4');
    expect(code).toBe(0);
  });

  it('keeps the ids of what is already there', async () => {
    const first = await runProgram(['ingest', '--json', folder], variables);
    const second = await runProgram(['ingest', '--json', folder], variables);
    const ids = (stdout: string) =>
      files(stdout)
        .flatMap(({ path: name, id }) => (id ? [`${name}=${id}`] : []))
        .sort();
    expect(ids(first.stdout)).toHaveLength(3);
    expect(ids(second.stdout)).toEqual(ids(first.stdout));
    expect(lines(second.stdout).at(-1)).toMatchObject({
      summary: { added: 0, alreadyThere: 3, skipped: 1, failed: 0 },
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
    expect(stdout).toMatch(/^Added 1, already there 3, no images 1, failed 3/);
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
    const interrupted = startProgram(['ingest', '--json', many], variables);
    await interrupted.waitFor(/"outcome":"added"/);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.ended).toBe(130);
    const { code, stdout } = await runProgram(['ingest', '--json', many], variables);
    expect(code).toBe(0);
    const { summary } = lines(stdout).at(-1) as { summary: Record<string, number> };
    expect((summary['added'] ?? 0) + (summary['alreadyThere'] ?? 0)).toBe(150);
    expect(summary['alreadyThere']).toBeGreaterThan(0);
    expect(summary['failed']).toBe(0);
  });
});
