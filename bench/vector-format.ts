/**
 * What vectors cost as text, and what they cost in binary as Pictograph sends and reads them: the nearest ten images, reading a thousand
 * vectors, and loading all rows. The contenders take turns, and each goes first in every second round.
 *
 *     npx tsx bench/vector-format.ts [--rows 5000] [--dimensions 512] [--database postgres://…]
 *
 * Without --database on an embedded database in a temporary folder. With it, on a temporary table of any database with pgvector.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { z } from 'zod';
import { openDatabase } from '../src/db/open.js';
import { parseVector, vectorParameter } from '../src/db/vector.js';
import { createLogger } from '../src/log.js';
import { seededRandom, topicVectors } from '../test/support/vectors.js';
import { quantile, timed } from './timing.js';

const QUERIES = 200;
const READS = 30;
const LOADS = 5;
const READ_ROWS = 1_000;
const ROWS_A_STATEMENT = 500;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    dimensions: { type: 'string', default: '512' },
    database: { type: 'string' },
  },
});
const rows = Number(options.rows);
const dimensions = Number(options.dimensions);
const nextVector = topicVectors(dimensions, Math.ceil(rows / 60), seededRandom(1));
const vectors = Array.from({ length: rows }, nextVector);
const queries = Array.from({ length: QUERIES }, nextVector);

type Format = 'text' | 'binary';
const asParameter = { text: (vector: Float32Array) => `[${vector.join(',')}]`, binary: vectorParameter };

const asText = z.object({ embedding: z.string() });
const asBytes = z.object({ embedding: z.instanceof(Buffer) });

const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
const log = createLogger('silent');
const database = await openDatabase({ databaseUrl: options.database, dataFolder: folder, poolSize: 2, log });
const client = await database.pool.connect();
try {
  await client.query('CREATE EXTENSION IF NOT EXISTS vector');
  await client.query('CREATE TEMPORARY TABLE measured (id integer PRIMARY KEY, embedding vector NOT NULL)');
  await client.query('ALTER TABLE measured ALTER COLUMN embedding SET STORAGE PLAIN');
  console.log(
    `${database.kind}, ${rows} vectors of ${dimensions} dimensions; p50, and p10 to p90 in brackets`,
  );
  await compare(`${rows} rows loaded`, LOADS, (format) => load(client, format));
  await client.query('ANALYZE measured');
  await compare(`${READ_ROWS} vectors read`, READS, (format) => read(client, format));
  await compare('nearest ten', QUERIES, (format, round) => nearest(client, format, round));
} finally {
  client.release(true);
  await database.close();
  await rm(folder, { recursive: true, force: true });
}

/** From vectors of the program to rows of the table. */
async function load(db: pg.ClientBase, format: Format): Promise<number> {
  await db.query('TRUNCATE measured');
  return timed(async () => {
    for (let start = 0; start < rows; start += ROWS_A_STATEMENT) {
      const chunk = vectors.slice(start, start + ROWS_A_STATEMENT);
      const tuples = chunk.map((_, index) => `($${2 * index + 1}::integer, $${2 * index + 2}::vector)`);
      await db.query(
        `INSERT INTO measured VALUES ${tuples.join(', ')}`,
        chunk.flatMap((vector, index) => [start + index, asParameter[format](vector)]),
      );
    }
  });
}

/** From rows of the table to vectors of the program. */
async function read(db: pg.ClientBase, format: Format): Promise<number> {
  const column = format === 'text' ? 'embedding::text' : 'vector_send(embedding)';
  const toVector =
    format === 'text'
      ? (row: unknown) => Float32Array.from(JSON.parse(asText.parse(row).embedding) as number[])
      : (row: unknown) => parseVector(asBytes.parse(row).embedding);
  let found: Float32Array[] = [];
  const took = await timed(async () => {
    const answer = await db.query(
      `SELECT ${column} AS embedding FROM measured ORDER BY id LIMIT $1::integer`,
      [READ_ROWS],
    );
    found = answer.rows.map(toVector);
  });
  for (const [index, vector] of found.entries()) {
    if (vector.some((value, place) => value !== vectors[index]?.[place]))
      throw new Error('Another vector came back.');
  }
  return took;
}

async function nearest(db: pg.ClientBase, format: Format, round: number): Promise<number> {
  const query = queries[round % queries.length] ?? new Float32Array();
  return timed(() =>
    db.query('SELECT id FROM measured ORDER BY embedding <=> $1::vector, id LIMIT 10', [
      asParameter[format](query),
    ]),
  );
}

async function compare(
  what: string,
  rounds: number,
  work: (format: Format, round: number) => Promise<number>,
): Promise<void> {
  const times: Record<Format, number[]> = { text: [], binary: [] };
  // The first round makes plans and warms caches, and is not counted.
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? (['text', 'binary'] as const) : (['binary', 'text'] as const);
    for (const format of order) {
      const took = await work(format, Math.max(0, round));
      if (round >= 0) times[format].push(took);
    }
  }
  const ratios = times.text.map((text, round) => text / (times.binary[round] ?? Number.NaN));
  console.log(
    `${what.padEnd(20)} text ${spread(times.text, 'ms')}   binary ${spread(times.binary, 'ms')}   text / binary ${spread(ratios, '')}`,
  );
}

function spread(values: readonly number[], measure: string): string {
  const at = (share: number) => quantile(values, share).toFixed(2);
  return `${at(0.5)} ${measure}(${at(0.1)} to ${at(0.9)})`;
}
