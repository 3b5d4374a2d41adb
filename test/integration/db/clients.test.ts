import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { CopyIn } from '../../support/copy-in.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

/** What every client of a PostgreSQL may expect, and the embedded database's one session makes hard. */

let testDatabase: TestDatabase;
let database: Database;
const clients: pg.Client[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await testDatabase.open({ poolSize: 10 });
  await database.pool.query('CREATE TABLE notes (id integer PRIMARY KEY, text text)');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await database.pool.query('TRUNCATE notes');
});
afterAll(() => testDatabase.drop());

/** A connection of its own, of the same kind as the pool's. */
async function connect(options: pg.ClientConfig & { pipeline?: boolean } = {}): Promise<pg.Client> {
  const client = new pg.Client({ ...database.pool.options, ...options });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

async function notes(): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: number }>('SELECT id FROM notes ORDER BY id');
  return rows.map((row) => row.id);
}

describe('many clients at once', () => {
  it('each get the rows of their own large parameters', async () => {
    const connected = await Promise.all(Array.from({ length: 8 }, () => connect()));
    const work = connected.map(async (client, index) => {
      for (let round = 0; round < 15; round++) {
        const text = `${index}-${round}-`.padEnd(200_000, 'x');
        const { rows } = await client.query<{ start: string; length: number }>(
          'SELECT left($1::text, 12) AS start, length($1::text) AS length',
          [text],
        );
        expect(rows).toEqual([{ start: text.slice(0, 12), length: text.length }]);
      }
    });
    await Promise.all(work);
  });

  it('may use the same name for different prepared statements', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    const ask = (client: pg.Client, text: string) =>
      client
        .query<{ answer: string }>({ name: 'question', text, values: [1] })
        .then(({ rows }) => rows[0]?.answer);
    for (let round = 0; round < 3; round++) {
      expect(await ask(a, "SELECT 'a' || $1::int AS answer")).toBe('a1');
      expect(await ask(b, "SELECT 'b' || $1::int AS answer")).toBe('b1');
    }
    // What one leaves behind is not in the way of the next.
    await a.end();
    const c = await connect();
    expect(await ask(c, "SELECT 'c' || $1::int AS answer")).toBe('c1');
  });

  it('see 3 MB come back whole', async () => {
    const text = 'ž'.repeat(1_500_000);
    const { rows } = await database.pool.query<{ text: string }>('SELECT $1::text AS text', [text]);
    expect(rows[0]?.text).toBe(text);
  });

  it('share the pool with Prisma', async () => {
    const [viaPrisma, viaPool] = await Promise.all([
      database.prisma.apiKey.create({ data: { name: 'k', role: 'read', keySha256: new Uint8Array(32) } }),
      database.pool.query('SELECT 1 AS one'),
    ]);
    expect(viaPool.rows).toEqual([{ one: 1 }]);
    expect(await database.prisma.apiKey.findMany()).toEqual([viaPrisma]);
    const attempt = database.prisma.$transaction(async (transaction) => {
      await transaction.apiKey.deleteMany();
      throw new Error('changed my mind');
    });
    await expect(attempt).rejects.toThrow('changed my mind');
    expect(await database.prisma.apiKey.count()).toBe(1);
  });
});

