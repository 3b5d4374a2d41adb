import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Database } from '../src/db/database.js';
import { migrate } from '../src/db/migrate.js';
import { activeModel, countEmbeddings, registerModel, type ModelRow } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { vectorParameter } from '../src/db/vector.js';
import { createLogger } from '../src/log.js';
import { createSearch } from '../src/search/create-search.js';
import type { Search, SearchMode, SearchRequest } from '../src/search/search.js';
import { createTextEmbeddings } from '../src/search/text-embeddings.js';
import { createFakeEncoder } from '../test/support/fake-encoder.js';
import { insertEmbeddedImages } from '../test/support/vectors.js';
import { quantile, timed } from './timing.js';

export const DIMENSIONS = 512;
export const LIMIT = 10;
const ROWS_AT_A_TIME = 5_000;
/** What a filter lets through, and the images it does: every so many. */
export const SHARES = [
  ['none', undefined],
  ['50 %', 2],
  ['10 %', 10],
  ['1 %', 100],
  ['0.1 %', 1000],
] as const;

/** A database with the tables of Pictograph and one model, whose vectors come from the benchmark. */
export interface Workload {
  readonly database: Database;
  readonly model: ModelRow;
  readonly search: Search;
  /** How many images it had when it was opened. */
  readonly stored: number;
}

/**
 * Opens the workload for as long as `use` takes: on an embedded database in a temporary folder, or on a server's.
 *
 * @throws Error when the database has images of another model
 */
export async function withWorkload(
  databaseUrl: string | undefined,
  use: (workload: Workload) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
  const log = createLogger('warn');
  const database = await openDatabase({ databaseUrl, dataFolder: folder, poolSize: 4, log });
  try {
    await migrate(database, log);
    const { pool } = database;
    const encoder = createFakeEncoder({ dimensions: DIMENSIONS });
    const known = await activeModel(pool);
    const stored = known === undefined ? 0 : await countEmbeddings(pool, known.id);
    if (stored > 0 && known?.fingerprint !== encoder.card.fingerprint)
      throw new Error('The database has other images.');
    const model = await registerModel(database, encoder.card);
    const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
    const search = createSearch({ database, encoder, textEmbeddings, model, log });
    await use({ database, model, search, stored });
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Adds images until there are `rows`, few enough at a time to hold any number of them; each has the tags that the filters ask for.
 *
 * @returns milliseconds that making the vectors took, and storing them
 */
export async function load(
  { database, model }: Pick<Workload, 'database' | 'model'>,
  rows: { readonly from: number; readonly to: number },
  vectorOf: () => Float32Array,
): Promise<{ made: number; stored: number }> {
  const took = { made: 0, stored: 0 };
  for (let start = rows.from; start < rows.to; start += ROWS_AT_A_TIME) {
    const began = performance.now();
    const chunk = Array.from({ length: Math.min(ROWS_AT_A_TIME, rows.to - start) }, vectorOf);
    took.made += performance.now() - began;
    took.stored += await timed(() =>
      insertEmbeddedImages(database.pool, model.id, chunk, (index) =>
        SHARES.flatMap(([, every]) => (every && (start + index) % every === 0 ? [`1/${every}`] : [])),
      ),
    );
  }
  return took;
}

/** Queries, and the images nearest to each. */
export type Truths = ReadonlyMap<Float32Array, ReadonlySet<number>>;

/** The images nearest to each query by an exact search, and the milliseconds that each search took. */
export async function findTruths(
  search: Search,
  queries: readonly Float32Array[],
  every: number | undefined,
): Promise<{ truths: Truths; times: readonly number[] }> {
  const truths = new Map<Float32Array, ReadonlySet<number>>();
  const times: number[] = [];
  for (const query of queries) {
    const started = performance.now();
    const { matches } = await search.search(requestOf(query, every, 'EXACT'));
    times.push(performance.now() - started);
    truths.set(query, new Set(matches.map(({ imageId }) => imageId)));
  }
  return { truths, times };
}

/** How queries of one filter and mode went. Times in milliseconds. */
export interface Compared {
  readonly queries: number;
  /** How many of them the index answered. */
  readonly byIndex: number;
  /** How the last of them was answered. */
  readonly strategy: string;
  /** The share of the true matches that were found. */
  readonly recall: number;
  /** How many answers had fewer matches than there are. */
  readonly short: number;
  readonly p50: number;
  readonly p95: number;
  readonly bareP50: number;
}

/** Asks every query, and each time a hand-written statement that does the same. */
export async function compareToBare(
  { database, model, search }: Workload,
  truths: Truths,
  every: number | undefined,
  mode: SearchMode,
): Promise<Compared> {
  const queries = [...truths.keys()];
  const ask = (query: Float32Array) => search.search(requestOf(query, every, mode));
  const times: number[] = [];
  const bareTimes: number[] = [];
  let [strategy, byIndex, found, expected, short] = ['', 0, 0, 0, 0];
  for (const query of queries.slice(0, 5)) strategy = (await ask(query)).plan.strategy;
  // One after the other, so that whatever else the machine does falls on both; and each first in every second round, so
  // that both find as much in the caches.
  for (const [round, query] of queries.entries()) {
    const ours = async () => {
      const started = performance.now();
      const { matches, plan } = await ask(query);
      times.push(performance.now() - started);
      strategy = plan.strategy;
      if (strategy === 'INDEX') byIndex += 1;
      const truth = truths.get(query) ?? new Set();
      found += matches.filter(({ imageId }) => truth.has(imageId)).length;
      expected += truth.size;
      if (matches.length < truth.size) short += 1;
    };
    if (round % 2 === 0) await ours();
    bareTimes.push(await bare(database, model.id, query, every, strategy));
    if (round % 2 === 1) await ours();
  }
  return {
    queries: queries.length,
    byIndex,
    strategy,
    recall: found / expected,
    short,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    bareP50: quantile(bareTimes, 0.5),
  };
}

export function ofVector(vector: Float32Array): Pick<SearchRequest, 'query'> {
  return { query: { kind: 'vector', vector: [...vector] } };
}

function requestOf(vector: Float32Array, every: number | undefined, mode: SearchMode): SearchRequest {
  const filter = every === undefined ? {} : { tagsAll: [`1/${every}`] };
  return { ...ofVector(vector), filter, limit: LIMIT, mode };
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
