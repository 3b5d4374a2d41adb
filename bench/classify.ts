/**
 * Seconds for the stored classification of a collection of images with a label set, exclusive and independent, and the ratio to
 * a bare matrix product in SQL in the same run: every image's vector times every label's, summed up and thrown away, the median
 * of three. Both on one core; on a server the ratio to a product on all of PostgreSQL's cores comes as well. Then what a new
 * version takes, and reads.
 *
 *     npx tsx bench/classify.ts [--rows 20000] [--labels 100] [--dimensions 512] [--database postgres://…]
 *
 * --rows        how many images
 * --labels      how many labels, at most 1,000
 * --dimensions  of the vectors
 * --database    an empty database (one that has images is refused); without it an embedded one in a temporary folder
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createClassifyImage, createClassifyLabelSet } from '../src/classification/classify-label-set.js';
import { createStoredClassifications } from '../src/classification/create-classifications.js';
import { createLabelSets } from '../src/classification/create-label-sets.js';
import type { Database } from '../src/db/database.js';
import { migrate } from '../src/db/migrate.js';
import { registerModel } from '../src/db/models.js';
import { openDatabase } from '../src/db/open.js';
import { runTransaction } from '../src/db/transaction.js';
import { vectorIndexName } from '../src/db/vector-index.js';
import { createLogger } from '../src/log.js';
import { createFakeEncoder } from '../test/support/fake-encoder.js';
import {
  insertEmbeddedImages,
  randomUnitVector,
  seededRandom,
  topicVectors,
  unit,
} from '../test/support/vectors.js';
import { timed } from './timing.js';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    labels: { type: 'string', default: '100' },
    dimensions: { type: 'string', default: '512' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const labelCount = Number(options.labels);
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
  const model = await registerModel(database, createFakeEncoder({ dimensions }).card);
  await pool.query(`DROP INDEX ${vectorIndexName(model.id)}`);

  // Pictures have something in common, which "anything at all" says, and labels have a little of it.
  const random = seededRandom(1);
  const topicOf = topicVectors(dimensions, Math.max(labelCount, Math.ceil(rows / 60)), random);
  const common = randomUnitVector(dimensions, random);
  const among = (share: number) =>
    unit(Array.from(topicOf(), (value, index) => value + share * (common[index] ?? 0)));
  const meanings = new Map<string, Float32Array>();
  const textEmbeddings = {
    embed: (texts: readonly string[]) =>
      Promise.resolve(
        texts.map((text) => {
          const known = meanings.get(text) ?? (text.includes('label') ? among(0.3) : common);
          meanings.set(text, known);
          return known;
        }),
      ),
  };
  const ids: number[] = [];
  for (let start = 0; start < rows; start += 5_000) {
    const chunk = Array.from({ length: Math.min(5_000, rows - start) }, () => among(1));
    ids.push(...(await insertEmbeddedImages(pool, model.id, chunk)));
  }
  await pool.query('VACUUM ANALYZE');
  console.log(`${rows} images, ${labelCount} labels, ${dimensions} dimensions, ${database.kind} database.\n`);

  const parts = { database, modelId: model.id, textEmbeddings, jobMaxAttempts: 3, log };
  const labelSets = createLabelSets(parts);
  const work = createClassifyLabelSet(parts);
  const classify = async (labelSetId: number) => {
    let jobs = 0;
    do {
      await pool.query('SELECT graphile_worker.remove_job($1)', [`label-set:${labelSetId}`]);
      await work({ labelSetId }, true);
      jobs += 1;
    } while ((await queued(database, labelSetId)) > 0);
    return jobs;
  };

  for (const independent of [false, true]) {
    const labels = Array.from({ length: labelCount }, (_, index) => ({ name: `label ${index}` }));
    const created = await labelSets.create({
      name: independent ? 'independent' : 'exclusive',
      labels,
      independent,
    });
    if (created.outcome !== 'created') throw new Error(JSON.stringify(created));
    const { id } = created.labelSet;
    let jobs = 0;
    const took = await timed(async () => {
      jobs = await classify(id);
    });
    const bare = await product(database, model.id, id, 'one core');
    const parallel =
      database.kind === 'server' ? await product(database, model.id, id, 'all cores') : undefined;
    const stored = await count(
      database,
      'SELECT count(*)::integer AS count FROM classifications WHERE run_id = (SELECT ready_run_id FROM label_sets WHERE id = $1)',
      id,
    );
    console.log(
      `${independent ? 'independent' : 'exclusive  '}  ${seconds(took)} in ${jobs} jobs, ${stored} rows stored; ` +
        `bare matrix product ${seconds(bare)}; ratio ${(took / bare).toFixed(2)}` +
        (parallel === undefined
          ? ''
          : `, to one on all cores (${seconds(parallel)}) ${(took / parallel).toFixed(2)}`),
    );
    const renamed = labels.map((label, index) => ({ ...label, name: `${label.name} ${index % 10}` }));
    await labelSets.update(id, { labels: renamed });
    console.log(`             ${seconds(await timed(() => classify(id)))} for the next version`);

    const reads = createStoredClassifications(parts);
    const found = [...(await labelSets.labelsOf([id])).values()].flat();
    const lines: [string, () => Promise<unknown>][] = [
      ['counts of all labels', () => reads.imageCounts(found.map((label) => label.id))],
      ['distribution', () => reads.distributions([id])],
      [
        'first 20 images of 10 labels',
        () =>
          reads.labelImages(
            found.slice(0, 10).map((label) => ({
              labelId: label.id,
              limit: 20,
              minScore: undefined,
              after: undefined,
            })),
          ),
      ],
      ['labels of 100 images', () => reads.ofImages(ids.slice(0, 100), undefined)],
      ['changed images, counted', async () => (await reads.diff(id, 1, 2))?.countImages()],
      ['one new image', () => createClassifyImage(parts)(ids[0] ?? 0)],
    ];
    await pool.query('VACUUM ANALYZE classifications');
    for (const [name, read] of lines) {
      await read();
      console.log(`             ${(await timed(read)).toFixed(1).padStart(7)} ms  ${name}`);
    }
    console.log(`             ${seconds(await timed(() => labelSets.delete(id)))} to delete the set`);
  }
}

/** Every image times every label, and nothing else: milliseconds, the median of three. */
async function product(
  database: Database,
  modelId: number,
  labelSetId: number,
  on: 'one core' | 'all cores',
): Promise<number> {
  return runTransaction(database.pool, async (client) => {
    if (on === 'one core') await client.query('SET LOCAL max_parallel_workers_per_gather = 0');
    const times: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      times.push(
        await timed(() =>
          client.query(
            `SELECT sum(e.embedding <#> l.embedding) FROM image_embeddings AS e
             CROSS JOIN (SELECT embedding FROM label_embeddings WHERE run_id = (SELECT ready_run_id FROM label_sets WHERE id = $2) OFFSET 0) AS l
             WHERE e.model_id = $1`,
            [modelId, labelSetId],
          ),
        ),
      );
    }
    return times.sort((a, b) => a - b)[1] ?? NaN;
  });
}

async function queued(database: Database, labelSetId: number): Promise<number> {
  const sql = `SELECT count(*)::integer AS count FROM graphile_worker.jobs WHERE key = 'label-set:' || $1::integer`;
  return count(database, sql, labelSetId);
}

async function count(database: Database, sql: string, parameter: number): Promise<number> {
  const { rows: found } = await database.pool.query(sql, [parameter]);
  return z.object({ count: z.int() }).parse(found[0]).count;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
