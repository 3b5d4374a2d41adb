import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { makeNarrowModel } from '../support/other-models.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, runProgram, startProgram } from '../support/program.js';

/** More than the embedded database takes in the second between two looks at the progress, even on a quick machine. */
const COUNT = 150;

let database: TestDatabase;
let folder: string;
let narrow: string;
/** Without CLIP_MODEL: the active model counts. */
let variables: Record<string, string>;
/** Numbers of the model that the collection began with, and of the one that is added. */
let old: number | undefined;
let added: number | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-models-'));
  narrow = await makeNarrowModel(path.join(folder, 'narrow'));
  const pictures = path.join(folder, 'pictures');
  await mkdir(pictures);
  for (let seed = 0; seed < COUNT; seed++)
    await writeFile(path.join(pictures, `${seed}.png`), await makePicture(seed, { format: 'png' }));
  variables = { ...database.variables, CLIP_VISION_WORKERS: '1' };
  const { code, stderr } = await runProgram(['ingest', pictures], {
    ...variables,
    CLIP_MODEL: 'pictogram-clip',
  });
  expect(code, stderr).toBe(0);
});
afterAll(async () => {
  await endPrograms();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly dimensions: number;
  readonly imageCount: number;
  readonly active: boolean;
  readonly state: string;
}

async function list(): Promise<Listed[]> {
  return JSON.parse((await runProgram(['models', '--json'], variables)).stdout) as Listed[];
}

/** Resolves when a second model has embedded a few of the images. */
async function someEmbedded(adding: ReturnType<typeof startProgram>): Promise<void> {
  if (databaseKind === 'embedded') {
    await adding.waitFor(/"event":"progress",.*"embedded":[1-9]/);
    return;
  }
  // A server takes nearly all of them in the second until it is told of; here somebody else can look.
  const { pool } = await database.open();
  await expect
    .poll(
      async () => {
        const { rows } = await pool.query<{ images: number }>(
          'SELECT count(*)::integer AS images FROM image_embeddings WHERE model_id = (SELECT max(id) FROM models HAVING count(*) > 1)',
        );
        return rows[0]?.images;
      },
      { interval: 5, timeout: 60_000 },
    )
    .toBeGreaterThan(0);
}

/** Lines of JSON. */
function events(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('bringing a collection over on the command line', () => {
  it('goes on after kill -9 in the middle, and loses and repeats nothing', async () => {
    const adding = startProgram(['models', 'add', narrow, '--json'], variables);
    await someEmbedded(adding);
    adding.child.kill('SIGKILL');
    expect(await adding.ended).toBe('SIGKILL');
    const [before, half] = await list();
    [old, added] = [before?.id, half?.id];
    expect(before).toMatchObject({ active: true, imageCount: COUNT });
    expect(half).toMatchObject({ name: 'narrow', active: false, state: 'EMBEDDING' });
    expect(half?.imageCount).toBeGreaterThan(0);
    expect(half?.imageCount).toBeLessThan(COUNT);

    const { code, stdout, stderr } = await runProgram(['models', 'add', narrow, '--json'], variables);
    expect(code, stderr).toBe(0);
    const told = events(stdout);
    expect(told[0]).toEqual({ event: 'registered', id: half?.id });
    // What was embedded before is counted at once, and not embedded again.
    expect(told[1]).toMatchObject({ event: 'progress', total: COUNT });
    expect(told[1]?.['embedded']).toBeGreaterThanOrEqual(half?.imageCount ?? 0);
    expect(told.at(-1)).toEqual({ event: 'complete', id: half?.id, embedded: COUNT });
  });

  it('activates the model, which the next start takes, and refuses another one with advice', async () => {
    const activated = await runProgram(['models', 'activate', String(added), '--json'], variables);
    expect(activated.stderr).toBe('');
    expect(events(activated.stdout)).toEqual([{ event: 'activated', id: added, previous: old }]);
    const found = await runProgram(['search', 'red', '--first', '3', '--json'], variables);
    expect((JSON.parse(found.stdout) as { matches: unknown[] }).matches).toHaveLength(3);
    const refused = await runProgram(['search', 'red'], { ...variables, CLIP_MODEL: 'pictogram-clip' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/unset all three[^]*pictograph models add pictogram-clip/);
  });

  it('retires a model, but never the active one', async () => {
    const active = await runProgram(['models', 'retire', String(added)], variables);
    expect([active.code, active.stdout]).toEqual([
      1,
      `Model ${added} is active: activate another one first.\n`,
    ]);
    const retired = await runProgram(['models', 'retire', String(old), '--json'], variables);
    expect(events(retired.stdout)).toEqual([{ event: 'stopped', id: old }]);
    expect((await list())[0]).toMatchObject({ state: 'RETIRED', imageCount: 0 });
  });
});
