import type { Batch } from './batches.js';
import { buildMessage, queryMessage, type ErrorFields } from './wire.js';

/**
 * Messages that fail with an error in the place of a batch. PostgreSQL raises it itself, so that an open transaction
 * fails with it and the client's next messages are skipped or answered as they should be.
 */
export function refusalMessages({ code, message }: ErrorFields, batch: Batch): Buffer[] {
  const literal = message.replaceAll("'", "''");
  const sql = `DO $refusal$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = '${literal}'; END $refusal$`;
  if (batch.unnamed === 'dropped') return [queryMessage(sql)];
  const noNames = Buffer.from([0]);
  const noItems = Buffer.alloc(6);
  return [
    buildMessage('P', '', sql, Buffer.alloc(2)),
    buildMessage('B', noNames, noNames, noItems),
    buildMessage('E', noNames, Buffer.alloc(4)),
    buildMessage(batch.endsWithReady ? 'S' : 'H'),
  ];
}
