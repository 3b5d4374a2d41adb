import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { grantAnalystRole } from '../../src/db/analyst-role.js';
import { runAsAnalyst } from '../../src/db/analyst-query.js';
import type { Database } from '../../src/db/database.js';
import type { TestDatabase } from './database.js';

/** Somebody who may read `analytics` and nothing else. */
export interface Analyst {
  /** Runs a statement; every value comes as PostgreSQL writes it. */
  query(sql: string): Promise<Record<string, string | null>[]>;
  close(): Promise<void>;
}

/** On a server somebody who logs in with a role of their own; on the embedded database whoever comes through its guard. */
export async function openAnalyst(database: Database, testDatabase: TestDatabase): Promise<Analyst> {
  if (testDatabase.kind === 'embedded') {
    return {
      async query(sql) {
        const { fields, rows } = await runAsAnalyst(database, sql);
        return rows.map((row) =>
          Object.fromEntries(row.map((value, index) => [fields[index]?.name ?? '', value])),
        );
      },
      close: () => Promise.resolve(),
    };
  }
  const role = `test_analyst_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const admin = await database.pool.connect();
  try {
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'sesame'`);
    await grantAnalystRole(admin, role);
  } finally {
    admin.release();
  }
  const url = new URL(testDatabase.variables['DATABASE_URL'] ?? '');
  url.username = role;
  url.password = 'sesame';
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined);
  await client.connect();
  return {
    async query(sql) {
      const { rows } = await client.query<Record<string, string | null>>({
        text: sql,
        types: { getTypeParser: () => (value: string) => value },
      });
      return rows;
    },
    async close() {
      await client.end();
      await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    },
  };
}
