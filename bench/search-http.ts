/**
 * A text search over HTTP, against what it stands on, in the same run: the bare text encoding and a hand-written SQL statement for its
 * latency, pgbench with the very statements that Pictograph sends for its throughput.
 *
 *     npm run build && npx tsx bench/search-http.ts --database postgres://… [--rows 100000] [--model FOLDER] [--rounds 5] [--clients 50] [--pgbench pgbench]
 *
 * In an empty database, which it leaves with images. The model is one of random weights in the shape of CLIP ViT-B/32 unless told.
 * Contenders take turns in every round; printed are the median of the rounds and the least and the greatest of them.
 */
import './production.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { App } from '../src/app.js';
import { storeTextEmbeddings } from '../src/db/text-embeddings.js';
import { dropVectorIndex, ensureVectorIndex } from '../src/db/vector-index.js';
import { vectorParameter } from '../src/db/vector.js';
import { request } from '../test/support/graphql-client.js';
import { seededRandom, topicVectors } from '../test/support/vectors.js';
import { recordSql } from './bare-sql.js';
import { withBenchApp } from './bench-app.js';
import { built } from './built.js';
import { writeClipShape } from './clip-shape.js';
import { startHttpLoad } from './http-load.js';
import { pgbench, pgbenchScript } from './pgbench.js';
import { Rates } from './rates.js';
import { load as loadImages } from './search-workload.js';
import { quantile, timed } from './timing.js';

const SEARCH = `query Search($text: String!) {
  search(query: { text: $text }, first: 10) { edges { similarity node { id filename thumbnailUrl } } }
}`;
const KNOWN = 200;
/** Requests of a round: one after the other, contender after contender so many at a time; and by many clients. */
const [BLOCK, BLOCKS, TOGETHER] = [10, 10, 1_000];

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    model: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '50' },
    pgbench: { type: 'string', default: 'pgbench' },
  },
});
const { database: databaseUrl } = options;
if (databaseUrl === undefined) throw new Error('--database is missing: pgbench needs a server.');
const rows = Number(options.rows);
const rounds = Number(options.rounds);
const clients = Number(options.clients);

