/**
 * Near duplicates in a large collection: how long recording an image's pairs takes, and the first page of groups and an
 * image's duplicates, against the search for similar images in the same run.
 *
 *     npx tsx bench/duplicates.ts [--rows 20000] [--dimensions 512] [--database postgres://…]
 *
 * Every tenth picture has three versions more. Without --database on an embedded database in a temporary folder. With it, in
 * an empty database: one that has images is refused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/database.js';
import { storePerceptualHash } from '../src/db/duplicates.js';
import { migrate } from '../src/db/migrate.js';
import { registerModel } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { ensureVectorIndex, vectorIndexName } from '../src/db/vector-index.js';
import { createLogger } from '../src/log.js';
import { createDuplicates } from '../src/search/create-duplicates.js';
import { createSearch } from '../src/search/create-search.js';
import { createTextEmbeddings } from '../src/search/text-embeddings.js';
import { createFakeEncoder } from '../test/support/fake-encoder.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom, unit } from '../test/support/vectors.js';
import { timed } from './timing.js';

const VERSIONS = 4;
const EVERY = 10;
const REPETITIONS = 20;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    dimensions: { type: 'string', default: '512' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const dimensions = Number(options.dimensions);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
const log = createLogger('warn');
const database = await openDatabase({
  databaseUrl: options.database,
  dataFolder: folder,
  poolSize: 4,
  log,
});
try {
  await migrate(database, log);
  await measure(database);
} finally {
  await database.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure(database: Database): Promise<void> {
  const { pool } = database;
  if ((await pool.query('SELECT FROM images LIMIT 1')).rowCount !== 0)
    throw new Error('The database has images.');
  const encoder = createFakeEncoder({ dimensions });
  const model = await registerModel(database, encoder.card);
  const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
  const search = createSearch({ database, encoder, textEmbeddings, model, log });
  const duplicates = createDuplicates({ database, model });

  await pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);
  const { vectors, hashes } = makePictures();
  const ids = await insertEmbeddedImages(pool, model.id, vectors);
  await database.transaction(async (client) => {
    for (const [index, hash] of hashes.entries()) await storePerceptualHash(client, ids[index] ?? 0, hash);
  });
  await ensureVectorIndex(database, model);
  await pool.query('VACUUM ANALYZE');
  const recorded = await timed(async () => {
    for (const id of ids) await duplicates.record(id);
  });
  await pool.query('VACUUM ANALYZE duplicate_pairs');
  console.log(
    `${rows} images, ${dimensions} dimensions, ${database.kind} database. ` +
      `Recording the pairs of an image: ${(recorded / ids.length).toFixed(2)} ms on average.\n`,
  );

  const groups = await duplicates.groups({ filter: {}, limit: 20, minSimilarity: 0.95 });
  console.log(`${groups.totalCount} groups. Milliseconds, median of ${REPETITIONS}:`);
  const some = ids.slice(0, REPETITIONS);
  const similar = await median(some, (id) =>
    search.search({ query: { kind: 'image', id }, filter: {}, limit: 20, mode: 'AUTO', excludeId: id }),
  );
  const lines: [string, (id: number) => Promise<unknown>][] = [
    ['duplicateGroups, first 20', () => duplicates.groups({ filter: {}, limit: 20, minSimilarity: 0.95 })],
    [
      'duplicateGroups with a filter that all match',
      () => duplicates.groups({ filter: { widthMin: 1 }, limit: 20, minSimilarity: 0.95 }),
    ],
    ['Image.duplicates', (imageId) => duplicates.ofImage({ imageId, limit: 20, minSimilarity: 0.95 })],
  ];
  console.log(`${similar.toFixed(2).padStart(8)}         Image.similar`);
  for (const [name, work] of lines) {
    const time = await median(some, work);
    console.log(`${time.toFixed(2).padStart(8)}  ${(time / similar).toFixed(2).padStart(5)}  ${name}`);
  }
}

function makePictures(): { vectors: Float32Array[]; hashes: bigint[] } {
  const random = seededRandom(1);
  const vectors: Float32Array[] = [];
  const hashes: bigint[] = [];
  for (let picture = 0; vectors.length < rows; picture++) {
    const vector = randomUnitVector(dimensions, random);
    const hash = BigInt(Math.floor(random() * 2 ** 32)) * 2n ** 32n + BigInt(Math.floor(random() * 2 ** 32));
    const versions = picture % EVERY === 0 ? Math.min(VERSIONS, rows - vectors.length) : 1;
    for (let version = 0; version < versions; version++) {
      const noise = randomUnitVector(dimensions, random);
      vectors.push(unit(Array.from(vector, (value, index) => value + 0.1 * (noise[index] ?? 0))));
      hashes.push(BigInt.asIntN(64, hash ^ (1n << BigInt(version))));
    }
  }
  return { vectors, hashes };
}

async function median(ids: readonly number[], work: (id: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (const id of ids) times.push(await timed(() => work(id)));
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
