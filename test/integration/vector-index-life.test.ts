import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadActiveModel } from '../../src/active-model.js';
import { reindexVectors } from '../../src/db/reindex.js';
import { ensureVectorIndex, vectorIndexName } from '../../src/db/vector-index.js';
import { createLogger } from '../../src/log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { databaseKind } from '../support/database.js';
import { insertEmbeddedImages, seededRandom, topicVectors } from '../support/vectors.js';

const IMAGES = 1_100;
const log = createLogger('silent');
const never = new AbortController().signal;
let app: TestApp;
let name: string;
let query: Float32Array;

beforeAll(async () => {
  app = await startTestApp();
  const { database, model } = app.app;
  name = vectorIndexName(model.id);
  const topic = topicVectors(model.dimensions, 30, seededRandom(9));
  query = topic();
  await database.pool.query(`DROP INDEX ${name}`);
  await insertEmbeddedImages(database.pool, model.id, Array.from({ length: IMAGES }, topic));
});
afterAll(() => app.close());

const readiness = async () => {
  const response = await fetch(`${app.url}/health/ready`);
  return [response.status, await response.json()];
};

function recordingLog() {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: pino(sink), text: () => lines.join('') };
}

function withLittleMemory(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', '-c maintenance_work_mem=1MB');
  return url.href;
}

async function indexOf() {
  const { data } = await app.graphql('{ models { index { state progress byteSize } } }');
  const index = z.object({ state: z.string(), progress: z.number().nullable(), byteSize: z.number() });
  return z.object({ models: z.tuple([z.object({ index })]) }).parse(data).models[0].index;
}

async function search() {
  const { data } = await app.graphql(
    `query ($vector: [Float!]) { search(query: { vector: $vector }, mode: INDEX) {
       edges { similarity node { id } } plan { strategy efSearch } } }`,
    { vector: [...query] },
  );
  return z
    .object({
      search: z.object({
        edges: z.array(z.object({ similarity: z.number(), node: z.object({ id: z.string() }) })),
        plan: z.object({ strategy: z.string(), efSearch: z.number().nullable() }),
      }),
    })
    .parse(data).search;
}

describe('a vector index', () => {
  it('that is missing is reported, and leaves the process in service with right answers', async () => {
    expect(await readiness()).toEqual([
      200,
      { status: 'degraded', checks: { database: 'ok', encoder: 'ok', search: 'degraded' } },
    ]);
    expect(await indexOf()).toEqual({ state: 'MISSING', progress: null, byteSize: 0 });
    const found = await search();
    expect(found.plan).toEqual({ strategy: 'EXACT', efSearch: null });
    expect(found.edges).toHaveLength(20);
  });

  it('is built with a hint when it does not fit into memory, and is used then', async () => {
    const before = await search();
    const { log: heard, text } = recordingLog();
    await ensureVectorIndex(app.app.database, app.app.model, { log: heard, memory: '1MB' });
    expect(text()).toMatch(/Building the vector index.*does not fit into maintenance_work_mem/s);
    expect(await readiness()).toMatchObject([200, { status: 'ok', checks: { search: 'ok' } }]);
    expect(await indexOf()).toMatchObject({ state: 'READY', progress: null });
    const after = await search();
    expect(after.plan).toEqual({ strategy: 'INDEX', efSearch: 200 });
    expect(after.edges.slice(0, 10)).toEqual(before.edges.slice(0, 10));
  });

  it('is built anew, while searches go on, and what an interrupted rebuild left is removed', async () => {
    const { database, model } = app.app;
    const before = await search();
    await database.pool.query(
      `CREATE INDEX ${name}_ccnew ON image_embeddings USING hnsw ((embedding::vector(${model.dimensions})) vector_cosine_ops)
       WHERE model_id = -1`,
    );
    await database.pool.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass('${name}_ccnew')`,
    );
    const rebuilt = reindexVectors(database, model, { memory: '128MB', signal: never, log });
    const meanwhile = await search();
    expect(await rebuilt).toBe('rebuilt');
    for (const { plan, edges } of [meanwhile, await search()]) {
      expect(plan.strategy).toBe('INDEX');
      expect(edges.slice(0, 10)).toEqual(before.edges.slice(0, 10));
    }
    const { rows } = await database.pool.query(
      `SELECT relname FROM pg_class WHERE relname LIKE '${name}%' ORDER BY relname`,
    );
    // The embedded database rebuilds in place: nothing of it can be left behind.
    expect(rows).toHaveLength(databaseKind === 'server' ? 1 : 2);
    expect((await database.pool.query('SHOW maintenance_work_mem')).rows).toEqual([
      { maintenance_work_mem: '64MB' },
    ]);
  });

  it('that a cut-off build left invalid is told from one that is missing, and built', async () => {
    const { database, model } = app.app;
    await database.pool.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass('${name}')`,
    );
    expect((await indexOf()).state).toBe('INVALID');
    expect((await search()).plan.strategy).toBe('EXACT');
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(
      reindexVectors(database, model, { memory: undefined, signal: stopped, log }),
    ).rejects.toThrow('stopped');
    expect(await reindexVectors(database, model, { memory: undefined, signal: never, log })).toBe('built');
    expect((await indexOf()).state).toBe('READY');
    expect((await search()).plan.strategy).toBe('INDEX');
  });

  it('is built by the start of a process, which says so, and that memory is short where it is', async () => {
    await app.app.database.pool.query(`DROP INDEX ${name}`);
    const url = app.database.variables['DATABASE_URL'];
    // The embedded database always takes 256 MB, which is enough for what a test can fill.
    const starved =
      url === undefined ? app.app.database : await app.database.open({ databaseUrl: withLittleMemory(url) });
    const { log: heard, text } = recordingLog();
    const started = await loadActiveModel(app.app.config, starved, heard);
    await started.encoder.close();
    expect(text()).toContain('Building the vector index');
    expect(text().includes('does not fit into maintenance_work_mem')).toBe(databaseKind === 'server');
    expect((await indexOf()).state).toBe('READY');
  });
});
