import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.js';
import { LOCK_FILE } from '../../../src/db/embedded/lock-file.js';
import { startMaintenance } from '../../../src/db/embedded/maintenance.js';
import { buildMessage, syncMessage } from '../../../src/db/embedded/wire.js';
import { openDatabase } from '../../../src/db/open.js';
import { OperatorError } from '../../../src/errors.js';
import { createLogger } from '../../../src/log.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../../support/database.js';

const log = createLogger('silent');
const open = (dataFolder: string) => openDatabase({ databaseUrl: undefined, dataFolder, poolSize: 4, log });

describe.runIf(databaseKind === 'embedded')('the embedded database', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let dataFolder: string;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    dataFolder = testDatabase.variables['PICTOGRAPH_DATA'] ?? '';
    database = await testDatabase.open({ idleLimitMs: 1000 });
    await database.pool.query('CREATE TABLE notes (id integer); CREATE TABLE survivors (id integer)');
  });
  afterAll(() => testDatabase.drop());

  it('rolls back a transaction that idles while others wait, and tells its client why', async () => {
    const idle = await database.pool.connect();
    await idle.query('BEGIN');
    await idle.query('INSERT INTO notes VALUES (1)');
    const ended = once(idle, 'error');
    const { rows } = await database.pool.query('SELECT count(*)::int AS count FROM notes');
    expect(rows).toEqual([{ count: 0 }]);
    expect(String((await ended)[0])).toContain('was left open for 1 s without a statement');
    await expect(idle.query('COMMIT')).rejects.toThrow();
    idle.release(true);
  });

  it('does not count the time that a client waited for its turn', async () => {
    const long = database.transaction(async (client) => {
      for (let part = 0; part < 4; part++) await client.query('SELECT pg_sleep(0.4)');
    });
    const patient = database.transaction(async (client) => {
      await client.query('INSERT INTO notes VALUES (3)');
    });
    const behind = database.pool.query('SELECT 1');
    await Promise.all([long, patient, behind]);
    expect((await database.pool.query('DELETE FROM notes RETURNING id')).rows).toEqual([{ id: 3 }]);
  });

  it('refuses the use of an unnamed statement that someone else has replaced', async () => {
    const a = await RawClient.connect(database);
    const b = await RawClient.connect(database);
    a.send(parseMessage("SELECT 'a'"), syncMessage());
    await a.until('Z');
    b.send(parseMessage("SELECT 'b'"), syncMessage());
    await b.until('Z');
    a.send(buildMessage('B', '', '', Buffer.alloc(6)), buildMessage('E', '', Buffer.alloc(4)), syncMessage());
    const reply = await a.until('Z');
    expect(reply.toString()).toContain('unnamed prepared statement does not exist');
    expect(reply.toString()).not.toContain('SELECT');
    a.end();
    b.end();
  });

  it('answers what a connection may begin with', async () => {
    const startUp = (code: number, rest = Buffer.alloc(0)) => {
      const message = Buffer.alloc(8);
      message.writeInt32BE(8 + rest.length, 0);
      message.writeInt32BE(code, 4);
      return Buffer.concat([message, rest]);
    };
    const ssl = RawClient.open(database);
    ssl.send(startUp(80_877_103));
    await vi.waitFor(() => {
      expect(ssl.received.toString()).toBe('N');
    });
    ssl.received = Buffer.alloc(0);
    ssl.send(startUp(196_608, Buffer.from('user\0x\0\0')));
    expect((await ssl.until('Z')).toString('latin1')).toContain('server_version\x0018.');
    ssl.end();

    const cancel = RawClient.open(database);
    cancel.send(startUp(80_877_102, Buffer.alloc(8)));
    await cancel.closed;
    expect(cancel.received).toHaveLength(0);

    for (const nonsense of [startUp(131_072), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const client = RawClient.open(database);
      client.send(nonsense);
      await client.closed;
      expect(client.received.toString()).toMatch(/FATAL.*broke its protocol/s);
    }
  });

  it('refuses a COPY that it could not feed', async () => {
    const two = database.pool.query('CREATE TABLE x (a int); COPY x FROM STDIN');
    await expect(two).rejects.toThrow('as a query of its own');
    const extended = database.pool.query({
      text: 'COPY notes FROM STDIN',
      values: [],
      queryMode: 'extended',
    } as pg.QueryConfig);
    await expect(extended).rejects.toThrow('as a simple query');
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('does what PostgreSQL would do in the background', async () => {
    const connect = async () => {
      const client = new pg.Client(database.pool.options);
      await client.connect();
      return client;
    };
    const checkpoint = async () =>
      (
        await database.pool.query<{ lsn: string }>(
          'SELECT checkpoint_lsn::text AS lsn FROM pg_control_checkpoint()',
        )
      ).rows[0]?.lsn;
    const maintenance = startMaintenance({ connect, log, intervalMs: 1_000_000 });
    await maintenance.run();
    const before = await checkpoint();
    await maintenance.run();
    expect(await checkpoint()).toBe(before);

    await database.pool.query('INSERT INTO notes SELECT generate_series(1, 1000)');
    await database.pool.query('UPDATE notes SET id = id + 1');
    await maintenance.run();
    expect(await checkpoint()).not.toBe(before);
    const { rows } = await database.pool.query(
      "SELECT reltuples, n_dead_tup::int AS dead FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE s.relname = 'notes'",
    );
    expect(rows).toEqual([{ reltuples: 1000, dead: 0 }]);
    maintenance.stop();
  });

  describe('when its thread dies', () => {
    // WebAssembly runs out of stack here without PostgreSQL noticing.
    const crash = (client: Pick<pg.Pool, 'query'>) => client.query("SELECT repeat('[', 1000000)::jsonb");

    it('fails what ran, keeps what was committed, and opens again', async () => {
      const reconnected = vi.fn();
      const heard: string[] = [];
      const stop = await database.listen('after', (payload) => heard.push(payload), reconnected);
      await database.pool.query('INSERT INTO survivors VALUES (42)');
      const bystander = await database.pool.connect();
      await bystander.query('BEGIN');
      await bystander.query('INSERT INTO survivors VALUES (43)');
      const results = Promise.allSettled([crash(bystander), database.pool.query('SELECT 1')]);
      expect((await results)[0]).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining('What was committed is safe') as string },
      });
      bystander.release(true);
      const { rows } = await database.pool.query('SELECT id FROM survivors');
      expect(rows).toEqual([{ id: 42 }]);
      await vi.waitFor(() => {
        expect(reconnected).toHaveBeenCalled();
      }, 10_000);
      await database.pool.query("NOTIFY after, 'heard'");
      await vi.waitFor(() => {
        expect(heard).toEqual(['heard']);
      });
      await stop();
    });

    it('gives up after several times, says so, and can still be closed', async () => {
      for (let time = 0; time < 5; time++) await crash(database.pool).catch(() => undefined);
      await expect(database.pool.query('SELECT 1')).rejects.toThrow('restart Pictograph');
      await database.close();
      database = await testDatabase.open();
      expect((await database.pool.query('SELECT id FROM survivors')).rows).toEqual([{ id: 42 }]);
    });
  });

  describe('on a folder', () => {
    const children: ChildProcessWithoutNullStreams[] = [];
    let folder: string;
    afterEach(async () => {
      for (const child of children.splice(0)) {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }
      if (folder) await rm(folder, { recursive: true, force: true });
    });
    const newFolder = async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-test-')));

    /** Starts another process on the folder; resolves with the first line that it prints. */
    async function hold(
      dataFolderOfChild: string,
    ): Promise<{ child: ChildProcessWithoutNullStreams; line: string }> {
      const script = path.join(import.meta.dirname, '../../support/hold-database.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', script, dataFolderOfChild]);
      children.push(child);
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      return { child, line };
    }

    it('belongs to one process; a second is told which one has it', async () => {
      const { child, line } = await hold(await newFolder());
      expect(line).toBe('open');
      const second = await open(folder).catch((error: unknown) => error);
      expect(second).toBeInstanceOf(OperatorError);
      expect(String(second)).toContain(
        `in use by process ${child.pid ?? ''} on ${os.hostname()} (hold-database.ts`,
      );
      expect(String(second)).toContain('DATABASE_URL');

      // The refused one has left no trace, and what the first one wrote is there when it has ended.
      child.stdin.end();
      await once(child, 'exit');
      const third = await open(folder);
      expect((await third.pool.query('SELECT count(*)::int AS count FROM held')).rows).toEqual([
        { count: 1 },
      ]);
      await third.close();
      await expect(readFile(path.join(folder, LOCK_FILE))).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('is taken over by exactly one of several when its process was killed', async () => {
      const { child } = await hold(await newFolder());
      child.kill('SIGKILL');
      await once(child, 'exit');
      const [a, b] = await Promise.all([hold(folder), hold(folder)]);
      expect([a.line, b.line].toSorted()).toEqual([
        'open',
        expect.stringMatching(/^refused: .*in use by process/),
      ]);
      const winner = a.line === 'open' ? a : b;
      winner.child.stdin.end();
      await once(winner.child, 'exit');
      const after = await open(folder);
      expect((await after.pool.query('SELECT count(*)::int AS count FROM held')).rows).toEqual([
        { count: 2 },
      ]);
      await after.close();
    });

    it('is refused when another major version of PostgreSQL made it', async () => {
      await mkdir(path.join(await newFolder(), 'postgres'));
      await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '17\n');
      await expect(open(folder)).rejects.toThrow(
        /made by PostgreSQL 17; this Pictograph carries PostgreSQL 18/,
      );
      await expect(open(folder)).rejects.toBeInstanceOf(OperatorError);
    });

    it('is refused when it holds something else', async () => {
      await mkdir(path.join(await newFolder(), 'postgres'));
      await writeFile(path.join(folder, 'postgres', 'thesis.txt'), 'precious');
      await expect(open(folder)).rejects.toThrow(/has files in it but is no PostgreSQL database/);
      expect(await readFile(path.join(folder, 'postgres', 'thesis.txt'), 'utf8')).toBe('precious');
    });

    it('is refused when its files are damaged, with what PostgreSQL says', async () => {
      await mkdir(path.join(await newFolder(), 'postgres'));
      await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '18\n');
      const error = await open(folder).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OperatorError);
      expect(String(error)).toMatch(/cannot be opened/);
    });

    it('is created afresh when its creation was cut off', async () => {
      await mkdir(path.join(await newFolder(), 'postgres', 'base'), { recursive: true });
      await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '18\n');
      await writeFile(path.join(folder, 'postgres.unfinished'), '');
      const created = await open(folder);
      expect((await created.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await created.close();
      await expect(readFile(path.join(folder, 'postgres.unfinished'))).rejects.toMatchObject({
        code: 'ENOENT',
      });
    });

    it.each([
      ['a file stands in its place', async (name: string) => writeFile(name, 'a file')],
      ['it would lie in a file', async (name: string) => writeFile(path.dirname(name), 'a file')],
    ])('is refused when %s', async (_, prepare) => {
      const name = path.join(await newFolder(), 'a', 'b');
      if (_.startsWith('a file')) await mkdir(path.dirname(name));
      await prepare(name);
      const error = await open(name).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OperatorError);
      expect(String(error)).toContain(`The data folder ${name} cannot be used`);
    });
  });

  it('names its data folder in the lock', async () => {
    const lock: unknown = JSON.parse(await readFile(path.join(dataFolder, LOCK_FILE), 'utf8'));
    expect(lock).toMatchObject({ pid: process.pid, host: os.hostname() });
  });
});

