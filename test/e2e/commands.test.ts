import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, PROJECT_ROOT, runProgram } from '../support/program.js';

let database: TestDatabase;
let variables: Record<string, string>;
const sample = (name: string) => path.join(PROJECT_ROOT, 'samples', name);
const run = (...args: string[]) => runProgram(args, variables);

beforeAll(async () => {
  database = await createTestDatabase();
  variables = { ...database.variables, CLIP_MODEL: 'pictogram-clip', CLIP_VISION_WORKERS: '1' };
  const { code, stderr } = await run('ingest', sample('pictures'));
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
});

describe('pictograph', () => {
  it('searches, for people and for scripts', async () => {
    const people = await run('search', 'red car', '--first', '3');
    expect(people.code).toBe(0);
    expect(people.stdout.trim().split('\n')).toHaveLength(3);
    expect(people.stdout).toMatch(/^0\.\d{3} automobile[.-]/);
    const scripts = await run('search', 'red car', '--first', '2', '--json');
    const { matches, plan } = JSON.parse(scripts.stdout) as {
      matches: { rank: number }[];
      plan: { strategy: string };
    };
    expect(matches.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(plan.strategy).toBe('EXACT');
  });

  it('says what a search takes', async () => {
    expect(await run('search', '  ')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/character/) as string,
    });
    expect(await run('search', 'x', '--first', '0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/1 to 100/) as string,
    });
    expect(await run('search', 'x', '--first', 'ten')).toMatchObject({ code: 2 });
  });

  it('makes a label set, classifies the collection and shows what came out', async () => {
    const made = await run(
      'labels',
      'create',
      'kinds',
      '--labels',
      'vehicle, animal, fruit',
      '--preset',
      'pictograms',
    );
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ +\d+ vehicle$/m) as string });
    const shown = await run('labels', 'show', 'kinds', '--json');
    const { labels, readyVersion } = JSON.parse(shown.stdout) as {
      labels: { label: string; images: number }[];
      readyVersion: number;
    };
    expect(readyVersion).toBe(1);
    expect(labels.map(({ label }) => label)).toEqual(['vehicle', 'animal', 'fruit']);
    expect(labels.every(({ images }) => images > 0)).toBe(true);
    expect(await run('labels', 'create', 'kinds', '--labels', 'a')).toMatchObject({ code: 1 });
    expect(await run('labels', 'create', 'others', '--labels', 'a,a')).toMatchObject({ code: 2 });
  });

  it('classifies a file without adding it', async () => {
    const { code, stdout } = await run(
      'classify',
      sample('pictures/automobile.jpg'),
      '--labels',
      'dog, red car, pizza',
      '--template',
      '{label}',
      '--json',
    );
    expect(code).toBe(0);
    const scores = JSON.parse(stdout) as { label: string; score: number }[];
    expect(scores[0]?.label).toBe('red car');
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(await run('classify', sample('pictures/nothing.jpg'), '--labels', 'a')).toMatchObject({
      code: 66,
    });
    expect(await run('classify', sample('CREDITS.md'), '--labels', 'a,b')).toMatchObject({ code: 1 });
    expect(await run('classify', sample('pictures/automobile.jpg'), '--labels', 'a,a')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a/) as string,
    });
  });

  it('lists models', async () => {
    expect((await run('models')).stdout).toMatch(/^\* pictogram-clip fp32, 256 dimensions, \d+ images/);
    const [model] = JSON.parse((await run('models', '--json')).stdout) as {
      active: boolean;
      dimensions: number;
    }[];
    expect(model).toMatchObject({ active: true, dimensions: 256 });
  });

  it('migrates again and again', async () => {
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
  });

  it('makes, lists and deletes API keys, and shows a key only once', async () => {
    const created = await run('keys', 'create', 'front-end', '--role', 'read');
    expect(created.code).toBe(0);
    const key = /pk_[\w-]{43}/.exec(created.stdout)?.[0] ?? '';
    expect(key).not.toBe('');
    const listed = await run('keys', 'list');
    expect(listed.stdout).toMatch(/front-end +read/);
    expect(listed.stdout).not.toContain(key);
    expect(await run('keys', 'create', 'front-end')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/front-end/) as string,
    });
    expect(await run('keys', 'create', 'x', '--role', 'root')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/read, write, admin/) as string,
    });
    expect(await run('keys', 'delete', 'front-end')).toMatchObject({ code: 0 });
    expect(await run('keys', 'delete', 'front-end')).toMatchObject({ code: 1 });
  });

  it('helps, and tells wrong usage by exit code 2', async () => {
    const help = await run('--help');
    expect(help.code).toBe(0);
    for (const name of [
      'serve',
      'worker',
      'ingest',
      'failed',
      'retry',
      'doctor',
      'search',
      'classify',
      'models',
      'migrate',
      'keys',
      'demo',
    ]) {
      expect(help.stdout).toContain(name);
      expect((await run(name, '--help')).code).toBe(0);
    }
    expect(await run('serch')).toMatchObject({ code: 2, stderr: expect.stringMatching(/search/) as string });
  });
});
