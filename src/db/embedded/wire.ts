/**
 * PostgreSQL's wire protocol, as far as the gateway has to understand it: where messages begin and end, which statement
 * they name, and how to write the few messages that the gateway answers itself. Version 3.0 of the protocol.
 */

/** One message with its type (`''` for a message of the start-up phase, which carries none) and all its bytes. */
export interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What a client sent cannot be understood; the connection is beyond saving. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

const LENGTH_BYTES = 4;
const START_UP_MESSAGE_LIMIT = 10_000;
const MESSAGE_LIMIT = 0x3fff_ffff;

/** Codes that stand in the place of a protocol version. */
export const SSL_REQUEST = 80_877_103;
export const GSS_ENCRYPTION_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;
export const PROTOCOL_3_0 = 196_608;

/** Cuts what a client sends into messages. */
export interface MessageReader {
  push(chunk: Buffer): void;
  /**
   * Takes the next message that is complete.
   *
   * @throws ProtocolError when its length makes no sense
   */
  next(): Message | undefined;
  /** From now on messages begin with their type. */
  endStartUp(): void;
}

export function createMessageReader(): MessageReader {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let typeBytes = 0;
  let wanted = LENGTH_BYTES;

  return {
    push(chunk) {
      chunks.push(chunk);
      buffered += chunk.length;
    },
    next() {
      // A parameter of many megabytes arrives in many chunks: they are joined once, when the message is complete.
      if (buffered < wanted) return undefined;
      const pending = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      chunks = [pending];
      const length = pending.readInt32BE(typeBytes);
      if (length < LENGTH_BYTES || length > (typeBytes === 0 ? START_UP_MESSAGE_LIMIT : MESSAGE_LIMIT)) {
        throw new ProtocolError(`invalid message length ${length}`);
      }
      wanted = typeBytes + length;
      if (buffered < wanted) return undefined;
      const bytes = pending.subarray(0, wanted);
      const rest = pending.subarray(wanted);
      chunks = rest.length === 0 ? [] : [rest];
      buffered = rest.length;
      wanted = typeBytes + LENGTH_BYTES;
      return { type: typeBytes === 0 ? '' : String.fromCharCode(bytes.readUInt8(0)), bytes };
    },
    endStartUp() {
      typeBytes = 1;
      wanted = typeBytes + LENGTH_BYTES;
    },
  };
}

/** The string that begins at `offset` and ends with a zero byte. */
export function readString(bytes: Buffer, offset: number): { readonly text: string; readonly end: number } {
  const end = bytes.indexOf(0, offset);
  if (end < 0) throw new ProtocolError('a string in a message has no end');
  return { text: bytes.toString('utf8', offset, end), end: end + 1 };
}

/** Builds a message: type, length, parts. */
export function buildMessage(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.alloc(1 + LENGTH_BYTES);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(LENGTH_BYTES + body.length, 1);
  return Buffer.concat([head, body]);
}

export const HEADER_BYTES = 1 + LENGTH_BYTES;

export const queryMessage = (sql: string): Buffer => buildMessage('Q', sql);
export const syncMessage = (): Buffer => buildMessage('S');
export const closeStatementMessage = (name: string): Buffer => buildMessage('C', Buffer.from('S'), name);

/** `I` outside a transaction, `T` inside one, `E` inside one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

export const readyForQuery = (status: TransactionStatus): Buffer => buildMessage('Z', Buffer.from(status));

/** Asks the client for the data of a COPY. The columns' formats are left out: they follow the overall format. */
export const copyInResponse = (binary: boolean): Buffer =>
  buildMessage('G', Buffer.from([binary ? 1 : 0, 0, 0]));

export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL';
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** Character of the statement, from 1. */
  readonly position?: string | undefined;
}

export function errorResponse({ severity, code, message, detail, hint, position }: ErrorFields): Buffer {
  const optional = Object.entries({ D: detail, H: hint, P: position });
  return buildMessage(
    'E',
    `S${severity}`,
    `V${severity}`,
    `C${code}`,
    `M${message}`,
    ...optional.flatMap(([type, value]) => (value === undefined ? [] : [`${type}${value}`])),
    Buffer.from([0]),
  );
}

/** What a client is told when it was let in. */
export function startUpReply(processId: number, parameters: Readonly<Record<string, string>>): Buffer {
  const authenticated = buildMessage('R', Buffer.alloc(4));
  const status = Object.entries(parameters).map(([name, value]) => buildMessage('S', name, value));
  const key = Buffer.alloc(8);
  key.writeInt32BE(processId, 0);
  return Buffer.concat([authenticated, ...status, buildMessage('K', key), readyForQuery('I')]);
}
