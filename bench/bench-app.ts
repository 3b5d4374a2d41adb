import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { App, openApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { createLogger } from '../src/log.js';

/**
 * A whole Pictograph that works and listens: on an embedded database in a temporary folder, or in an empty database of a server.
 *
 * @param open from the sources, or as it is built
 * @param model the bundled one unless told
 */
export async function withBenchApp(
  open: typeof openApp,
  databaseUrl: string | undefined,
  use: (app: App, url: string) => Promise<void>,
  model = 'pictogram-clip',
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
  const config = loadConfig({
    PICTOGRAPH_DATA: folder,
    DATABASE_URL: databaseUrl,
    CLIP_MODEL: model,
    PORT: '0',
    LOG_LEVEL: 'warn',
  });
  const app = await open(config, createLogger(config.logLevel));
  try {
    if ((await app.images.count({})) > 0) throw new Error('The database has images.');
    await app.work();
    const { url } = await app.listen();
    await use(app, url);
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
}
