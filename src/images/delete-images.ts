import type { Database } from '../db/database.js';
import { deleteImageRows, findUsedContents, lockContents } from '../db/images.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { ImageStorage } from './storage.js';

/**
 * Deletes rows first and files after them: a crash in between leaves files that nobody asks for, never an image without
 * its original. `pictograph doctor` finds such files.
 *
 * @returns the ids that named an image
 */
export async function deleteImages(
  { database, storage, log }: { database: Database; storage: ImageStorage; log: Logger },
  ids: readonly number[],
): Promise<readonly number[]> {
  const deleted = await database.transaction((client) => deleteImageRows(client, ids));
  if (deleted.length === 0) return [];
  const contents = deleted.map(({ sha256 }) => sha256);
  try {
    await removeUnused(database, contents, (unused) => storage.remove(unused));
  } catch (error) {
    // The images are gone, as asked; what is left costs only space.
    log.warn({ err: error, contents }, `files of deleted images could not be removed: ${messageOf(error)}`);
  }
  return deleted.map(({ id }) => id);
}

/**
 * Removes files of contents that no image has. The same bytes may have been added again since, or be about to: then the
 * files are the new image's, and stay.
 *
 * @returns the contents whose files were removed
 */
export async function removeUnused(
  database: Database,
  contents: readonly string[],
  remove: (unused: readonly string[]) => Promise<void>,
): Promise<ReadonlySet<string>> {
  return database.transaction(async (client) => {
    await lockContents(client, contents);
    const used = await findUsedContents(client, contents);
    const unused = contents.filter((sha256) => !used.has(sha256));
    if (unused.length > 0) await remove(unused);
    return new Set(unused);
  });
}
