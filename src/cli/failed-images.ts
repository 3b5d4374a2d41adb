import type { Database } from '../db/database.js';
import type { ImageRow } from '../db/images.js';
import { listPage, positionOf } from '../images/list-images.js';

/** Images that are asked for at once: their number bounds memory, however many have failed. */
const PAGE = 100;

/**
 * Failed images in the order in which they were added, page by page. One that is tried again meanwhile and fails again keeps
 * its place, so that it does not come a second time.
 */
export async function* failedImages(database: Database): AsyncGenerator<readonly ImageRow[]> {
  const orderBy = { field: 'CREATED_AT', direction: 'ASC' } as const;
  let last: ImageRow | undefined;
  do {
    const after = last && positionOf(last, orderBy.field);
    const filter = { status: ['FAILED'] } as const;
    const { images } = await listPage(database, { filter, orderBy, limit: PAGE, from: 'start', after });
    last = images.at(-1);
    if (images.length > 0) yield images;
  } while (last !== undefined);
}
