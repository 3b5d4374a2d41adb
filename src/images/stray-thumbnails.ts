import { findUsedContents } from '../db/images.js';
import { removeUnused } from './delete-images.js';
import type { Examination, Finding } from './examination.js';
import type { StoredThumbnail } from './thumbnails.js';

/** Contents that are locked in one transaction: others wait for them. */
const AT_ONCE = 100;

/** Finds thumbnails of images that are gone. Images without thumbnails are no problem: these are made when asked for. */
export async function* findStrayThumbnails(examination: Examination): AsyncGenerator<Finding> {
  const { storage, graceMs } = examination;
  let batch: StoredThumbnail[] = [];
  for await (const thumbnail of storage.thumbnails.list()) {
    if (thumbnail.modifiedAt.getTime() > Date.now() - graceMs) continue;
    batch.push(thumbnail);
    if (batch.length < AT_ONCE) continue;
    yield* reportStrays(examination, batch);
    batch = [];
  }
  yield* reportStrays(examination, batch);
}

async function* reportStrays(
  { database, storage, mend }: Examination,
  thumbnails: readonly StoredThumbnail[],
): AsyncGenerator<Finding> {
  const used = await findUsedContents(
    database.pool,
    thumbnails.map(({ sha256 }) => sha256),
  );
  const strays = thumbnails.filter(({ sha256 }) => !used.has(sha256));
  if (strays.length === 0) return;
  const contents = [...new Set(strays.map(({ sha256 }) => sha256))];
  const removed = mend
    ? await removeUnused(database, contents, (unused) => {
        const gone = new Set(unused);
        return storage.thumbnails.delete(
          strays.filter(({ sha256 }) => gone.has(sha256)).map(({ name }) => name),
        );
      })
    : new Set<string>();
  for (const { sha256, name } of strays) {
    yield { problem: 'THUMBNAIL_WITHOUT_IMAGE', sha256, name, mended: removed.has(sha256) };
  }
}