describe('transactions', () => {
  it('do not see each other before they commit', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    await a.query('BEGIN');
    await a.query('INSERT INTO notes VALUES (1)');
    const others = b
      .query<{ count: string }>('SELECT count(*) FROM notes')
      .then(({ rows }) => rows[0]?.count);
    await a.query('ROLLBACK');
    expect(await others).toBe('0');
  });

  it('stay whole when statements are sent without waiting for the answers', async () => {
    const [a, b] = await Promise.all([connect({ pipeline: true }), connect({ pipeline: true })]);
    const send = (client: pg.Client, id: number, end: string) => [
      client.query('BEGIN'),
      client.query('INSERT INTO notes VALUES ($1)', [id]),
      client.query('INSERT INTO notes VALUES ($1)', [id + 1]),
      client.query(end),
    ];
    await Promise.all([...send(a, 10, 'COMMIT'), ...send(b, 20, 'ROLLBACK'), ...send(a, 30, 'COMMIT')]);
    expect(await notes()).toEqual([10, 11, 30, 31]);
  });

  it('are rolled back when the client disconnects', async () => {
    const client = await connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO notes VALUES (1)');
    await client.end();
    expect(await notes()).toEqual([]);
  });

  it('commit what `transaction` did, and nothing when it threw', async () => {
    const done = await database.transaction(async (client) => {
      await client.query('INSERT INTO notes VALUES (1)');
      return 'done';
    });
    expect(done).toBe('done');
    const failed = database.transaction(async (client) => {
      await client.query('INSERT INTO notes VALUES (2)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await notes()).toEqual([1]);
  });

  it('do not pretend to have committed when a failed statement was ignored', async () => {
    const work = database.transaction(async (client) => {
      await client.query('INSERT INTO notes VALUES (1)');
      await client.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await notes()).toEqual([]);
    await expect(database.pool.query('SELECT 1')).resolves.toBeDefined();
  });

  it('commit what `together` sent, each statement after the one before it', async () => {
    const [, found] = await database.together((client) =>
      Promise.all([
        client.query("SELECT set_config('hnsw.ef_search', '77', true)"),
        client.query("INSERT INTO notes VALUES (1) RETURNING current_setting('hnsw.ef_search') AS ef"),
      ]),
    );
    expect(found.rows).toEqual([{ ef: '77' }]);
    expect(await notes()).toEqual([1]);
  });

  it('keep nothing of what `together` sent when one statement failed, and the connection goes on', async () => {
    const failed = database.together((client) =>
      Promise.all([
        client.query('INSERT INTO notes VALUES (1)'),
        client.query('SELECT 1 / 0'),
        client.query('INSERT INTO notes VALUES (2)'),
      ]),
    );
    await expect(failed).rejects.toThrow('division by zero');
    const ignored = database.together(async (client) => {
      const insert = client.query('INSERT INTO notes VALUES (3)');
      await client.query('SELECT 1 / 0').catch(() => undefined);
      await insert;
    });
    await expect(ignored).rejects.toThrow('rolled back');
    expect(await notes()).toEqual([]);
    await expect(database.pool.query('SELECT 1')).resolves.toBeDefined();
  });

  it('leave `together` with a reason when the connection is lost, which is not used again', async () => {
    const lost = database.together((client) =>
      Promise.all([
        client.query('INSERT INTO notes VALUES (1)'),
        client.query('SELECT pg_terminate_backend(pg_backend_pid())'),
      ]),
    );
    if (database.kind === 'server') await expect(lost).rejects.toThrow();
    else await lost.catch(() => undefined);
    await expect(database.pool.query('SELECT 1')).resolves.toBeDefined();
    if (database.kind === 'server') expect(await notes()).toEqual([]);
  });
});

describe('COPY FROM STDIN', () => {
  it('takes its data, while others go on', async () => {
    const client = await connect();
    const copy = new CopyIn('COPY notes FROM STDIN', ['1\tone\n2\tt', 'wo\n', '3\tthree\n']);
    client.query(copy);
    const [others] = await Promise.all([database.pool.query('SELECT 1 AS one'), copy.done]);
    expect(others.rows).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual([1, 2, 3]);
  });

  it('belongs to its transaction', async () => {
    const client = await connect();
    await client.query('BEGIN');
    const copy = new CopyIn('COPY notes FROM STDIN', ['1\tone\n']);
    client.query(copy);
    await copy.done;
    await client.query('ROLLBACK');
    expect(await notes()).toEqual([]);
  });

  it.each([
    ['the table does not exist', 'COPY nowhere FROM STDIN', ['1\n'], /does not exist/],
    ['the data is wrong', 'COPY notes FROM STDIN', ['one\ttwo\n'], /invalid input syntax/],
  ])('fails when %s, and the client goes on', async (_, sql, data, reason) => {
    const client = await connect();
    const copy = new CopyIn(sql, data);
    client.query(copy);
    await expect(copy.done).rejects.toThrow(reason);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('fails when the client calls it off', async () => {
    // What node-postgres does by itself when a plain query turns out to be a COPY.
    await expect(database.pool.query('COPY notes FROM STDIN')).rejects.toThrow(/COPY from stdin failed/);
    expect(await notes()).toEqual([]);
  });
});

describe('LISTEN and NOTIFY', () => {
  const hear = (client: pg.Client) => {
    const heard: string[] = [];
    client.on('notification', ({ channel, payload }) => heard.push(`${channel}:${payload ?? ''}`));
    return heard;
  };
  /** Notifications come in order, so when this one is there, all before it are. */
  const settled = async (client: pg.Client, heard: string[]) => {
    await client.query('LISTEN fence');
    await database.pool.query("SELECT pg_notify('fence', '')");
    await vi.waitFor(() => {
      expect(heard).toContain('fence:');
    });
    return heard.filter((each) => each !== 'fence:');
  };

  it('reaches those who listen, and nobody else', async () => {
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    const [heardByA, heardByB, heardByC] = [hear(a), hear(b), hear(c)];
    await a.query('LISTEN one');
    await b.query('LISTEN "Two"; LISTEN one');
    await database.pool.query("SELECT pg_notify('one', '1'), pg_notify('Two', '2')");
    expect(await settled(a, heardByA)).toEqual(['one:1']);
    expect(await settled(b, heardByB)).toEqual(['one:1', 'Two:2']);
    expect(await settled(c, heardByC)).toEqual([]);
  });

  it('goes on for one when another unlistens or leaves', async () => {
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    const heard = hear(a);
    for (const client of [a, b, c]) await client.query('LISTEN shared');
    await b.query('UNLISTEN shared');
    await database.pool.query("NOTIFY shared, 'after unlisten'");
    await c.end();
    await database.pool.query("NOTIFY shared, 'after leaving'");
    expect(await settled(a, heard)).toEqual(['shared:after unlisten', 'shared:after leaving']);
  });

  it('counts only when the transaction commits', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    const [heardByA, heardByB] = [hear(a), hear(b)];
    await a.query('BEGIN');
    await a.query('LISTEN maybe');
    await a.query('ROLLBACK');
    await b.query('LISTEN maybe');
    await database.pool.query("NOTIFY maybe, 'x'");
    await database
      .transaction(async (client) => {
        await client.query("NOTIFY maybe, 'never'");
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await settled(b, heardByB)).toEqual(['maybe:x']);
    expect(await settled(a, heardByA)).toEqual([]);
  });

  it('calls the callbacks of `listen` until it is stopped', async () => {
    const heard: string[] = [];
    const stopFirst = await database.listen('app', (payload) => heard.push(`first ${payload}`));
    const stopSecond = await database.listen('app', (payload) => heard.push(`second ${payload}`));
    await database.pool.query("NOTIFY app, 'a'");
    await vi.waitFor(() => {
      expect(heard).toEqual(['first a', 'second a']);
    });
    await stopFirst();
    await database.pool.query("NOTIFY app, 'b'");
    await vi.waitFor(() => {
      expect(heard).toEqual(['first a', 'second a', 'second b']);
    });
    await stopSecond();
  });

  it.runIf(process.env['TEST_DATABASE_URL'])('comes back after the server ended the connection', async () => {
    const heard: string[] = [];
    const reconnected = vi.fn();
    const stop = await database.listen('again', (payload) => heard.push(payload), reconnected);
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE '%LISTEN "again"%' AND pid <> pg_backend_pid()`,
    );
    await vi.waitFor(() => {
      expect(reconnected).toHaveBeenCalledOnce();
    });
    await database.pool.query("NOTIFY again, 'hello'");
    await vi.waitFor(() => {
      expect(heard).toEqual(['hello']);
    });
    await stop();
  });
});

it('reads large results in portions', async () => {
  const client = await connect();
  await client.query('BEGIN');
  await client.query('DECLARE portion CURSOR FOR SELECT generate_series(1, 1000) AS n');
  const { rows } = await client.query<{ n: number }>('FETCH 10 FROM portion');
  expect(rows.map((row) => row.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await client.query('COMMIT');
});

it('keeps a client when a statement fails', async () => {
  const client = await connect();
  await expect(client.query('SELECT nothing')).rejects.toMatchObject({ code: '42703' });
  await expect(client.query('SELECT $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('closes after what is running, however often it is asked to', async () => {
  const other = await createTestDatabase();
  try {
    const opened = await other.open();
    const running = opened.pool.query<{ count: string }>('SELECT count(*) FROM generate_series(1, 300000)');
    await Promise.all([opened.close(), opened.close()]);
    expect((await running).rows[0]?.count).toBe('300000');
    await expect(opened.pool.query('SELECT 1')).rejects.toThrow();
  } finally {
    await other.drop();
  }
});