const parseMessage = (sql: string): Buffer => buildMessage('P', '', sql, Buffer.alloc(2));

/** Speaks the wire protocol itself. */
class RawClient {
  received = Buffer.alloc(0);
  readonly closed: Promise<unknown>;
  #read = 0;

  private constructor(readonly stream: Duplex) {
    this.closed = once(stream, 'close');
    stream.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  static open(database: Database): RawClient {
    const { stream } = database.pool.options;
    const opened = typeof stream === 'function' ? stream() : stream;
    if (!opened) throw new Error('the pool has no stream');
    return new RawClient(opened);
  }

  static async connect(database: Database): Promise<RawClient> {
    const client = RawClient.open(database);
    client.send(Buffer.from([0, 0, 0, 16, 0, 3, 0, 0, ...Buffer.from('user\0x\0\0')]));
    await client.until('Z');
    return client;
  }

  send(...messages: readonly Buffer[]): void {
    this.stream.write(Buffer.concat(messages));
  }

  /** What came since the last time, once a message of this type is among it. */
  async until(type: string): Promise<Buffer> {
    return vi.waitFor(
      () => {
        const types: string[] = [];
        for (let offset = this.#read; offset + 5 <= this.received.length;) {
          types.push(String.fromCharCode(this.received[offset] ?? 0));
          offset += 1 + this.received.readInt32BE(offset + 1);
        }
        expect(types).toContain(type);
        const part = this.received.subarray(this.#read);
        this.#read = this.received.length;
        return part;
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  end(): void {
    this.stream.end(buildMessage('X'));
  }
}
