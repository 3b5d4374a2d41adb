import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAnalystFreedoms, grantAnalystRole } from '../../src/db/analyst-role.js';
import { runAsAnalyst } from '../../src/db/analyst-query.js';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { createLogger } from '../../src/log.js';
import { openAnalyst, type Analyst } from '../support/analyst.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/database.js';

/** Whoever may read `analytics` tries to read and to write anything else. */

let testDatabase: TestDatabase;
let database: Database;
let analyst: Analyst;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open();
  await database.pool.query(
    `INSERT INTO models (name, source, revision, dtype, dimensions, logit_scale, fingerprint, active, state)
     VALUES ('model', 'model', 'main', 'fp32', 3, 100, repeat('a', 64), true, 'EMBEDDING');
     INSERT INTO images (sha256, media_type, width, height, byte_size, status, filename)
     VALUES (sha256('1'), 'image/png', 8, 8, 100, 'READY', 'one.png');
     INSERT INTO image_embeddings (image_id, model_id, embedding) VALUES (1, 1, '[1,0,0]');
     INSERT INTO api_keys (name, role, key_sha256) VALUES ('secret', 'admin', sha256('x'));
     SELECT lo_from_bytea(4711, 'secret')`,
  );
  analyst = await openAnalyst(database, testDatabase);
});
afterAll(async () => {
  await analyst.close();
  await testDatabase.drop();
});

it('may read all of analytics', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    "SELECT viewname AS name FROM pg_views WHERE schemaname = 'analytics' ORDER BY 1",
  );
  expect(rows.length).toBeGreaterThan(8);
  for (const { name } of rows) await analyst.query(`SELECT * FROM analytics.${name}`);
  expect(await analyst.query("SELECT filename FROM analytics.nearest('[1,0,0]'::vector, 1)")).toEqual([
    { filename: 'one.png' },
  ]);
  await analyst.query('SELECT * FROM analytics.duplicates()');
  await analyst.query('SELECT * FROM analytics.outliers()');
});

/** None of these may give an answer that has the secret, or change anything. */
const ATTEMPTS = [
  // Tables
  'SELECT * FROM api_keys',
  'SELECT * FROM images',
  'TABLE image_embeddings',
  'SELECT * FROM graphile_worker.jobs',
  'SELECT * FROM pg_authid',
  "SELECT query_to_xml('SELECT * FROM api_keys', true, true, '')",
  "SELECT table_to_xml('api_keys', true, true, '')",
  "SELECT * FROM ts_stat('SELECT to_tsvector(name) FROM api_keys')",
  "SELECT set_config('role', 'none', true), query_to_xml('SELECT * FROM api_keys', true, true, '')",
  "SELECT set_config('role', 'postgres', true), query_to_xml('SELECT * FROM api_keys', true, true, '')",
  "SELECT set_config('session_authorization', 'postgres', true), query_to_xml('SELECT * FROM api_keys', true, true, '')",
  'EXPLAIN ANALYZE SELECT * FROM api_keys',
  'SELECT * FROM (SELECT analytics.nearest(v.key_sha256::text, 1) FROM api_keys AS v) AS t',
  // Writing
  "INSERT INTO images (sha256) VALUES ('x') RETURNING id",
  "UPDATE analytics.images SET title = 'x' RETURNING id",
  "WITH changed AS (UPDATE analytics.text_vectors SET text = 'x' RETURNING text) SELECT * FROM changed",
  'DELETE FROM analytics.image_vectors RETURNING image_id',
  'DELETE FROM analytics.projection RETURNING image_id',
  'SELECT * FROM analytics.images FOR UPDATE',
  "SELECT nextval('images_id_seq')",
  "SELECT setval('images_id_seq', 100)",
  'CREATE TABLE mine (x integer)',
  'CREATE TABLE analytics.mine (x integer)',
  'CREATE VIEW analytics.mine AS SELECT 1',
  'CREATE SCHEMA mine',
  "CREATE FUNCTION analytics.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
  'CREATE OR REPLACE VIEW analytics.models AS SELECT 1',
  'ALTER TABLE images ADD COLUMN mine integer',
  'DROP VIEW analytics.models CASCADE',
  'TRUNCATE images CASCADE',
  'GRANT SELECT ON api_keys TO PUBLIC',
  'CREATE ROLE mine SUPERUSER',
  'ALTER ROLE pictograph_analyst SUPERUSER',
  // Files and programs
  "COPY (SELECT 1) TO '/tmp/pictograph-mine'",
  "COPY analytics.images TO PROGRAM 'cat'",
  'COPY api_keys TO STDOUT',
  "SELECT pg_read_file('PG_VERSION')",
  "SELECT * FROM pg_ls_dir('.')",
  "SELECT lo_import('/etc/hostname')",
  'SELECT lo_get(4711)',
  'SELECT lo_unlink(4711)',
  "SELECT lo_export(4711, '/tmp/pictograph-mine')",
  // The way past it
  'SET ROLE postgres',
  'SET SESSION AUTHORIZATION postgres',
  "DO $$ BEGIN EXECUTE 'RESET ROLE'; PERFORM * FROM api_keys; END $$",
  'SELECT 1; SELECT * FROM api_keys',
  "LOAD 'vector'; SELECT * FROM api_keys",
  'SELECT pg_reload_conf()',
];
if (databaseKind === 'server') {
  ATTEMPTS.push(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'postgres'",
  );
}

