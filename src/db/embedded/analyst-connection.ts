import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { SqlResult } from '../analyst-query.js';
import { sqlTokens } from '../sql-statements.js';
import { AnalystError, type AnalystSession } from './analyst-session.js';
import {
  buildMessage,
  errorResponse,
  HEADER_BYTES,
  ProtocolError,
  readString,
  readyForQuery,
  type ErrorFields,
  type Message,
} from './wire.js';

/** Answers an analyst's messages after the start-up, one after the other. */
export interface AnalystConnection {
  receive(message: Message): Promise<void>;
}

interface Portal {
  readonly statement: string;
  /** What was run to describe it, until it is asked for. */
  result?: SqlResult;
}

export function createAnalystConnection(
  stream: Pick<Duplex, 'write'>,
  session: AnalystSession,
): AnalystConnection {
  const statements = new Map<string, string>();
  const portals = new Map<string, Portal>();
  /** After an error of the extended protocol, everything is passed over until the client says Sync. */
  let skipping = false;
  const send = (...messages: readonly Buffer[]): void => {
    for (const message of messages) stream.write(message);
  };

  const simpleQuery = async (sql: string): Promise<void> => {
    try {
      const parts = session.split(sql);
      if (parts.length === 0) send(EMPTY_QUERY);
      for (const part of parts) {
        const result = await session.run(part);
        if (result.fields.length > 0) send(rowDescription(result.fields));
        sendRows(result);
      }
    } catch (error) {
      send(errorResponse(fieldsOf(error)));
    }
    send(readyForQuery(session.status));
  };

  const sendRows = (result: SqlResult): void => {
    for (const row of result.rows) send(dataRow(row));
    send(buildMessage('C', result.tag));
  };

  const bind = (bytes: Buffer): void => {
    const portal = readString(bytes, HEADER_BYTES);
    const name = readString(bytes, portal.end);
    const statement = find(statements, name.text, 'prepared statement');
    const { values, end } = readParameters(bytes, name.end);
    for (let count = bytes.readInt16BE(end), place = 0; place < count; place++) {
      if (bytes.readInt16BE(end + 2 + 2 * place) !== 0) throw notBinary('Results');
    }
    portals.set(portal.text, { statement: withLiterals(statement, values) });
    send(buildMessage('2'));
  };

  const describe = async (bytes: Buffer): Promise<void> => {
    const ofStatement = bytes[HEADER_BYTES] === 'S'.charCodeAt(0);
    const { text: name } = readString(bytes, HEADER_BYTES + 1);
    let fields: readonly pg.FieldDef[] | undefined;
    if (ofStatement) {
      const statement = find(statements, name, 'prepared statement');
      send(parameterDescription(countParameters(statement)));
      fields = await session.describe(statement);
    } else {
      const portal = find(portals, name, 'portal');
      fields =
        (await session.describe(portal.statement)) &&
        (portal.result = await session.run(portal.statement)).fields;
    }
    send(fields === undefined || fields.length === 0 ? NO_DATA : rowDescription(fields));
  };

  const execute = async (bytes: Buffer): Promise<void> => {
    const portal = find(portals, readString(bytes, HEADER_BYTES).text, 'portal');
    if (session.split(portal.statement).length === 0) {
      send(EMPTY_QUERY);
      return;
    }
    const result = portal.result ?? (await session.run(portal.statement));
    delete portal.result;
    sendRows(result);
  };

  const extended = async ({ type, bytes }: Message): Promise<void> => {
    switch (type) {
      case 'P': {
        const name = readString(bytes, HEADER_BYTES);
        statements.set(name.text, readString(bytes, name.end).text);
        send(buildMessage('1'));
        return;
      }
      case 'B':
        bind(bytes);
        return;
      case 'D':
        await describe(bytes);
        return;
      case 'E':
        await execute(bytes);
        return;
      case 'C': {
        const { text: name } = readString(bytes, HEADER_BYTES + 1);
        (bytes[HEADER_BYTES] === 'S'.charCodeAt(0) ? statements : portals).delete(name);
        send(buildMessage('3'));
        return;
      }
      case 'H':
        return;
      case 'F':
        throw new AnalystError({
          severity: 'ERROR',
          code: '0A000',
          message: 'Function calls are not supported: use SELECT.',
        });
      default:
        throw new ProtocolError(`unexpected message of type "${type}"`);
    }
  };

  return {
    async receive(message) {
      if (message.type === 'S') {
        skipping = false;
        portals.clear();
        send(readyForQuery(session.status));
      } else if (message.type === 'Q') {
        await simpleQuery(readString(message.bytes, HEADER_BYTES).text);
      } else if (!skipping) {
        try {
          await extended(message);
        } catch (error) {
          if (error instanceof ProtocolError) throw error;
          skipping = true;
          send(errorResponse(fieldsOf(error)));
        }
      }
    },
  };
}

