import type { Readable } from 'node:stream';
import type { Database } from '../db/database.js';
import {
  findReferences,
  updateReference,
  type ReferenceRow,
  type ReferenceState,
} from '../db/image-references.js';
import type { ImageRow } from '../db/images.js';
import { RequestError } from '../errors.js';
import { createLimiter } from '../limiter.js';
import { createMemoryBudget } from '../memory-budget.js';
import type { ByteRange } from './file-store.js';
import { lookAt, openReferenced, readReferenced, type Look } from './referenced-file.js';
import type { ImageStorage } from './storage.js';

/** The originals of images, whether they are kept or lie where they were indexed. */
export interface Originals {
  /**
   * `bytes` is undefined when they are not to be had (any more).
   *
   * @param image `isReferenced` false: it is known not to lie elsewhere, and need not be asked
   */
  read(
    image: Pick<ImageRow, 'id' | 'sha256'> & { readonly isReferenced?: boolean },
  ): Promise<{ readonly bytes: Buffer | undefined; readonly isReferenced: boolean }>;
  /**
   * @returns undefined when a file that should be kept is missing
   * @throws RequestError ORIGINAL_MISSING, ORIGINAL_CHANGED of a file that is only referred to
   */
  open(image: Pick<ImageRow, 'id' | 'sha256'>, range: ByteRange | undefined): Promise<Readable | undefined>;
  /** Looks at the files of images that are only referred to; the others are missing from the map. */
  referenceStates(ids: readonly number[]): Promise<ReadonlyMap<number, ReferenceState>>;
}

/**
 * A network folder that hangs keeps a thread for every call, and Node has four of them for all files: at least two are
 * left for everything else.
 */
const LOOKS_AT_ONCE = 2;

/** Bytes of originals that jobs hold until they are done with them: of all jobs of this process, for whichever model. */
const held = createMemoryBudget(256 * 1024 * 1024);

/**
 * Waits until there is room for an original in the hands of a job. Must not be called by who has room already: it could wait for itself.
 *
 * @returns gives the room back
 */
export function roomForOriginal(byteSize: number): Promise<() => void> {
  return held.reserve(byteSize);
}

/** Whatever is found is noted, so that it is known to SQL, and a file is not hashed twice for the same doubt. */
export function createOriginals({
  database: { pool },
  storage,
}: {
  readonly database: Database;
  readonly storage: ImageStorage;
}): Originals {
  const looking = createLimiter(LOOKS_AT_ONCE);

  const note = async (reference: ReferenceRow, look: Look) => {
    if (look.state === reference.state && look.stamp === reference.stamp) return;
    await updateReference(pool, reference, { ...look, path: reference.path });
  };

  return {
    async read(image) {
      const [reference] = image.isReferenced === false ? [] : await findReferences(pool, [image.id]);
      if (reference === undefined)
        return { bytes: await storage.originals.read(image.sha256), isReferenced: false };
      const { look, bytes } = await looking(() => readReferenced(reference));
      await note(reference, look);
      return { bytes: bytes ?? (await storage.originals.read(image.sha256)), isReferenced: true };
    },

    async open(image, range) {
      const [reference] = await findReferences(pool, [image.id]);
      if (reference === undefined) return storage.originals.open(image.sha256, range);
      const { look, stream } = await looking(() => openReferenced(reference, range));
      try {
        await note(reference, look);
      } catch (error) {
        stream?.destroy();
        throw error;
      }
      // A crash while a copy was added may have left one beside the reference.
      const sent = stream ?? (await storage.originals.open(image.sha256, range));
      if (sent === undefined) throw unavailable(look.state);
      return sent;
    },

    async referenceStates(ids) {
      const references = ids.length === 0 ? [] : await findReferences(pool, ids);
      const states = await Promise.all(
        references.map((reference) =>
          looking(async () => {
            const look = await lookAt(reference);
            await note(reference, look);
            return [reference.imageId, look.state] as const;
          }),
        ),
      );
      return new Map(states);
    },
  };
}

/** Says nothing of where the file lies: clients have no business with paths of the server. */
function unavailable(state: ReferenceState): RequestError {
  return state === 'CHANGED'
    ? new RequestError(
        'ORIGINAL_CHANGED',
        'The original was indexed where it lay and never copied, and its file has other content by now. Thumbnails and search go on working. ' +
          'Whoever operates the server can bring the old file back, or add it again.',
      )
    : new RequestError(
        'ORIGINAL_MISSING',
        'The original was indexed where it lay and never copied, and its file is gone or cannot be read now. Thumbnails and search go on working. ' +
          'Whoever operates the server can put it back, or run `pictograph ingest --by-reference` where it lies now.',
      );
}
