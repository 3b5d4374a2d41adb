import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAsAnalyst } from '../../../src/db/analyst-query.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { databaseKind } from '../../support/database.js';

/** The embedded database, as psql and other programs reach it. A server is reached as any PostgreSQL is. */
describe.runIf(databaseKind === 'embedded')('the analytics port', () => {
  let app: TestApp;
  let client: pg.Client;
  let connection: pg.ClientConfig;

  beforeAll(async () => {
    app = await startTestApp({ ANALYTICS_PORT: '0' });
    const file = path.join(app.app.config.dataFolder, 'analytics-password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    connection = {
      host: '127.0.0.1',
      port: app.app.analyticsPort ?? 0,
      user: 'pictograph_analyst',
      password: (await readFile(file, 'utf8')).trim(),
      database: 'pictograph',
    };
    client = new pg.Client(connection);
    await client.connect();
    await app.app.database.pool.query(
      `INSERT INTO images (sha256, media_type, width, height, byte_size, filename, tags)
       VALUES (sha256('1'), 'image/png', 8, 9, 100, 'it''s one.png', '{a,b}')`,
    );
  });
  afterAll(async () => {
    await client.end();
    await app.close();
  });

  it('answers with names and types, to statements with and without parameters', async () => {
    const { rows } = await client.query(
      'SELECT width, filename, tags, taken_at, 1.5::float8 AS half FROM analytics.images',
    );
    expect(rows).toEqual([
      { width: 8, filename: "it's one.png", tags: ['a', 'b'], taken_at: null, half: 1.5 },
    ]);
    const asked = async (filename: string | null, width: number) =>
      (
        await client.query('SELECT width FROM analytics.images WHERE filename = $1 AND width = $2 -- $3', [
          filename,
          width,
        ])
      ).rows as unknown[];
    expect(await asked("it's one.png", 8)).toEqual([{ width: 8 }]);
    expect(await asked("' OR true --", 8)).toEqual([]);
    expect(await asked(null, 8)).toEqual([]);
    await expect(client.query('SELECT $2::text', ['x'])).rejects.toThrow('there is no parameter $2');
    const named = { name: 'mine', text: 'SELECT $1::integer + 1 AS next' };
    expect((await client.query({ ...named, values: [1] })).rows).toEqual([{ next: 2 }]);
    expect((await client.query({ ...named, values: [2] })).rows).toEqual([{ next: 3 }]);
  });

  it('says what is wrong as PostgreSQL does, and goes on', async () => {
    await expect(client.query('SELECT nothing FROM analytics.images')).rejects.toMatchObject({
      code: '42703',
      position: '8',
    });
    await expect(client.query('SELECT * FROM images')).rejects.toThrow('permission denied for table images');
    await expect(client.query('SELECT * FROM api_keys WHERE name = $1', ['x'])).rejects.toThrow(
      'permission denied',
    );
    await expect(client.query('DELETE FROM analytics.image_vectors')).rejects.toThrow(
      'Only statements that return rows',
    );
  });

  it('encodes texts that were never encoded', async () => {
    const { rows } = await client.query(
      "SELECT vector_dims(analytics.text_vector('never before')) AS a, vector_dims(analytics.text_vector('nor this')) AS b",
    );
    expect(rows).toEqual([{ a: app.app.model.dimensions, b: app.app.model.dimensions }]);
  });

  it('keeps settings and transactions to the connection', async () => {
    const other = new pg.Client(connection);
    await other.connect();
    await client.query("SET TimeZone TO 'Asia/Tokyo'");
    expect((await client.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    expect((await other.query('SHOW TimeZone')).rows).not.toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    await expect(client.query('SET row_security = off')).rejects.toThrow(
      'The setting row_security cannot be set here.',
    );
    await expect(client.query('SET ROLE postgres')).rejects.toThrow('cannot be set here');
    await client.query('RESET ALL');

    await other.query('BEGIN');
    await expect(other.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
    await expect(other.query('SELECT 1')).rejects.toThrow('current transaction is aborted');
    // Nobody waits for a transaction that is open here.
    await app.app.database.pool.query("UPDATE images SET title = 'changed'");
    await other.query('ROLLBACK');
    expect((await other.query('SELECT title FROM analytics.images')).rows).toEqual([{ title: 'changed' }]);
    await other.end();
  });

  it('lets in nobody without the password, nor anybody else', async () => {
    const attempt = async (changed: pg.ClientConfig) => {
      const stranger = new pg.Client({ ...connection, ...changed });
      stranger.on('error', () => undefined);
      await stranger.connect();
    };
    await expect(attempt({ password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    await expect(attempt({ user: 'postgres' })).rejects.toMatchObject({ code: '28000' });
    await expect(attempt({ password: 'x'.repeat(30_000) })).rejects.toThrow();
  });

  it('serves psql', async (test) => {
    const psql = (...args: string[]) =>
      promisify(execFile)(
        'psql',
        [
          '-X',
          '-A',
          '-t',
          '-h',
          '127.0.0.1',
          '-p',
          String(connection.port),
          '-U',
          'pictograph_analyst',
          ...args,
          'pictograph',
        ],
        {
          env: { ...process.env, PGPASSWORD: String(connection.password) },
        },
      );
    const found = await promisify(execFile)('psql', ['--version']).catch(() => undefined);
    if (found === undefined) {
      console.log('Skipped, because there is no psql: how it sees the analytics port.');
      test.skip();
    }
    expect((await psql('-c', 'SELECT filename FROM analytics.images')).stdout).toBe("it's one.png\n");
    expect((await psql('-c', '\\d+ analytics.images')).stdout).toContain(
      'Unit vector under the active model',
    );
    await expect(psql('-c', 'SELECT * FROM api_keys')).rejects.toThrow(
      'permission denied for table api_keys',
    );
  });

  it('ends a statement that takes too long, and the database goes on', async () => {
    const endless = runAsAnalyst(app.app.database, 'SELECT count(*) FROM generate_series(1, 100000000000)', {
      limitMs: 500,
    });
    await expect(endless).rejects.toThrow('took longer than 0.5 s');
    await expect
      .poll(
        async () =>
          (
            await client
              .query('SELECT count(*)::integer AS images FROM analytics.images')
              .catch(() => ({ rows: [] }))
          ).rows,
      )
      .toEqual([{ images: 1 }]);
  });
});
