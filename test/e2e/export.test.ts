import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseVector } from '../../src/db/vector.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { PROJECT_ROOT, runProgram } from '../support/program.js';
import { registerModel } from '../../src/db/models.js';
import { insertEmbeddedImages, randomUnitVector, seededRandom } from '../support/vectors.js';
import { createFakeEncoder } from '../support/fake-encoder.js';

/** More than two batches. */
const COUNT = 1_100;
const DIMENSIONS = 16;
const HOSTILE = 'a "quoted", name\r\nof two lines; =1+1 žluťoučký';

let database: TestDatabase;
let folder: string;
let duckdb: DuckDBConnection;
let vectors: Map<number, Float32Array>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-export-'));
  database = await createTestDatabase();
  const { pool, ...opened } = await database.open();
  const model = await registerModel({ pool, ...opened }, createFakeEncoder({ dimensions: DIMENSIONS }).card);
  const random = seededRandom(1);
  await insertEmbeddedImages(
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
  const { rows } = await pool.query(
    'SELECT image_id::int AS id, vector_send(embedding) AS embedding FROM image_embeddings',
  );
  const row = z.object({ id: z.number(), embedding: z.instanceof(Buffer) });
  vectors = new Map(
    rows.map((each) => row.parse(each)).map(({ id, embedding }) => [id, parseVector(embedding)]),
  );
  await opened.close();
  duckdb = await (await DuckDBInstance.create()).connect();
});
afterAll(async () => {
  duckdb.closeSync();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string) => path.join(folder, name);
const run = (...args: string[]) => runProgram(['export', ...args], database.variables);
const ask = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson();

describe('pictograph export', () => {
  it('writes Parquet that DuckDB reads', async () => {
    const out = file('all.parquet');
    const { code, stderr } = await run('--out', out);
    expect([code, stderr]).toEqual([0, `1,101 images in ${out}\n`]);
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
    expect(await ask(`SELECT metadata->'a'->'b'->>1 AS x, labels ${from} ORDER BY id LIMIT 1`)).toEqual([
      { x: 'x', labels: '[]' },
    ]);
    const similar = await ask(
      `SELECT count(*)::int AS images ${from} WHERE list_cosine_similarity(embedding, embedding) > 0.99999`,
    );
    expect(similar).toEqual([{ images: COUNT }]);
    const stored = await ask(
      `SELECT id::int AS id, embedding ${from} WHERE embedding IS NOT NULL ORDER BY id LIMIT 3`,
    );
    for (const row of z.array(z.object({ id: z.number(), embedding: z.array(z.number()) })).parse(stored)) {
      expect(Float32Array.from(row.embedding)).toEqual(vectors.get(row.id));
    }
  });

  it('writes CSV and JSON lines that DuckDB reads, to standard output too', async () => {
    const csv = file('some.csv');
    expect((await run('--format', 'csv', '--out', csv, '--filter', '{"tagsAny": ["ten"]}')).code).toBe(0);
    expect(
      await ask(`SELECT count(*)::int AS images, count(title)::int AS titles, any_value(title) AS title,
        count(embedding)::int AS vectors, count(filename)::int AS names FROM read_csv('${csv}', header = true)`),
    ).toMatchObject([{ images: COUNT / 10, titles: 1, title: HOSTILE, vectors: COUNT / 10 }]);

    const { code, stdout } = await run('--format', 'jsonl');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(COUNT + 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ title: HOSTILE, metadata: { a: { b: [1, 'x'] } } });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ status: 'PENDING', embedding: null, labels: [] });
  });

  it("writes vectors and ids in NumPy's format", async () => {
    const out = file('vectors.npy');
    expect((await run('--format', 'npy', '--out', out)).code).toBe(0);
    const matrix = await readFile(out);
    const header = (bytes: Buffer) => bytes.subarray(10, 128).toString('latin1').trimEnd();
    expect(matrix.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
    expect(header(matrix)).toBe(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${COUNT}, ${DIMENSIONS}), }`,
    );
    expect(matrix[127]).toBe(0x0a);
    expect(matrix.length).toBe(128 + COUNT * DIMENSIONS * 4);
    const ids = await readFile(file('vectors.ids.npy'));
    expect(header(ids)).toBe(`{'descr': '<i8', 'fortran_order': False, 'shape': (${COUNT},), }`);
    for (const row of [0, 499, 500, COUNT - 1]) {
      const vector = vectors.get(Number(ids.readBigInt64LE(128 + 8 * row)));
      for (let place = 0; place < DIMENSIONS; place++) {
        expect(matrix.readFloatLE(128 + 4 * (row * DIMENSIONS + place))).toBe(vector?.[place]);
      }
    }
  });

  it('says what is wrong, and leaves no file behind', async () => {
    expect(await run('--format', 'npy')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/npy needs a file: give it by --out/) as string,
    });
    expect(await run('--format', 'xml')).toMatchObject({ code: 2 });
    for (const [filter, message] of [
      ['{tags', /no JSON/],
      ['{"tag": ["x"]}', /no ImageFilter of schema\.graphql.*tag/],
    ] as const) {
      expect(await run('--out', file('wrong.parquet'), '--filter', filter)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(message) as string,
      });
    }
    expect(await run('--out', file('no/such/folder.parquet'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be written/) as string,
    });
    const files = await readdir(folder);
    expect(files.filter((name) => /wrong|partial/.test(name))).toEqual([]);
  });

  it('writes a file without images where there are none', async () => {
    for (const format of ['parquet', 'csv', 'npy']) {
      const out = file(`none.${format}`);
      expect((await run('--format', format, '--out', out, '--filter', '{"ids": []}')).code).toBe(0);
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
    const commands = [...page.matchAll(/^npx pictograph export (.*)$/gm)];
    expect(commands).toHaveLength(4);
    for (const [, given = ''] of commands) {
      const args = [...given.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const here = args.map((argument, index) => (args[index - 1] === '--out' ? file(argument) : argument));
      expect((await run(...here)).code, given).toBe(0);
    }
    const [, sql = ''] = /^```sql\n([^]*?)^```$/m.exec(page) ?? [];
    const rows = await ask(sql.replaceAll("'images.parquet'", `'${file('images.parquet')}'`));
    expect(rows).toHaveLength(10);
    expect(rows[0]).toMatchObject({ similarity: expect.closeTo(1, 5) as number });
  });
});
