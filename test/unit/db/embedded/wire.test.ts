import { describe, expect, it } from 'vitest';
import { createBatchBuilder } from '../../../../src/db/embedded/batches.js';
import { createListening } from '../../../../src/db/embedded/listening.js';
import { readReply } from '../../../../src/db/embedded/reply.js';
import {
  buildMessage,
  createMessageReader,
  ProtocolError,
  queryMessage,
  readyForQuery,
  syncMessage,
  type Message,
} from '../../../../src/db/embedded/wire.js';

describe('reading messages', () => {
  const startUp = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);

  it('cuts a stream into messages, however it is chopped', () => {
    const stream = Buffer.concat([
      startUp,
      queryMessage('SELECT 1'),
      syncMessage(),
      queryMessage('x'.repeat(70_000)),
    ]);
    for (const size of [1, 7, 1000, stream.length]) {
      const reader = createMessageReader();
      const types: string[] = [];
      for (let start = 0; start < stream.length; start += size) {
        reader.push(stream.subarray(start, start + size));
        for (let message = reader.next(); message; message = reader.next()) {
          if (types.push(`${message.type}${message.bytes.length}`) === 1) reader.endStartUp();
        }
      }
      expect(types).toEqual(['8', 'Q14', 'S5', 'Q70006']);
    }
  });

  it.each([
    ['a length shorter than itself', [81, 0, 0, 0, 3]],
    ['a negative length', [81, 255, 255, 255, 255]],
  ])('refuses %s', (_, bytes) => {
    const reader = createMessageReader();
    reader.endStartUp();
    reader.push(Buffer.from(bytes));
    expect(() => reader.next()).toThrow(ProtocolError);
  });

  it('refuses a start-up message of absurd length', () => {
    const reader = createMessageReader();
    reader.push(Buffer.from('GET / HTTP/1.1'));
    expect(() => reader.next()).toThrow(ProtocolError);
  });
});

describe('gathering batches', () => {
  const message = (bytes: Buffer): Message => ({ type: String.fromCharCode(bytes[0] ?? 0), bytes });
  const parse = (name: string) => message(buildMessage('P', name, 'SELECT 1', Buffer.alloc(2)));
  const bind = (name: string) => message(buildMessage('B', '', name, Buffer.alloc(6)));
  const sync = message(syncMessage());

  it('gives each client names of its own for prepared statements', () => {
    const [a, b] = [1, 2].map((id) => {
      const builder = createBatchBuilder(id);
      builder.add(parse('get'));
      builder.add(bind('get'));
      return { batch: builder.add(sync), statements: [...builder.statements] };
    });
    expect(a?.statements).toEqual(['1:get']);
    expect(b?.statements).toEqual(['2:get']);
    expect(a?.batch?.messages.map((bytes) => bytes.toString('latin1'))).toEqual([
      expect.stringContaining('1:get\0SELECT 1'),
      expect.stringContaining('\x001:get\0'),
      expect.anything(),
    ]);
  });

  it('keeps long names apart that PostgreSQL would cut to the same', () => {
    const builder = createBatchBuilder(1);
    for (const end of ['a', 'b']) builder.add(parse('x'.repeat(70) + end));
    expect(builder.statements.size).toBe(2);
    for (const name of builder.statements) expect(name.length).toBeLessThan(63);
  });

  it('forgets a statement that is closed', () => {
    const builder = createBatchBuilder(1);
    builder.add(parse('get'));
    builder.add(message(buildMessage('C', Buffer.from('S'), 'get')));
    expect([...builder.statements]).toEqual([]);
  });

  it('notices the use of an unnamed statement of an earlier batch', () => {
    const builder = createBatchBuilder(1);
    builder.add(parse(''));
    builder.add(bind(''));
    expect(builder.add(sync)).toMatchObject({ usesUnnamed: false, unnamed: 'parsed' });
    builder.add(bind(''));
    expect(builder.add(sync)).toMatchObject({ usesUnnamed: true, unnamed: 'kept' });
  });

  it('holds a COPY back until its data is complete', () => {
    const builder = createBatchBuilder(1);
    const batch = builder.add(message(queryMessage('COPY t FROM STDIN')));
    expect(batch?.copy).toEqual({ binary: false, complete: false, announced: false });
    builder.add(message(buildMessage('d', Buffer.from('1\n'))));
    expect(builder.add(sync)).toBeUndefined();
    expect(batch?.copy?.complete).toBe(false);
    builder.add(message(buildMessage('c')));
    expect(batch?.copy?.complete).toBe(true);
    expect(batch?.messages.map((bytes) => bytes.toString('latin1')[0])).toEqual(['Q', 'd', 'c']);
  });

  it('refuses messages that have no place', () => {
    expect(() => createBatchBuilder(1).add(message(buildMessage('p', 'password')))).toThrow(ProtocolError);
    const copying = createBatchBuilder(1);
    copying.add(message(queryMessage('COPY t FROM STDIN')));
    expect(() => copying.add(message(queryMessage('SELECT 1')))).toThrow(ProtocolError);
  });
});