const { openApp } = await built<typeof import('../src/app.js')>('app.js');
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
try {
  const model = options.model ?? path.join(folder, 'clip-vit-b32-shape');
  if (options.model === undefined) await writeClipShape(model);
  const run = async (app: App, url: string) => {
    const vectorOf = await fill(app);
    const [load] = os.loadavg();
    console.log(
      `${os.cpus()[0]?.model ?? ''}, ${os.availableParallelism()} cores, load average ${load?.toFixed(1) ?? ''}; ` +
        `${rows} images of ${app.model.dimensions} dimensions`,
    );
    await measureLatency(app, url, vectorOf);
    await measureThroughput(app, url, databaseUrl);
  };
  await withBenchApp(openApp, databaseUrl, run, model);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Images, and texts whose embeddings lie among theirs, as those of a trained model do. */
async function fill({ database, model }: App): Promise<() => Float32Array> {
  const { pool } = database;
  const vectorOf = topicVectors(model.dimensions, Math.ceil(rows / 60), seededRandom(1));
  await dropVectorIndex(database, model);
  await loadImages({ database, model }, { from: 0, to: rows }, vectorOf);
  const texts = Array.from({ length: KNOWN }, (_, number) => [knownText(number), vectorOf()] as const);
  await storeTextEmbeddings(pool, model.id, new Map(texts));
  await ensureVectorIndex(database, model);
  await pool.query('VACUUM ANALYZE');
  return vectorOf;
}

/** One request after the other. */
async function measureLatency(app: App, url: string, vectorOf: () => Float32Array): Promise<void> {
  const { model, encoder } = app;
  const client = new pg.Client({ connectionString: options.database });
  await client.connect();
  // What somebody writes by hand who needs this one search: settings once, one prepared statement.
  await client.query(
    "SET hnsw.iterative_scan = 'relaxed_order'; SET hnsw.scan_mem_multiplier = 16; SET hnsw.ef_search = 200; SET enable_sort = off",
  );
  const byHand = {
    name: 'by hand',
    text: `SELECT i.id, i.filename, i.sha256, n.distance FROM (
        SELECT e.image_id, e.embedding::vector(${model.dimensions}) <=> $1::vector AS distance FROM image_embeddings AS e
        WHERE e.model_id = ${model.id} ORDER BY e.embedding::vector(${model.dimensions}) <=> $1::vector LIMIT 10) AS n
      JOIN images AS i ON i.id = n.image_id`,
  };
  const vectors = Array.from({ length: KNOWN }, () => vectorParameter(vectorOf()));
  const load = await startHttpLoad();
  const medians = new Rates();
  let fresh = 0;
  const next = () => Array.from({ length: BLOCK }, () => ++fresh);
  const http = (texts: readonly string[]) =>
    load.run({ url: `${url}/graphql`, bodies: texts.map(bodyOf), clients: 1, requests: texts.length });
  // Once all of them: what is remembered from the second time on is what is meant by a known text.
  await http(Array.from({ length: KNOWN }, (_, number) => knownText(number)));
  for (const vector of vectors) await client.query(byHand, [vector]);
  for (let round = 0; round < rounds; round++) {
    const times: Record<string, number[]> = {};
    const take = (what: string, ...taken: readonly number[]) => (times[what] ??= []).push(...taken);
    for (let block = 0; block < BLOCKS; block++) {
      const numbers = next().map((number) => number % KNOWN);
      for (const number of numbers)
        take('bare SQL', await timed(() => client.query(byHand, [vectors[number]])));
      // A model of random weights gives vectors far from all images, among which a search takes longer: the same on both sides.
      for (const number of next()) {
        take(
          'bare text encoding and SQL',
          await timed(async () => {
            const [vector = new Float32Array()] = await encoder.encodeTexts([`number ${number}`]);
            await client.query(byHand, [vectorParameter(vector)]);
          }),
        );
      }
      take('known text', ...(await http(numbers.map(knownText))));
      take('new text', ...(await http(next().map((number) => `number ${number}`))));
    }
    for (const [what, taken] of Object.entries(times)) medians.add(what, quantile(taken, 0.5));
  }
  await Promise.all([client.end(), load.close()]);
  console.log(`\nA search over HTTP, one after the other, p50 of ${BLOCKS * BLOCK}, milliseconds`);
  medians.print(2);
  medians.printRatio('known text', 'bare SQL');
  medians.printRatio('new text', 'bare text encoding and SQL');
}

/** As many as the clients can. */
async function measureThroughput({ model }: App, url: string, database: string): Promise<void> {
  const statements = await recordSql(() => request(url, SEARCH, { text: knownText(1) }));
  const script = path.join(folder, 'search.sql');
  await writeFile(
    script,
    pgbenchScript(statements, { modelId: model.id, texts: KNOWN, textPrefix: knownText('') }),
  );
  const bodies = Array.from({ length: KNOWN }, (_, number) => bodyOf(knownText(number)));
  const load = await startHttpLoad();
  const rates = new Rates();
  try {
    for (let round = 0; round < rounds; round++) {
      await rates.take('searches over HTTP', TOGETHER, () =>
        load.run({ url: `${url}/graphql`, bodies, clients, requests: TOGETHER }),
      );
      const bare = await pgbench(options.pgbench, { database, script, clients, transactions: TOGETHER });
      rates.add('pgbench, the same statements', bare);
    }
  } finally {
    await load.close();
  }
  console.log(`\nSearches a second, ${clients} clients, known texts; ${statements.length} statements each`);
  rates.print();
  rates.printRatio('searches over HTTP', 'pgbench, the same statements');
}

function knownText(number: number | string): string {
  return `known ${number}`;
}

function bodyOf(text: string): string {
  return JSON.stringify({ query: SEARCH, variables: { text } });
}
