/**
 * Search against the bare SQL that it stands on, in the same run: recall@10, answers that are short of hits, latency, and the ratio of the
 * two; then what a standard score costs, and all pages walked to the end (in mode INDEX as far as it reaches), compared with the exact order.
 *
 *     npx tsx bench/search.ts [--rows 20000] [--database postgres://…] [--memory 512MB]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database, or in one that an earlier run
 * with the same --rows has filled; any other is refused. --memory is the server's maintenance_work_mem while the index is built.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/database.js';
import { migrate } from '../src/db/migrate.js';
import { activeModel, countEmbeddings, registerModel } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { ensureVectorIndex, vectorIndexName } from '../src/db/vector-index.js';
import { vectorParameter } from '../src/db/vector.js';
import { createLogger } from '../src/log.js';
import { createSearch } from '../src/search/create-search.js';
import { INDEX_REACH } from '../src/search/plan.js';
import type { MatchPosition, Search, SearchMode, SearchRequest } from '../src/search/search.js';
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
  options: {
    rows: { type: 'string', default: '20000' },
    database: { type: 'string' },
    memory: { type: 'string', default: '512MB' },
  },
});
const rows = Number(options.rows);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
const log = createLogger('warn');
const database = await openDatabase({
  databaseUrl: options.database && withMemory(options.database, options.memory),
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
  const encoder = createFakeEncoder({ dimensions: DIMENSIONS });
  const known = await activeModel(pool);
  const stored = known === undefined ? 0 : await countEmbeddings(pool, known.id);
  if (stored > 0 && (stored !== rows || known?.fingerprint !== encoder.card.fingerprint))
    throw new Error('The database has other images.');
  const model = await registerModel(database, encoder.card);
  const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
  const search = createSearch({ database, encoder, textEmbeddings, model, log });

  const vectorOf = topicVectors(DIMENSIONS, Math.ceil(rows / 60), seededRandom(1));
  const queries = Array.from({ length: QUERIES }, vectorOf);
  if (stored === 0) await pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);
  const loaded = await timed(async () => {
    for (let start = stored; start < rows; start += 5_000) {
      const chunk = Array.from({ length: Math.min(5_000, rows - start) }, vectorOf);
      await insertEmbeddedImages(pool, model.id, chunk, (index) =>
        SHARES.flatMap(([, every]) => (every && (start + index) % every === 0 ? [`1/${every}`] : [])),
      );
    }
  });
  const indexed = await timed(() => ensureVectorIndex(database, model));
  await pool.query('VACUUM ANALYZE');
  if (database.kind === 'embedded') await pool.query('CHECKPOINT');
  console.log(
    `${rows} images, ${DIMENSIONS} dimensions, ${database.kind} database. Made and loaded in ${seconds(loaded)}, indexed in ${seconds(indexed)}.\n` +
      `${QUERIES} queries a line, first ${LIMIT} matches; milliseconds.\n`,
  );

  console.log('filter  mode   plan   recall@10  short    p50    p95  bare p50  ratio');
  for (const [share, every] of SHARES) {
    const filter = every === undefined ? {} : { tagsAll: [`1/${every}`] };
    const truths = new Map<Float32Array, ReadonlySet<number>>();
    for (const query of queries) {
      const { matches } = await search.search({ ...ofVector(query), filter, limit: LIMIT, mode: 'EXACT' });
      truths.set(query, new Set(matches.map(({ imageId }) => imageId)));
    }
    for (const mode of ['EXACT', 'INDEX', 'AUTO'] as const) {
      const times: number[] = [];
      const bareTimes: number[] = [];
      let strategy = '';
      let found = 0;
      let expected = 0;
      let short = 0;
      const ask = (query: Float32Array, asked: SearchMode) =>
        search.search({ ...ofVector(query), filter, limit: LIMIT, mode: asked });
      for (const query of queries.slice(0, 5)) strategy = (await ask(query, mode)).plan.strategy;
      // One after the other, so that whatever else the machine does falls on both; and each first in every second round, so
      // that both find as much in the caches.
      for (const [round, query] of queries.entries()) {
        const ours = async () => {
          const started = performance.now();
          const { matches, plan } = await ask(query, mode);
          times.push(performance.now() - started);
          strategy = plan.strategy;
          const truth = truths.get(query) ?? new Set();
          found += matches.filter(({ imageId }) => truth.has(imageId)).length;
          expected += truth.size;
          if (matches.length < truth.size) short += 1;
        };
        if (round % 2 === 0) await ours();
        bareTimes.push(await bare(database, model.id, query, every, strategy));
        if (round % 2 === 1) await ours();
      }
      const [p50, barePart] = [quantile(times, 0.5), quantile(bareTimes, 0.5)];
      const cells = [
        (found / expected).toFixed(3).padStart(9),
        String(short).padStart(7),
        ...[p50, quantile(times, 0.95)].map(ms),
      ];
      console.log(
        `${share.padEnd(7)} ${mode.padEnd(6)} ${strategy.padEnd(6)} ${cells.join('')}   ${ms(barePart)} ${(p50 / barePart).toFixed(2).padStart(6)}`,
      );
    }
  }
  await measureBackground(search, queries);
  const [query = new Float32Array()] = queries;
  const exact = await exactOrder(database, model.id, query);
  await walk(search, query, 'AUTO', exact);
  await walk(search, query, 'INDEX', exact.slice(0, INDEX_REACH));
}

/** A search with standard scores, against the same search without. */
async function measureBackground(search: Search, queries: readonly Float32Array[]): Promise<void> {
  const plain: number[] = [];
  const scored: number[] = [];
  for (const [index, query] of queries.entries()) {
    const ask = async (withScores: boolean) => {
      const result = await search.search({ ...ofVector(query), filter: {}, limit: LIMIT, mode: 'AUTO' });
      if (withScores) await result.background?.();
    };
    // The first draws the sample.
    if (index === 0) await ask(true);
    plain.push(await timed(() => ask(false)));
    scored.push(await timed(() => ask(true)));
  }
  const [without, together] = [quantile(plain, 0.5), quantile(scored, 0.5)];
  console.log(
    `\nWith standard scores: p50 ${together.toFixed(2)} ms against ${without.toFixed(2)} ms without, ratio ${(together / without).toFixed(2)}.`,
  );
}

