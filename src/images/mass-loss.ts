import { OperatorError } from '../errors.js';
import { compareOriginals, type Compared } from './compare-originals.js';
import type { Examination } from './examination.js';

/** What a crash may well leave in a small collection is no reason to ask twice. */
const FEW = 10;

/**
 * Looks before anything is mended. Where most originals belong to no image, or most images have no original, hardly
 * anything is broken: the settings name another database, a disk is not mounted, or a backup was restored. To mend that
 * would delete the only copies of pictures, or throw all embeddings away.
 *
 * @throws OperatorError
 */
export async function refuseMassLoss(examination: Examination): Promise<void> {
  const compared: Compared = { originals: 0, images: 0 };
  let [unused, lost] = [0, 0];
  for await (const { problem } of compareOriginals({ ...examination, mend: false }, compared)) {
    if (problem === 'ORIGINAL_WITHOUT_IMAGE') unused++;
    if (problem === 'ORIGINAL_MISSING') lost++;
  }
  if (!isMost(unused, compared.originals) && !isMost(lost, compared.images)) return;
  throw new OperatorError(
    `${unused} of ${compared.originals} originals in ${examination.storage.location} belong to no image of this database, ` +
      `and ${lost} of its ${compared.images} images have no original there. So much is seldom a fault: ` +
      'check DATABASE_URL, PICTOGRAPH_DATA and STORAGE_URL, whether a disk is mounted, and which backup was restored. ' +
      'Nothing was changed. Where it is right all the same, add --force.',
  );
}

function isMost(part: number, whole: number): boolean {
  return part > FEW && part * 2 > whole;
}
