/**
 * Search against the bare SQL that it stands on, in the same run: recall@10, latency, and the ratio of the two.
 *
 *     npx tsx bench/search.ts [--rows 20000] [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database: one that has images is
 * refused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/database.js';
import { migrate } from '../src/db/migrate.js';
import { registerModel } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { ensureVectorIndex, vectorIndexName } from '../src/db/vector-index.js';
import { vectorParameter } from '../src/db/vector.js';
import { createLogger } from '../src/log.js';
import { createSearch } from '../src/search/create-search.js';
import type { SearchMode } from '../src/search/search.js';
import { createTextEmbeddings } from '../src/search/text-embeddings.js';
import { createFakeEncoder } from '../test/support/fake-encoder.js';
import { insertEmbeddedImages, seededRandom, topicVectors } from '../test/support/vectors.js';

const DIMENSIONS = 512;
const QUERIES = 60;
const LIMIT = 10;
const SHARES = [
  ['none', undefined],
  ['50 %', 2],
  ['10 %', 10],
  ['1 %', 100],
  ['0.1 %', 1000],
] as const;

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '20000' }, database: { type: 'string' } },
});
const rows = Number(options.rows);
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
  const encoder = createFakeEncoder({ dimensions: DIMENSIONS });
  const model = await registerModel(database, encoder.card);
  const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
  const search = createSearch({ database, encoder, textEmbeddings, model, log });

  const vectorOf = topicVectors(DIMENSIONS, Math.ceil(rows / 60), seededRandom(1));
  const queries = Array.from({ length: QUERIES }, vectorOf);
  await pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);
  const loaded = await timed(async () => {
    for (let start = 0; start < rows; start += 5_000) {
      const chunk = Array.from({ length: Math.min(5_000, rows - start) }, vectorOf);
      await insertEmbeddedImages(pool, model.id, chunk, (index) =>
        SHARES.flatMap(([, every]) => (every && (start + index) % every === 0 ? [`1/${every}`] : [])),
      );
    }
  });
  const indexed = await timed(() => ensureVectorIndex(database, model));
  await pool.query('VACUUM ANALYZE');
  console.log(
    `${rows} images, ${DIMENSIONS} dimensions, ${database.kind} database. Made and loaded in ${seconds(loaded)}, indexed in ${seconds(indexed)}.\n` +
      `${QUERIES} queries a line, first ${LIMIT} matches; milliseconds.\n`,
  );

  console.log('filter  mode   plan   recall@10    p50    p95  bare p50  ratio');
  for (const [share, every] of SHARES) {
    const filter = every === undefined ? {} : { tagsAll: [`1/${every}`] };
    for (const mode of ['EXACT', 'INDEX', 'AUTO'] as const) {
      const times: number[] = [];
      const bareTimes: number[] = [];
      let strategy = '';
      let found = 0;
      let expected = 0;
      const ask = (query: Float32Array, asked: SearchMode) =>
        search.search({ query: { kind: 'vector', vector: [...query] }, filter, limit: LIMIT, mode: asked });
      for (const query of queries.slice(0, 5)) await ask(query, mode);
      // One after the other, so that whatever else the machine does falls on both.
      for (const query of queries) {
        const truth = new Set((await ask(query, 'EXACT')).matches.map(({ imageId }) => imageId));
        const started = performance.now();
        const result = await ask(query, mode);
        times.push(performance.now() - started);
        strategy = result.plan.strategy;
        found += result.matches.filter(({ imageId }) => truth.has(imageId)).length;
        expected += truth.size;
        bareTimes.push(await bare(database, model.id, query, every, strategy));
      }
      const [p50, barePart] = [quantile(times, 0.5), quantile(bareTimes, 0.5)];
      const cells = [(found / expected).toFixed(3).padStart(9), ...[p50, quantile(times, 0.95)].map(ms)];
      console.log(
        `${share.padEnd(7)} ${mode.padEnd(6)} ${strategy.padEnd(6)} ${cells.join('')}   ${ms(barePart)} ${(p50 / barePart).toFixed(2).padStart(6)}`,
      );
    }
  }
}

/** What a hand-written query of the same strategy and settings takes, without transaction, paging or planning. */
async function bare(
  database: Database,
  modelId: number,
  query: Float32Array,
  every: number | undefined,
  strategy: string,
): Promise<number> {
  const from = `image_embeddings e ${every ? `JOIN images i ON i.id = e.image_id AND i.tags @> ARRAY['1/${every}']` : ''}`;
  const order =
    strategy === 'INDEX'
      ? `e.embedding::vector(${DIMENSIONS}) <=> $1::vector`
      : 'e.embedding <=> $1::vector, e.image_id';
  return database.transaction(async (client) => {
    await client.query(`SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
      set_config('hnsw.ef_search', '200', true), set_config('hnsw.scan_mem_multiplier', '16', true)`);
    if (strategy === 'INDEX') await client.query('SET LOCAL enable_sort = off');
    const statement = `SELECT e.image_id FROM ${from} WHERE e.model_id = ${modelId} ORDER BY ${order} LIMIT ${LIMIT}`;
    return timed(() => client.query(statement, [vectorParameter(query)]));
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

function ms(value: number): string {
  return value.toFixed(2).padStart(7);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
