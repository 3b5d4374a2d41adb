import { createHash } from 'node:crypto';
import { findSessionCommands, type SessionCommand } from './sql-commands.js';
import {
  buildMessage,
  HEADER_BYTES,
  ProtocolError,
  readString,
  type ErrorFields,
  type Message,
} from './wire.js';

/** Messages of one client that PostgreSQL gets in one go: up to the next Sync, Flush or simple query. */
export interface Batch {
  readonly messages: Buffer[];
  /** Whether PostgreSQL will end its reply with ReadyForQuery; not after a Flush. */
  endsWithReady: boolean;
  readonly commands: SessionCommand[];
  /** Uses the unnamed statement without having parsed it itself. */
  usesUnnamed: boolean;
  /** What the batch does to the session's one unnamed statement. */
  unnamed: 'parsed' | 'dropped' | 'kept';
  /** COPY FROM STDIN: PostgreSQL must get its data together with the statement. */
  copy: { readonly binary: boolean; complete: boolean; announced: boolean } | undefined;
  /** Why the batch cannot run. */
  refusal: ErrorFields | undefined;
}

/** Gathers the messages of one client into batches. */
export interface BatchBuilder {
  /**
   * @returns a batch that now begins to wait: complete, or a COPY whose data still comes (its `copy.complete` is set later)
   * @throws ProtocolError when the message has no place here
   */
  add(message: Message): Batch | undefined;
  /** Names of the client's prepared statements as PostgreSQL knows them. */
  readonly statements: ReadonlySet<string>;
}

const LONGEST_NAME = 40;
const KIND_STATEMENT = 'S'.charCodeAt(0);

/** @param clientId keeps this client's prepared statements apart from those of others in the same session */
export function createBatchBuilder(clientId: number): BatchBuilder {
  const statements = new Set<string>();
  let batch = emptyBatch();
  let copying: Batch | undefined;

  // PostgreSQL cuts names at 63 bytes, where two long ones could become the same.
  const rename = (name: string): string =>
    `${clientId}:${Buffer.byteLength(name) <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('hex').slice(0, LONGEST_NAME)}`;

  const end = (endsWithReady: boolean): Batch => {
    const ended = batch;
    ended.endsWithReady = endsWithReady;
    batch = emptyBatch();
    return ended;
  };

  const simpleQuery = (bytes: Buffer): Batch => {
    const { commands, statements: count } = findSessionCommands(readString(bytes, HEADER_BYTES).text);
    batch.messages.push(bytes);
    batch.commands.push(...commands);
    batch.unnamed = 'dropped';
    const copy = commands.find((command) => command.kind === 'copy-in');
    if (copy && count > 1) batch.refusal = COPY_WITH_OTHERS;
    else if (copy) {
      batch.copy = { binary: copy.binary, complete: false, announced: false };
      copying = batch;
    }
    return end(true);
  };

  const parse = (bytes: Buffer): void => {
    const name = readString(bytes, HEADER_BYTES);
    const { commands } = findSessionCommands(readString(bytes, name.end).text);
    batch.commands.push(...commands);
    if (commands.some((command) => command.kind === 'copy-in')) batch.refusal = COPY_EXTENDED;
    if (name.text === '') {
      batch.unnamed = 'parsed';
      batch.messages.push(bytes);
      return;
    }
    const renamed = rename(name.text);
    statements.add(renamed);
    batch.messages.push(buildMessage('P', renamed, bytes.subarray(name.end)));
  };

  const useStatement = (type: string, bytes: Buffer, head: Buffer, nameStart: number): void => {
    const name = readString(bytes, nameStart);
    if (name.text === '') {
      if (batch.unnamed !== 'parsed') batch.usesUnnamed = true;
      batch.messages.push(bytes);
      return;
    }
    const renamed = rename(name.text);
    if (type === 'C') statements.delete(renamed);
    batch.messages.push(buildMessage(type, head, renamed, bytes.subarray(name.end)));
  };

  const copyData = ({ type, bytes }: Message, current: Batch): void => {
    // Flush and Sync are ignored while data comes.
    if (type === 'H' || type === 'S') return;
    if (type !== 'd' && type !== 'c' && type !== 'f') {
      throw new ProtocolError(`unexpected message of type "${type}" during COPY`);
    }
    current.messages.push(bytes);
    if (type === 'd') return;
    if (current.copy) current.copy.complete = true;
    copying = undefined;
  };

  return {
    statements,
    add(message) {
      const { type, bytes } = message;
      if (copying) {
        copyData(message, copying);
        return undefined;
      }
      switch (type) {
        case 'Q':
          return simpleQuery(bytes);
        case 'P':
          parse(bytes);
          return undefined;
        case 'B': {
          const portal = readString(bytes, HEADER_BYTES);
          useStatement('B', bytes, bytes.subarray(HEADER_BYTES, portal.end), portal.end);
          return undefined;
        }
        case 'D':
        case 'C':
          if (bytes[HEADER_BYTES] !== KIND_STATEMENT) batch.messages.push(bytes);
          else useStatement(type, bytes, bytes.subarray(HEADER_BYTES, HEADER_BYTES + 1), HEADER_BYTES + 1);
          return undefined;
        case 'E':
          batch.messages.push(bytes);
          return undefined;
        case 'H':
          batch.messages.push(bytes);
          return end(false);
        case 'S':
        case 'F':
          batch.messages.push(bytes);
          return end(true);
        case 'd':
        case 'c':
        case 'f':
          // The rest of a COPY that failed, which the client did not know yet.
          return undefined;
        default:
          throw new ProtocolError(`unexpected message of type "${type}"`);
      }
    },
  };
}

const COPY_EXTENDED: ErrorFields = {
  severity: 'ERROR',
  code: '0A000',
  message: 'The embedded database takes COPY FROM STDIN only as a simple query, without parameters.',
};
const COPY_WITH_OTHERS: ErrorFields = {
  severity: 'ERROR',
  code: '0A000',
  message:
    'The embedded database takes COPY FROM STDIN only as a query of its own, not together with other statements.',
};

function emptyBatch(): Batch {
  return {
    messages: [],
    endsWithReady: true,
    commands: [],
    usesUnnamed: false,
    unnamed: 'kept',
    copy: undefined,
    refusal: undefined,
  };
}