/** All images by one statement, nearest first. */
async function exactOrder(
  { pool }: Database,
  modelId: number,
  query: Float32Array,
): Promise<readonly number[]> {
  const { rows: all } = await pool.query<{ image_id: string }>(
    `SELECT image_id FROM image_embeddings WHERE model_id = ${modelId} ORDER BY embedding <=> $1::vector, image_id`,
    [vectorParameter(query)],
  );
  return all.map(({ image_id }) => Number(image_id));
}

/** Every page until as many images have been shown as there are in the exact order. */
async function walk(
  search: Search,
  query: Float32Array,
  mode: SearchMode,
  exact: readonly number[],
): Promise<void> {
  const walked: number[] = [];
  const pages = { INDEX: 0, EXACT: 0 };
  const took = await timed(async () => {
    let after: MatchPosition | undefined;
    do {
      const page = await search.search({ ...ofVector(query), filter: {}, limit: 100, mode, after });
      walked.push(...page.matches.map(({ imageId }) => imageId));
      pages[page.plan.strategy] += 1;
      after = page.hasNextPage ? page.matches.at(-1)?.position : undefined;
    } while (after !== undefined && walked.length < exact.length);
  });
  const placeOf = new Map(exact.map((id, place) => [id, place]));
  let furthest = -1;
  let outOfOrder = 0;
  for (const id of walked) {
    const place = placeOf.get(id) ?? exact.length;
    if (place < furthest) outOfOrder += 1;
    furthest = Math.max(furthest, place);
  }
  const shown = new Set(walked);
  const missing = exact.filter((id) => !shown.has(id)).length;
  console.log(
    `Walked in mode ${mode}: ${pages.INDEX} pages by INDEX and ${pages.EXACT} by EXACT in ${seconds(took)}. ${walked.length} of ${exact.length} images, ` +
      `${walked.length - shown.size} repeated, ${missing} missing, ${outOfOrder} out of order.`,
  );
}

function ofVector(vector: Float32Array): Pick<SearchRequest, 'query'> {
  return { query: { kind: 'vector', vector: [...vector] } };
}

/** The address with a setting for every connection. */
function withMemory(databaseUrl: string, memory: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c maintenance_work_mem=${memory}`);
  return url.href;
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
