import type { Database } from '../db/database.js';
import { deleteImageRows, findUsedContents, lockContents } from '../db/images.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { ImageStorage } from './storage.js';

/**
 * Deletes rows first and files after them: a crash in between leaves files that nobody asks for, never an image without
 * its original.
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
    await database.transaction(async (client) => {
      await lockContents(client, contents);
      // The same bytes may have been added again since: then the files are the new image's.
      const used = await findUsedContents(client, contents);
      for (const sha256 of contents) if (!used.has(sha256)) await storage.remove(sha256);
    });
  } catch (error) {
    // The images are gone, as asked; what is left costs only space.
    log.warn({ err: error, contents }, `files of deleted images could not be removed: ${messageOf(error)}`);
  }
  return deleted.map(({ id }) => id);
}
