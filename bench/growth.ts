/**
 * How search grows with the collection: one collection is made larger step by step, and at each size it is told what its index costs
 * (time, disk, memory, slower inserts) and how fast and how right searches are, with and without filters, against bare SQL in the same run.
 *
 *     npx tsx bench/growth.ts [--sizes 10000,30000,100000,300000,1000000] [--database postgres://…] [--memory 4GB]
 *                             [--json FILE] [--plot docs/pictures/growth.svg]
 *
 * Without --database on an embedded database in a temporary folder, and then up to 100,000 images unless told. With it, in an empty
 * database, which keeps the collection; any other is refused. --memory is the maintenance_work_mem of the build: a build that is told 4 GB
 * also needs so much of /dev/shm when it runs in parallel. --json keeps the figures, so that `bench/growth-plot.ts` can
 * draw several runs together; --plot draws this one. Tables go to the output, and what is being done to the error output.
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { dropVectorIndex, ensureVectorIndex, vectorIndexName } from '../src/db/vector-index.js';
import { insertEmbeddedImages } from '../test/support/vectors.js';
import { growingCollection, type GrowingCollection } from './growing-collection.js';
import { drawGrowth } from './growth-picture.js';
import { growthTables, type FilterResult, type GrowthResult, type SizeResult } from './growth-results.js';
import {
  compareToBare,
  DIMENSIONS,
  findTruths,
  load,
  SHARES,
  withWorkload,
  type Workload,
} from './search-workload.js';
import { quantile, timed } from './timing.js';

/** An exact comparison of a million vectors takes about a second, and there is one a query and filter. */
const queriesAt = (images: number): number => (images <= 100_000 ? 60 : 30);
const INSERTS = 50;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string' },
    database: { type: 'string' },
    memory: { type: 'string' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});
// The embedded database is built with what it builds with of its own.
const memory = options.memory ?? (options.database === undefined ? '256MB' : '4GB');
const sizes = parseSizes(
  options.sizes ??
    (options.database === undefined ? '10000,30000,100000' : '10000,30000,100000,300000,1000000'),
);
await withWorkload(options.database, measure);

async function measure(workload: Workload): Promise<void> {
  const { database } = workload;
  const { rowCount } = await database.pool.query('SELECT FROM images LIMIT 1');
  if (rowCount !== 0) throw new Error('The database has images: growth starts with an empty one.');
  const collection = growingCollection(DIMENSIONS, 1);
  const result: GrowthResult = {
    kind: database.kind,
    versions: await versionsOf(workload),
    processors: os.availableParallelism(),
    dimensions: DIMENSIONS,
    memory,
    sizes: [],
  };
  try {
    for (const [step, images] of sizes.entries()) {
      const took = await timed(async () => {
        result.sizes.push(
          await measureSize(workload, collection, { from: sizes[step - 1] ?? 0, to: images }),
        );
      });
      tell(`${images.toLocaleString('en')} images measured, after ${(took / 1000).toFixed(0)} s.`);
      if (options.json) await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
    }
  } finally {
    // The greatest size takes long, and may be too much for the machine: what the others showed is told anyway.
    console.log(growthTables(result));
  }
  if (options.plot) await writeFile(options.plot, drawGrowth([result]));
}

async function measureSize(
  workload: Workload,
  collection: GrowingCollection,
  rows: { readonly from: number; readonly to: number },
): Promise<SizeResult> {
  const { database, model } = workload;
  await dropVectorIndex(database, model);
  const { made, stored } = await load(workload, rows, () => collection.next());
  tell(`Made ${rows.to - rows.from} vectors in ${seconds(made)} and stored them in ${seconds(stored)}.`);
  // Of the collection at this size: all that it had before would be near to topics that have become common.
  const drawn = collection.sample(2 * INSERTS + queriesAt(rows.to));
  const [newcomers, others, queries] = [
    drawn.slice(0, INSERTS),
    drawn.slice(INSERTS, 2 * INSERTS),
    drawn.slice(2 * INSERTS),
  ];
  const plainInsertMs = await insertOneByOne(workload, others);
  const buildMs = await timed(() => ensureVectorIndex(database, model, { memory }));
  tell(`Built the index in ${seconds(buildMs)}.`);
  await settle(workload);

  const disk = await measureDisk(workload);
  const { filters, exactP50 } = await measureSearches(workload, queries);
  const residentBytes = process.memoryUsage().rss;
  // Last: what it deletes stays in the index until the next size builds another.
  const insertMs = await insertOneByOne(workload, newcomers);
  return {
    images: rows.to,
    added: rows.to - rows.from,
    loadMs: stored,
    buildMs,
    ...disk,
    residentBytes,
    insertMs,
    plainInsertMs,
    exactP50,
    filters,
  };
}

