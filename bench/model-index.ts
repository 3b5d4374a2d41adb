/**
 * When should the index of a model be built that the collection is embedded with: before the first embedding, or after the last? Stores the
 * same vectors one by one, as the background job does, with the index there and without it, which is then built; and says how long a
 * search had to wait meanwhile.
 *
 *     npx tsx bench/model-index.ts [--rows 5000] [--dimensions 512] [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '../src/db/migrate.js';
import { startEmbedding } from '../src/db/model-states.js';
import { storeModelEmbedding } from '../src/db/model-work.js';
import { registerModel } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { dropVectorIndex, ensureVectorIndex } from '../src/db/vector-index.js';
import { createLogger } from '../src/log.js';
import { addImages } from '../test/support/rows.js';
import { seededRandom, topicVectors } from '../test/support/vectors.js';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    dimensions: { type: 'string', default: '512' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const dimensions = Number(options.dimensions);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
const log = createLogger('silent');
const database = await openDatabase({
  databaseUrl: options.database,
  dataFolder: folder,
  poolSize: 5,
  log,
});

/** Milliseconds that work took, and the longest that a small question had to wait while it ran. */
async function measure(work: () => Promise<unknown>): Promise<{ ms: number; longestWait: number }> {
  let longestWait = 0;
  const state = { running: true };
  const asking = (async () => {
    while (state.running) {
      const asked = performance.now();
      await database.pool.query('SELECT count(*) FROM models');
      longestWait = Math.max(longestWait, performance.now() - asked);
      await delay(5);
    }
  })();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  state.running = false;
  await asking;
  return { ms, longestWait };
}

try {
  await migrate(database, log);
  const imageIds = await addImages(database.pool, rows);
  const random = seededRandom(1);
  const nextVector = topicVectors(dimensions, Math.ceil(rows / 100), random);
  const vectors = imageIds.map(() => nextVector());
  const register = async (digit: string) => {
    const model = await registerModel(database, {
      name: digit,
      source: digit,
      revision: 'local',
      dtype: 'fp32',
      dimensions,
      logitScale: 100,
      fingerprint: digit.repeat(64),
    });
    await startEmbedding(database.pool, model.id);
    return model;
  };
  const store = async (modelId: number) => {
    for (const [index, imageId] of imageIds.entries()) {
      const embedding = vectors[index];
      if (embedding) await storeModelEmbedding(database.pool, { modelId, imageId, embedding });
    }
  };

  const [first, last] = [await register('1'), await register('2')];
  await dropVectorIndex(database, last);
  const withIndex = await measure(() => store(first.id));
  const without = await measure(() => store(last.id));
  const build = await measure(() => ensureVectorIndex(database, last));
  const row = (what: string, { ms, longestWait }: { ms: number; longestWait: number }) => {
    console.log(
      `${what.padEnd(36)} ${(ms / 1000).toFixed(1).padStart(7)} s ${(ms / rows).toFixed(2).padStart(7)} ms a row, longest wait ${longestWait.toFixed(0)} ms`,
    );
  };
  console.log(`${database.kind}, ${rows} vectors of ${dimensions} dimensions`);
  row('stored, index from the start', withIndex);
  row('stored, no index', without);
  row('index built at the end', build);
  console.log(
    `index from the start / at the end: ${(withIndex.ms / (without.ms + build.ms)).toFixed(2)} in time, ` +
      `${(build.longestWait / withIndex.longestWait).toFixed(1)} times the longest wait the other way`,
  );
} finally {
  await database.close();
  await rm(folder, { recursive: true, force: true });
}