describe('reading replies', () => {
  const notification = buildMessage('A', Buffer.alloc(4), 'news', 'hello');
  const tag = (text: string) => buildMessage('C', text);

  it('takes notifications out of the middle', () => {
    const rows = [buildMessage('D', Buffer.alloc(9)), tag('SELECT 1'), readyForQuery('I')];
    const reply = readReply(
      Buffer.concat([rows[0], notification, rows[1], rows[2]].map((part) => part ?? Buffer.alloc(0))),
      false,
    );
    expect(Buffer.concat(reply.forClient)).toEqual(Buffer.concat(rows));
    expect(reply.notifications).toEqual([{ channel: 'news', bytes: notification }]);
    expect(reply).toMatchObject({ status: 'I', undone: false });
  });

  it('knows a rollback, whether asked for or forced', () => {
    expect(readReply(Buffer.concat([tag('ROLLBACK'), readyForQuery('I')]), false).undone).toBe(true);
    expect(
      readReply(Buffer.concat([buildMessage('E', Buffer.alloc(1)), readyForQuery('I')]), false).undone,
    ).toBe(true);
  });

  it('leaves out the second invitation to send data', () => {
    const invitation = buildMessage('G', Buffer.alloc(3));
    expect(readReply(Buffer.concat([invitation, tag('COPY 1')]), true).forClient).toEqual([tag('COPY 1')]);
  });

  it('has no status when PostgreSQL broke off', () => {
    expect(readReply(Buffer.alloc(0), false)).toMatchObject({ status: undefined, forClient: [] });
  });
});

describe('who listens', () => {
  it('counts from the end of the transaction, unless it was undone', () => {
    const listening = createListening<string>();
    listening.request('a', [{ kind: 'listen', channel: 'x' }]);
    expect(listening.listeners('x')).toEqual([]);
    listening.settle('a', true);
    expect(listening.listeners('x')).toEqual([]);
    listening.request('a', [{ kind: 'listen', channel: 'x' }]);
    listening.settle('a', false);
    expect(listening.listeners('x')).toEqual(['a']);
  });

  it('says which channels others still want when one client leaves them', () => {
    const listening = createListening<string>();
    for (const client of ['a', 'b']) listening.request(client, [{ kind: 'listen', channel: 'both' }]);
    listening.request('a', [{ kind: 'listen', channel: 'mine' }]);
    for (const client of ['a', 'b']) listening.settle(client, false);

    listening.request('a', [{ kind: 'unlisten', channel: undefined }]);
    expect(listening.settle('a', false)).toEqual(['both']);
    expect(listening.listeners('both')).toEqual(['b']);
    expect(listening.remove('b')).toEqual(['both']);
    expect(listening.listeners('both')).toEqual([]);
  });
});
