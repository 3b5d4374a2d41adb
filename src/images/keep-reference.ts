import type { Queryable } from '../db/database.js';
import {
  deleteReference,
  findReferences,
  markReferencesChanged,
  setReference,
  updateReference,
} from '../db/image-references.js';
import type { ImageRow } from '../db/images.js';
import { erasePlace } from './erase-place.js';
import { RejectedImageError, type Added } from './images.js';
import { lookAt, type FoundFile } from './referenced-file.js';

type Followed = Pick<Added, 'previousIds' | 'hasMoved'>;

/**
 * What is noted about an image that is only referred to, when its bytes are found in a file again: the file's new place,
 * unless it still lies in the old one as well.
 *
 * @returns undefined when the image is not referred to
 */
export async function followReference(
  db: Queryable,
  image: ImageRow,
  file: FoundFile,
): Promise<Followed | undefined> {
  const [known] = await findReferences(db, [image.id]);
  if (known === undefined) return undefined;
  const isElsewhere = known.path !== file.path;
  const hasMoved = isElsewhere && (await lookAt(known)).state !== 'PRESENT';
  const isStale = !isElsewhere && (known.stamp !== file.stamp || known.state !== 'PRESENT');
  if (hasMoved || isStale) await updateReference(db, known, { ...file, state: 'PRESENT' });
  return { ...(hasMoved && { hasMoved }), ...(await forgetContent(db, image, file)) };
}

/**
 * Notes where the original of an image is, of which a lock is held: in a file elsewhere, or kept from now on. What was
 * handed over is kept even where a reference would do: its file may go at any time.
 *
 * @param file where it lies; undefined: it is kept
 */
export async function keepReference(
  db: Queryable,
  image: ImageRow,
  file: FoundFile | undefined,
): Promise<Followed> {
  if (file === undefined) {
    await deleteReference(db, image.id);
    return {};
  }
  await setReference(db, image.id, file);
  return forgetContent(db, image, file);
}

/** A file has one content: other images whose file it was have lost theirs. */
export async function forgetContent(db: Queryable, image: ImageRow, file: FoundFile): Promise<Followed> {
  const previousIds = await markReferencesChanged(db, file.path, image.id);
  return previousIds.length === 0 ? {} : { previousIds };
}

/**
 * A file that is only referred to is sent as it is, and it is not ours to change.
 *
 * @throws RejectedImageError UNSUPPORTED when a place could be erased from a copy
 */
export function refuseToReferToPlace(file: Buffer): void {
  if (erasePlace(file).equals(file)) return;
  throw new RejectedImageError(
    'UNSUPPORTED',
    'The file says where it was taken, places are not kept (KEEP_GPS=false), and a file that is only referred to is not changed. ' +
      'Ingest it without --by-reference, which stores a copy without the place, or remove the place from its metadata.',
  );
}
