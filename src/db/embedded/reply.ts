import { HEADER_BYTES, readString, type TransactionStatus } from './wire.js';

/** What PostgreSQL answered to one batch, taken apart. */
export interface Reply {
  /** For the client that sent the batch. */
  readonly forClient: readonly Buffer[];
  /** For whoever listens. */
  readonly notifications: readonly { readonly channel: string; readonly bytes: Buffer }[];
  /** The state after the batch; undefined when no ReadyForQuery came. */
  readonly status: TransactionStatus | undefined;
  /** Whether what the batch or its transaction did has been undone. */
  readonly undone: boolean;
}

/**
 * @param reply complete messages
 * @param withoutCopyIn leave out the request for a COPY's data: the gateway has sent it itself, before
 */
export function readReply(reply: Buffer, withoutCopyIn: boolean): Reply {
  const forClient: Buffer[] = [];
  const notifications: { channel: string; bytes: Buffer }[] = [];
  let status: TransactionStatus | undefined;
  let failed = false;
  let lastTag = '';
  let kept = 0;

  for (let offset = 0; offset < reply.length;) {
    const type = String.fromCharCode(reply.readUInt8(offset));
    const end = offset + 1 + reply.readInt32BE(offset + 1);
    const drop = type === 'A' || (type === 'G' && withoutCopyIn);
    // Rows are many and small: what stays together is cut out in one piece.
    if (drop && kept < offset) forClient.push(reply.subarray(kept, offset));
    if (drop) kept = end;

    if (type === 'A') {
      const bytes = reply.subarray(offset, end);
      const processIdBytes = 4;
      notifications.push({ channel: readString(bytes, HEADER_BYTES + processIdBytes).text, bytes });
    } else if (type === 'C') {
      lastTag = readString(reply, offset + HEADER_BYTES).text;
    } else if (type === 'E') {
      failed = true;
    } else if (type === 'Z') {
      status = toStatus(reply.readUInt8(offset + HEADER_BYTES));
    }
    offset = end;
  }
  if (kept < reply.length) forClient.push(reply.subarray(kept));
  return { forClient, notifications, status, undone: failed || lastTag === 'ROLLBACK' };
}

function toStatus(code: number): TransactionStatus {
  const status = String.fromCharCode(code);
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw new Error(`PostgreSQL reported the unknown transaction status ${status}`);
}