async function measureSearches(
  workload: Workload,
  queries: readonly Float32Array[],
): Promise<{ filters: FilterResult[]; exactP50: number }> {
  const filters: FilterResult[] = [];
  let exactP50 = Number.NaN;
  // The times of exact searches count too: not the first ones.
  await findTruths(workload.search, queries.slice(0, 5), undefined);
  for (const [share, every] of SHARES) {
    const { truths, times } = await findTruths(workload.search, queries, every);
    if (every === undefined) exactP50 = quantile(times, 0.5);
    const { strategy: _, ...compared } = await compareToBare(workload, truths, every, 'AUTO');
    filters.push({ share, ...compared });
    tell(`Filter ${share}: p50 ${compared.p50.toFixed(1)} ms, recall@10 ${compared.recall.toFixed(3)}.`);
  }
  return { filters, exactP50 };
}

/** The median time of adding one image to the collection, which is then as it was before. */
async function insertOneByOne(
  { database: { pool }, model }: Workload,
  vectors: readonly Float32Array[],
): Promise<number> {
  const times: number[] = [];
  const ids: number[] = [];
  for (const vector of vectors) {
    times.push(await timed(async () => ids.push(...(await insertEmbeddedImages(pool, model.id, [vector])))));
  }
  await pool.query('DELETE FROM images WHERE id = ANY($1::bigint[])', [ids]);
  return quantile(times, 0.5);
}

/** Leaves nothing for later that would run beside the searches. */
async function settle({ database: { pool } }: Workload): Promise<void> {
  await pool.query('VACUUM ANALYZE');
  const { rows } = await pool.query(`SELECT pg_has_role('pg_checkpoint', 'USAGE') AS allowed`);
  if (z.object({ allowed: z.boolean() }).parse(rows[0]).allowed) await pool.query('CHECKPOINT');
}

async function measureDisk({
  database: { pool },
  model,
}: Workload): Promise<Pick<SizeResult, 'indexBytes' | 'tableBytes' | 'databaseBytes'>> {
  const { rows } = await pool.query(
    `SELECT pg_relation_size($1::regclass)::float8 AS "indexBytes",
            pg_table_size('image_embeddings')::float8 AS "tableBytes",
            pg_database_size(current_database())::float8 AS "databaseBytes"`,
    [vectorIndexName(model.id)],
  );
  const bytes = z.number();
  return z.object({ indexBytes: bytes, tableBytes: bytes, databaseBytes: bytes }).parse(rows[0]);
}

async function versionsOf({ database: { pool } }: Workload): Promise<string> {
  const { rows } = await pool.query(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS server, extversion AS vector
     FROM pg_extension WHERE extname = 'vector'`,
  );
  const { server, vector } = z.object({ server: z.string(), vector: z.string() }).parse(rows[0]);
  return `${server}, pgvector ${vector}`;
}

/** @throws Error unless they are whole numbers that grow */
function parseSizes(text: string): readonly number[] {
  const all = text.split(',').map(Number);
  if (all.every((size, index) => Number.isSafeInteger(size) && size > (all[index - 1] ?? 0))) return all;
  throw new Error(`--sizes takes whole numbers, each greater than the one before, not "${text}".`);
}

function tell(text: string): void {
  console.error(text);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
