import type { Queryable } from '../../src/db/database.js';
import { int8 } from '../../src/db/images.js';
import { z } from 'zod';

/** Adds images without files behind them, for tests of the database alone. */
export async function addImages(
  queryable: Queryable,
  count: number,
  status: 'PENDING' | 'READY' = 'READY',
): Promise<number[]> {
  const { rows } = await queryable.query(
    `INSERT INTO images (sha256, media_type, width, height, byte_size, status)
     SELECT sha256(gen_random_uuid()::text::bytea), 'image/png', 1, 1, 1, $2::image_status
     FROM generate_series(1, $1::integer)
     RETURNING id`,
    [count, status],
  );
  return rows.map((row) => z.object({ id: int8 }).parse(row).id);
}
