import { findImagesWithoutEmbedding, findImagesWithoutJob } from '../db/consistency.js';
import type { Database } from '../db/database.js';
import { activeModel } from '../db/models.js';
import { checkReferences } from './check-references.js';
import { compareOriginals } from './compare-originals.js';
import { BATCH, processAgain, type Examination, type Finding, type Problem } from './examination.js';
import { refuseMassLoss } from './mass-loss.js';
import { findStrayThumbnails } from './stray-thumbnails.js';

/**
 * Looks for what does not fit together, and mends it where it is told to: files without an image, images without their
 * file or their file changed, images that nobody will ever process. Never deletes a row. Others may add, delete and process images meanwhile.
 * Holds a batch in memory, and the names of up to 50,000 originals, or of those that begin with the same two digits.
 *
 * @throws OperatorError before anything is changed, when mending would give up most of what there is
 */
export async function* examine(examination: Examination): AsyncGenerator<Finding> {
  if (examination.mend && !examination.force) await refuseMassLoss(examination);
  yield* findLeftovers(examination);
  yield* compareOriginals(examination);
  yield* checkReferences(examination);
  yield* findStrayThumbnails(examination);
  const model = await activeModel(examination.database.pool);
  if (model !== undefined) {
    yield* findUnprocessed(examination, 'NOT_EMBEDDED', (db, afterId) =>
      findImagesWithoutEmbedding(db.pool, model.id, afterId, BATCH),
    );
  }
  yield* findUnprocessed(examination, 'NOT_QUEUED', (db, afterId) =>
    findImagesWithoutJob(db.pool, afterId, BATCH),
  );
}

async function* findLeftovers({ storage, mend }: Examination): AsyncGenerator<Finding> {
  for await (const leftover of storage.leftovers()) {
    if (mend) await leftover.remove();
    yield { problem: 'LEFTOVER_FILE', name: leftover.name, mended: mend };
  }
}

async function* findUnprocessed(
  examination: Examination,
  problem: Problem,
  find: (database: Database, afterId: number) => Promise<readonly number[]>,
): AsyncGenerator<Finding> {
  for (let afterId = 0; ;) {
    const ids = await find(examination.database, afterId);
    const last = ids.at(-1);
    if (last === undefined) return;
    afterId = last;
    const queued = examination.mend ? await processAgain(examination, ids) : undefined;
    for (const imageId of ids) yield { problem, imageId, mended: queued?.has(imageId) ?? false };
  }
}
