import { describe, expect, it } from 'vitest';
import { findSessionCommands } from '../../../../src/db/embedded/sql-commands.js';

const commands = (sql: string) => findSessionCommands(sql).commands;

describe('findSessionCommands', () => {
  it.each([
    ['LISTEN news', 'news'],
    ['listen News;', 'news'],
    ['LISTEN "Jobs:""insert"""', 'Jobs:"insert"'],
    ['/* room.verb */ LISTEN "a b"', 'a b'],
    ['-- LISTEN other\n LISTEN žluť', 'žluť'],
  ])('finds the channel of %s', (sql, channel) => {
    expect(commands(sql)).toEqual([{ kind: 'listen', channel }]);
  });

  it('finds every command of a text with several statements', () => {
    expect(findSessionCommands('LISTEN "a"; UNLISTEN b; SELECT 1; UNLISTEN *')).toEqual({
      commands: [
        { kind: 'listen', channel: 'a' },
        { kind: 'unlisten', channel: 'b' },
        { kind: 'unlisten', channel: undefined },
      ],
      statements: 4,
    });
  });

  it.each([
    "SELECT 'a; LISTEN x'",
    "SELECT E'it\\'s; LISTEN x;'",
    'SELECT "; LISTEN x"',
    'SELECT $$; LISTEN x;$$, $tag$ $$ ; LISTEN y; $tag$',
    '/* a /* nested */ ; LISTEN x */ SELECT 1',
    'SELECT 1 -- ; LISTEN x',
    'SELECT listen FROM copy',
    'COPY t TO STDOUT',
    "COPY t FROM '/tmp/x'",
  ])('finds nothing in %s', (sql) => {
    expect(commands(sql)).toEqual([]);
  });

  it.each([
    ['COPY t FROM STDIN', false],
    ['copy t (a, b) from stdin with (format csv)', false],
    ['COPY "from" FROM STDIN (FORMAT binary)', true],
    ["COPY t FROM STDIN WITH (FORMAT 'binary')", true],
    ['COPY t FROM STDIN BINARY', true],
  ])('sees that data follows %s', (sql, binary) => {
    expect(commands(sql)).toEqual([{ kind: 'copy-in', binary }]);
  });
});