describe('may do nothing else', () => {
  it.each(ATTEMPTS)('%s', async (statement) => {
    const outcome = await analyst.query(statement).then(
      (rows) => rows,
      (error: unknown) => error,
    );
    expect(outcome, JSON.stringify(outcome)).toBeInstanceOf(Error);
  });

  it('and nothing has changed', async () => {
    const { rows } = await database.pool.query(
      `SELECT (SELECT count(*)::integer FROM images) AS images, (SELECT count(*)::integer FROM api_keys) AS keys,
         convert_from(lo_get(4711), 'UTF8') AS object, current_user::text AS user, to_regclass('mine') AS mine,
         (SELECT rolsuper FROM pg_roles WHERE rolname = 'pictograph_analyst') AS super`,
    );
    expect(rows).toEqual([
      { images: 1, keys: 1, object: 'secret', user: 'postgres', mine: null, super: false },
    ]);
  });

  it('functions of analytics cannot be led astray by objects of the same name', async () => {
    const disguise = [
      "CREATE FUNCTION pg_temp.md5(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'led astray'; END $$",
      'CREATE TEMP TABLE text_requests (id bigint, text text UNIQUE)',
      'SET search_path = pg_temp, analytics, public',
    ];
    if (databaseKind === 'embedded') {
      for (const statement of disguise) await expect(analyst.query(statement)).rejects.toThrow('return rows');
      return;
    }
    for (const statement of disguise) await analyst.query(statement);
    await expect(analyst.query("SELECT analytics.text_vector('nothing')")).rejects.toThrow(
      'was never encoded',
    );
    await analyst.query("SELECT analytics.request_text('a text')");
    const { rows } = await database.pool.query('SELECT text FROM text_requests');
    expect(rows).toEqual([{ text: 'a text' }]);
    await database.pool.query('DELETE FROM text_requests');
  });

  it.runIf(databaseKind === 'embedded')('leaves nothing behind in the session that all share', async () => {
    const session = async () =>
      (
        await database.pool.query(
          "SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone, current_user::text AS user",
        )
      ).rows as unknown[];
    const before = await session();
    await runAsAnalyst(database, "SELECT set_config('search_path', 'pg_temp', false)", {
      settings: new Map([['TimeZone', 'Asia/Tokyo']]),
    });
    expect(await session()).toEqual(before);
    await expect(runAsAnalyst(database, 'DEALLOCATE ALL')).rejects.toThrow('return rows');
    await expect(runAsAnalyst(database, 'CREATE TEMP TABLE images AS SELECT 1 AS id')).rejects.toThrow(
      'return rows',
    );
  });
});

it('tells what PostgreSQL lets everybody do, with what ends it', async () => {
  await database.pool.query('GRANT SELECT ON api_keys TO PUBLIC');
  const freedoms = await findAnalystFreedoms(database.pool);
  expect(freedoms[0]).toEqual({
    what: 'read or change api_keys',
    remedy: 'REVOKE ALL ON api_keys FROM PUBLIC, pictograph_analyst;',
  });
  // Only what belongs to the whole server is left when the remedies of this database were taken.
  for (const { remedy } of freedoms) await database.pool.query(remedy);
  expect(await findAnalystFreedoms(database.pool)).toEqual([]);
  await expect(analyst.query('SELECT * FROM api_keys')).rejects.toThrow('permission denied');
});

describe.runIf(databaseKind === 'server')('on a server', () => {
  it('refuses a database that has another schema of this name', async () => {
    const taken = await createTestDatabase({ empty: true });
    try {
      const other = await taken.open();
      await other.pool.query('CREATE SCHEMA analytics');
      await expect(migrate(other, createLogger('silent'))).rejects.toThrow(
        /has a schema analytics that is not of Pictograph.*ALTER SCHEMA analytics RENAME/,
      );
    } finally {
      await taken.drop();
    }
  });

  it('says what to do when a role cannot be granted', async () => {
    const client = await database.pool.connect();
    try {
      await expect(grantAnalystRole(client, 'nobody_here')).rejects.toThrow(
        'There is no role nobody_here. Create it first: CREATE ROLE "nobody_here" LOGIN',
      );
      // As somebody who may do little.
      const role = `test_plain_${process.pid}`;
      await client.query(`CREATE ROLE ${role}`);
      await client.query(`GRANT USAGE ON SCHEMA analytics TO ${role}`);
      await client.query(`SET ROLE ${role}`);
      await expect(grantAnalystRole(client, role)).rejects.toThrow(
        `may not grant pictograph_analyst. Let a superuser, or who created that role, run:\n  GRANT pictograph_analyst TO "${role}";`,
      );
      await client.query('RESET ROLE');
      await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    } finally {
      client.release(true);
    }
  });
});
