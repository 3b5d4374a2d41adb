import { findReferencesAfter, updateReference, type ReferenceRow } from '../db/image-references.js';
import { createLimiter } from '../limiter.js';
import { BATCH, processAgain, type Examination, type Finding } from './examination.js';
import { lookAt } from './referenced-file.js';

/** Files that are looked at, and where in doubt read, at the same time. */
const LOOKS_AT_ONCE = 4;

/**
 * Looks at the files of images that are only referred to. They are not ours: nothing can be mended about one that is gone
 * or has changed, but it can be noted. An image that failed for the want of its file is processed again when it is back.
 */
export async function* checkReferences(examination: Examination): AsyncGenerator<Finding> {
  const { database, mend } = examination;
  const looking = createLimiter(LOOKS_AT_ONCE);
  for (let afterId = 0; ;) {
    const references = await findReferencesAfter(database.pool, afterId, BATCH);
    const last = references.at(-1);
    if (last === undefined) return;
    afterId = last.imageId;
    const looks = await Promise.all(references.map((reference) => looking(() => lookAt(reference))));
    const back: ReferenceRow[] = [];
    for (const [index, reference] of references.entries()) {
      const look = looks[index];
      if (look === undefined) continue;
      if (mend && (look.state !== reference.state || look.stamp !== reference.stamp)) {
        await updateReference(database.pool, reference, { ...look, path: reference.path });
      }
      if (look.state === 'PRESENT') {
        if (reference.lacksOriginal) back.push(reference);
        continue;
      }
      const problem = look.state === 'MISSING' ? 'REFERENCE_MISSING' : 'REFERENCE_CHANGED';
      yield { problem, ...describe(reference), mended: false };
    }
    const queued =
      mend && back.length > 0
        ? await processAgain(
            examination,
            back.map(({ imageId }) => imageId),
          )
        : undefined;
    for (const reference of back) {
      const mended = queued?.has(reference.imageId) ?? false;
      yield { problem: 'ORIGINAL_BACK', ...describe(reference), mended };
    }
  }
}

function describe({ imageId, sha256, path }: ReferenceRow) {
  return { imageId, sha256, name: path };
}
