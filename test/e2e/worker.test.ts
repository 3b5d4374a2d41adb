import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';
import { makePicture } from '../support/pictures.js';
import { endPrograms, startProgram } from '../support/program.js';

/** How long a condition is waited for: it never decides whether a test passes on a slow machine. */
const PATIENCE = { timeout: 240_000, interval: 50 };
const PICTURES = 5;

let database: TestDatabase;
let app: App | undefined;
afterEach(async () => {
  await endPrograms();
  await app?.close();
  await database.drop();
});

describe.runIf(databaseKind === 'server')('a worker on a PostgreSQL', () => {
  it('embeds files that another process indexed where they lie, and copies none', async () => {
    database = await createTestDatabase();
    const variables: Record<string, string> = {
      ...database.variables,
      CLIP_MODEL: 'pictogram-clip',
      CLIP_VISION_WORKERS: '1',
    };
    const dataFolder = variables['PICTOGRAPH_DATA'] ?? '';
    const folder = path.join(dataFolder, 'pictures');
    await mkdir(folder);
    // Only adds: whatever is embedded, the worker embedded.
    const adding = await openApp(loadConfig({}, variables), createLogger('silent'));
    app = adding;
    const ids: number[] = [];
    for (let index = 0; index < PICTURES; index++) {
      const file = path.join(folder, `${index}.jpg`);
      await writeFile(file, await makePicture(index));
      const result = await adding.images.add({ kind: 'file', path: file, byReference: true }, {});
      if (result.outcome === 'accepted') ids.push(result.image.id);
    }
    expect(ids).toHaveLength(PICTURES);
    const away = path.join(folder, '0.jpg');
    await rm(away);
    const rows = async () => {
      const found = await adding.images.byIds(ids);
      return ids.map((id) => found.get(id)).map((row) => [row?.status, row?.failureCode]);
    };

    const worker = startProgram(['worker'], variables);
    const ready = ['READY', null];
    await vi.waitFor(async () => {
      expect(await rows()).toEqual([['FAILED', 'ORIGINAL_MISSING'], ready, ready, ready, ready]);
    }, PATIENCE);
    await writeFile(away, await makePicture(0));
    await adding.images.retryFailed(ids);
    await vi.waitFor(async () => {
      expect(await rows()).toEqual(ids.map(() => ready));
    }, PATIENCE);
    worker.child.kill('SIGTERM');
    expect(await worker.ended, worker.stderr()).toBe(0);

    const originals = await readdir(path.join(dataFolder, 'originals'), {
      recursive: true,
      withFileTypes: true,
    });
    expect(originals.filter((entry) => entry.isFile())).toEqual([]);
    // What is shown when the files are away.
    const previews = await readdir(path.join(dataFolder, 'thumbnails', '1280'), {
      recursive: true,
      withFileTypes: true,
    });
    expect(previews.filter((entry) => entry.isFile())).toHaveLength(PICTURES);
  });
});