const EMPTY_QUERY = buildMessage('I');
const NO_DATA = buildMessage('n');
const TEXT_OID = 25;

function rowDescription(fields: readonly pg.FieldDef[]): Buffer {
  const parts = fields.flatMap((field) => {
    const rest = Buffer.alloc(18);
    rest.writeUInt32BE(field.tableID, 0);
    rest.writeInt16BE(field.columnID, 4);
    rest.writeUInt32BE(field.dataTypeID, 6);
    rest.writeInt16BE(field.dataTypeSize, 10);
    rest.writeInt32BE(field.dataTypeModifier, 12);
    return [field.name, rest];
  });
  return buildMessage('T', int16(fields.length), ...parts);
}

function dataRow(values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return buildMessage('D', int16(values.length), ...parts);
}

function parameterDescription(count: number): Buffer {
  return buildMessage('t', int16(count), ...Array.from({ length: count }, () => int32(TEXT_OID)));
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value, 0);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

function readParameters(bytes: Buffer, offset: number): { values: (string | null)[]; end: number } {
  const formats = bytes.readInt16BE(offset);
  let at = offset + 2;
  for (let place = 0; place < formats; place++, at += 2) {
    if (bytes.readInt16BE(at) !== 0) throw notBinary('Parameters');
  }
  const count = bytes.readInt16BE(at);
  at += 2;
  const values: (string | null)[] = [];
  for (let place = 0; place < count; place++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return { values, end: at };
}

function countParameters(statement: string): number {
  return Math.max(0, ...parameters(statement).map(({ number }) => number));
}

function parameters(statement: string): { number: number; start: number; end: number }[] {
  return [...sqlTokens(statement)].flatMap(({ text, start, end }) =>
    /^\$\d+$/.test(text) ? [{ number: Number(text.slice(1)), start, end }] : [],
  );
}

/** A statement with its parameters written as literals: what runs it takes a text. */
function withLiterals(statement: string, values: readonly (string | null)[]): string {
  let written = '';
  let at = 0;
  for (const { number, start, end } of parameters(statement)) {
    const value = values[number - 1];
    if (value === undefined) {
      throw new AnalystError({
        severity: 'ERROR',
        code: '42P02',
        message: `there is no parameter $${number}`,
      });
    }
    // Between spaces: a literal after a letter could be read as one of another kind. A backslash means itself, as
    // standard_conforming_strings is on and cannot be set here.
    written += `${statement.slice(at, start)} ${value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`} `;
    at = end;
  }
  return written + statement.slice(at);
}

function find<V>(items: ReadonlyMap<string, V>, name: string, what: string): V {
  const item = items.get(name);
  if (item === undefined) {
    throw new AnalystError({
      severity: 'ERROR',
      code: what === 'portal' ? '34000' : '26000',
      message: `${what} "${name}" does not exist`,
    });
  }
  return item;
}

function notBinary(what: string): AnalystError {
  return new AnalystError({
    severity: 'ERROR',
    code: '0A000',
    message: `${what} in binary format are not supported: tell your driver to use the text format.`,
  });
}

function fieldsOf(error: unknown): ErrorFields {
  if (error instanceof AnalystError) return error.fields;
  throw error;
}
