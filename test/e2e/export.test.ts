import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exportCollection } from '../../src/cli/export/export-collection.js';
import type { Database } from '../../src/db/database.js';
import { parseVector } from '../../src/db/vector.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { insertLabelSet } from '../support/label-sets.js';
import { PROJECT_ROOT, runProgram } from '../support/program.js';
import { registerModel } from '../../src/db/models.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';
import { createFakeEncoder } from '../support/fake-encoder.js';

/** More than two batches. */
const COUNT = 1_100;
const DIMENSIONS = 16;
/** Not everywhere that tests run is there a Python. */
const hasNumPy = spawnSync('python3', ['-c', 'import numpy']).status === 0;
const HOSTILE = 'a "quoted", name\r\nof two lines; =1+1 žluťoučký';

let testDatabase: TestDatabase;
let database: Database;
let folder: string;
let duckdb: DuckDBConnection;
let vectors: Map<number, Float32Array>;
let ids: number[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-export-'));
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
  const { pool } = database;
  const model = await registerModel(database, createFakeEncoder({ dimensions: DIMENSIONS }).card);
  const random = seededRandom(1);
  ids = await insertEmbeddedImages(
    pool,
    model.id,
    Array.from({ length: COUNT }, () => randomUnitVector(DIMENSIONS, random)),
    (index) => (index % 10 === 0 ? ['ten', 'žlutá'] : []),
  );
  await pool.query(
    `UPDATE images SET title = $1, filename = '', metadata = '{"a": {"b": [1, "x"]}}', taken_at = '2020-02-29T12:00:00.123Z',
       latitude = 50.5, longitude = -14.25 WHERE id = (SELECT min(id) FROM images)`,
    [HOSTILE],
  );
  await pool.query(
    `INSERT INTO images (sha256, media_type, width, height, byte_size) VALUES (sha256('waits'), 'image/png', 5, 6, 5000000000)`,
  );
  await insertLabelSet(pool, model.id, 'Kinds', { 'a "thing"': ids.slice(0, 7), žába: ids.slice(7, 10) });
  const { rows } = await pool.query(
    'SELECT image_id::int AS id, vector_send(embedding) AS embedding FROM image_embeddings',
  );
  const row = z.object({ id: z.number(), embedding: z.instanceof(Buffer) });
  vectors = new Map(
    rows.map((each) => row.parse(each)).map(({ id, embedding }) => [id, parseVector(embedding)]),
  );
  duckdb = await (await DuckDBInstance.create()).connect();
});
afterAll(async () => {
  duckdb.closeSync();
  await testDatabase.drop();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string) => path.join(folder, name);
type Format = Parameters<typeof exportCollection>[1]['format'];
const write = (format: Format, out: string, filter?: string) =>
  exportCollection(database, { format, filter, out });
const run = (...args: string[]) => runProgram(['export', ...args], testDatabase.variables);
const ask = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson();

describe('pictograph export', () => {
  it('writes Parquet that DuckDB reads', async () => {
    const out = file('all.parquet');
    expect(await write('parquet', out)).toBe(COUNT + 1);
    const from = `FROM read_parquet('${out}')`;
    expect(
      await ask(`SELECT count(*)::int AS images, count(embedding)::int AS vectors, sum(len(embedding))::int AS numbers,
        count(DISTINCT id)::int AS ids, max(byte_size)::double AS bytes ${from}`),
    ).toEqual([
      { images: COUNT + 1, vectors: COUNT, numbers: COUNT * DIMENSIONS, ids: COUNT + 1, bytes: 5e9 },
    ]);
    const [first] = await ask(`SELECT * ${from} ORDER BY id LIMIT 1`);
    expect(first).toMatchObject({
      status: 'READY',
      title: HOSTILE,
      filename: '',
      tags: ['ten', 'žlutá'],
      taken_at: '2020-02-29 12:00:00.123',
      latitude: 50.5,
      longitude: -14.25,
    });
    expect(await ask(`SELECT metadata->'a'->'b'->>1 AS x ${from} ORDER BY id LIMIT 1`)).toEqual([{ x: 'x' }]);
    expect(
      await ask(`SELECT labels->0->>'set' AS set, labels->0->>'label' AS label, labels->0->>'score' AS score, count(*)::int AS images
        ${from} GROUP BY ALL ORDER BY images`),
    ).toEqual([
      { set: 'Kinds', label: 'žába', score: '0.75', images: 3 },
      { set: 'Kinds', label: 'a "thing"', score: '0.75', images: 7 },
      { set: null, label: null, score: null, images: COUNT + 1 - 10 },
    ]);
    const similar = await ask(
      `SELECT count(*)::int AS images ${from} WHERE array_cosine_similarity(embedding::FLOAT[${DIMENSIONS}], embedding::FLOAT[${DIMENSIONS}]) > 0.99999`,
    );
    expect(similar).toEqual([{ images: COUNT }]);
    const stored = await ask(
      `SELECT id::int AS id, embedding ${from} WHERE embedding IS NOT NULL ORDER BY id LIMIT 3`,
    );
    for (const row of z.array(z.object({ id: z.number(), embedding: z.array(z.number()) })).parse(stored)) {
      expect(Float32Array.from(row.embedding)).toEqual(vectors.get(row.id));
    }
  });

  it('writes CSV that DuckDB reads, and JSON lines', async () => {
    const csv = file('some.csv');
    expect(await write('csv', csv, '{"tagsAny": ["ten"]}')).toBe(COUNT / 10);
    expect(
      await ask(`SELECT count(*)::int AS images, count(title)::int AS titles, any_value(title) AS title,
        count(embedding)::int AS vectors, count(filename)::int AS names FROM read_csv('${csv}', header = true)`),
    ).toMatchObject([{ images: COUNT / 10, titles: 1, title: HOSTILE, vectors: COUNT / 10 }]);

    const jsonl = file('all.jsonl');
    await write('jsonl', jsonl);
    const lines = (await readFile(jsonl, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(COUNT + 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ title: HOSTILE, metadata: { a: { b: [1, 'x'] } } });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ status: 'PENDING', embedding: null, labels: [] });
  });

  it("writes vectors and ids in NumPy's format", async () => {
    const out = file('vectors.npy');
    expect(await write('npy', out)).toBe(COUNT + 1);
    const matrix = await readFile(out);
    const header = (bytes: Buffer) => bytes.subarray(10, 128).toString('latin1').trimEnd();
    expect(matrix.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
    expect(header(matrix)).toBe(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${COUNT}, ${DIMENSIONS}), }`,
    );
    expect(matrix[127]).toBe(0x0a);
    expect(matrix.length).toBe(128 + COUNT * DIMENSIONS * 4);
    const column = await readFile(file('vectors.ids.npy'));
    expect(header(column)).toBe(`{'descr': '<i8', 'fortran_order': False, 'shape': (${COUNT},), }`);
    for (const row of [0, 499, 500, COUNT - 1]) {
      const vector = vectors.get(Number(column.readBigInt64LE(128 + 8 * row)));
      for (let place = 0; place < DIMENSIONS; place++) {
        expect(matrix.readFloatLE(128 + 4 * (row * DIMENSIONS + place))).toBe(vector?.[place]);
      }
    }
  });

  it.runIf(hasNumPy)('writes files that NumPy itself reads', async () => {
    const out = file('read.npy');
    await write('npy', out);
    const program = `import json, numpy, sys
vectors, ids = (numpy.load(name, mmap_mode="r") for name in sys.argv[1:])
nearest = ids[numpy.argsort(-(vectors @ vectors[3]))]
print(json.dumps([vectors.shape, str(vectors.dtype), str(ids.dtype), int(ids[3]), int(nearest[0]), vectors[3].tolist()]))`;
    const { stdout } = spawnSync('python3', ['-c', program, out, file('read.ids.npy')], { encoding: 'utf8' });
    const vector = [...(vectors.get(ids[3] ?? 0) ?? [])];
    expect(JSON.parse(stdout)).toEqual([[COUNT, DIMENSIONS], 'float32', 'int64', ids[3], ids[3], vector]);
  });

  it('says what is wrong, and leaves no file behind', async () => {
    expect(await run('--format', 'npy')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/npy needs a file: give it by --out/) as string,
    });
    expect(await run('--format', 'xml')).toMatchObject({ code: 2 });
    await expect(write('parquet', file('wrong.parquet'), '{tags')).rejects.toThrow(/no JSON/);
    await expect(write('csv', file('wrong.csv'), '{"tag": ["x"]}')).rejects.toThrow(
      /no ImageFilter of schema\.graphql.*tag/,
    );
    for (const format of ['parquet', 'csv', 'npy'] as const) {
      await expect(write(format, file('no/such/folder'))).rejects.toThrow(/cannot be written/);
    }
    const files = await readdir(folder);
    expect(files.filter((name) => /wrong|partial/.test(name))).toEqual([]);
  });

  it('writes a file without images where there are none', async () => {
    for (const format of ['parquet', 'csv', 'npy'] as const) {
      expect(await write(format, file(`none.${format}`), '{"ids": []}')).toBe(0);
    }
    expect(await ask(`SELECT count(*)::int AS images FROM read_parquet('${file('none.parquet')}')`)).toEqual([
      { images: 0 },
    ]);
    expect((await readFile(file('none.npy'))).subarray(10).toString('latin1')).toContain(
      `(0, ${DIMENSIONS})`,
    );
  });

  it('does what its page of the documentation says', async () => {
    const page = await readFile(path.join(PROJECT_ROOT, 'docs/export.md'), 'utf8');
    // The embedded database serves one process.
    await database.close();
    const commands = [...page.matchAll(/^npx pictograph export (.*)$/gm)];
    expect(commands).toHaveLength(4);
    for (const [, given = ''] of commands) {
      const args = [...given.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const here = args.map((argument, index) => (args[index - 1] === '--out' ? file(argument) : argument));
      const { code, stdout, stderr } = await run(...here);
      expect(code, `${given}\n${stderr}`).toBe(0);
      if (!here.includes('--out')) expect(stdout.trimEnd().split('\n')).toHaveLength(COUNT + 1);
    }
    const [, sql = ''] = /^```sql\n([^]*?)^```$/m.exec(page) ?? [];
    const here = sql
      .replaceAll('images.parquet', file('images.parquet'))
      .replaceAll('[512]', `[${DIMENSIONS}]`);
    const rows = await ask(here);
    expect(rows).toHaveLength(10);
    expect(rows[0]).toMatchObject({ similarity: expect.closeTo(1, 5) as number });
  });
});
