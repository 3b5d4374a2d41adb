import { z } from 'zod';
import type { Queryable } from './database.js';

/** Notified when an analyst asks for a text to be encoded: see `analytics.encode_text`. */
export const TEXT_REQUESTED_CHANNEL = 'pictograph_text_requested';

const requestRow = z.object({ text: z.string() });

/** Takes out up to `limit` texts that wait to be encoded; what one process takes, others do not see. */
export async function takeTextRequests(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query(
    `/* textRequests.take */
     DELETE FROM text_requests WHERE id IN (
       SELECT id FROM text_requests ORDER BY id LIMIT $1::integer FOR UPDATE SKIP LOCKED)
     RETURNING text`,
    [limit],
  );
  return rows.map((row) => requestRow.parse(row).text);
}
