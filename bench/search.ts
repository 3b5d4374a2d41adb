/**
 * Search against the bare SQL that it stands on, in the same run: recall@10, answers that are short of hits, latency, and the ratio of the
 * two; then what a standard score costs, and all pages walked to the end (in mode INDEX as far as it reaches), compared with the exact order.
 *
 *     npx tsx bench/search.ts [--rows 20000] [--database postgres://…] [--memory 512MB]
 *
 * Without --database on an embedded database in a temporary folder. With it, in an empty database, or in one that an earlier run
 * with the same --rows has filled; any other is refused. --memory is the server's maintenance_work_mem while the index is built.
 */
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/database.js';
import { ensureVectorIndex, vectorIndexName } from '../src/db/vector-index.js';
import { vectorParameter } from '../src/db/vector.js';
import { INDEX_REACH } from '../src/search/plan.js';
import type { MatchPosition, Search, SearchMode } from '../src/search/search.js';
import { seededRandom, topicVectors } from '../test/support/vectors.js';
import {
  compareToBare,
  DIMENSIONS,
  findTruths,
  LIMIT,
  load,
  ofVector,
  SHARES,
  withWorkload,
  type Workload,
} from './search-workload.js';
import { quantile, timed } from './timing.js';

const QUERIES = 60;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    database: { type: 'string' },
    memory: { type: 'string', default: '512MB' },
  },
});
const rows = Number(options.rows);
await withWorkload(options.database && withMemory(options.database, options.memory), measure);

async function measure(workload: Workload): Promise<void> {
  const { database, model, search, stored } = workload;
  const { pool } = database;
  if (stored > 0 && stored !== rows) throw new Error('The database has other images.');

  const vectorOf = topicVectors(DIMENSIONS, Math.ceil(rows / 60), seededRandom(1));
  const queries = Array.from({ length: QUERIES }, vectorOf);
  if (stored === 0) await pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);
  const loaded = await timed(() => load(workload, { from: stored, to: rows }, vectorOf));
  const indexed = await timed(() => ensureVectorIndex(database, model));
  await pool.query('VACUUM ANALYZE');
  if (database.kind === 'embedded') await pool.query('CHECKPOINT');
  console.log(
    `${rows} images, ${DIMENSIONS} dimensions, ${database.kind} database. Made and loaded in ${seconds(loaded)}, indexed in ${seconds(indexed)}.\n` +
      `${QUERIES} queries a line, first ${LIMIT} matches; milliseconds.\n`,
  );

  console.log('filter  mode   plan   recall@10  short    p50    p95  bare p50  ratio');
  for (const [share, every] of SHARES) {
    const { truths } = await findTruths(search, queries, every);
    for (const mode of ['EXACT', 'INDEX', 'AUTO'] as const) {
      const { strategy, recall, short, p50, p95, bareP50 } = await compareToBare(
        workload,
        truths,
        every,
        mode,
      );
      const cells = [recall.toFixed(3).padStart(9), String(short).padStart(7), ...[p50, p95].map(ms)];
      console.log(
        `${share.padEnd(7)} ${mode.padEnd(6)} ${strategy.padEnd(6)} ${cells.join('')}   ${ms(bareP50)} ${(p50 / bareP50).toFixed(2).padStart(6)}`,
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

/** The address with a setting for every connection. */
function withMemory(databaseUrl: string, memory: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c maintenance_work_mem=${memory}`);
  return url.href;
}

function ms(value: number): string {
  return value.toFixed(2).padStart(7);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
