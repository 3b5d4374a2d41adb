import type { ImagePolicy, Limits } from '../config.js';
import type { Database } from '../db/database.js';
import { reopenFailedImages } from '../db/image-status.js';
import { findImageBySha256, insertImage, lockContents, type NewImage } from '../db/images.js';
import { messageOf } from '../errors.js';
import { enqueueImages } from '../jobs/queue.js';
import type { Logger } from '../log.js';
import { sha256Of } from './content-hash.js';
import { checkDetails, fitDetails, InvalidDetailError, type CheckedDetails } from './details.js';
import { NO_METADATA, type EmbeddedMetadata } from './embedded-metadata.js';
import { erasePlace, tellsPlace } from './erase-place.js';
import type { HandedOver } from './handed-over.js';
import { RejectedImageError, type AddResult, type ByteSource, type ImageDetails } from './images.js';
import { inspectAndShrink } from './inspect.js';
import { followReference, forgetContent, keepReference, refuseToReferToPlace } from './keep-reference.js';
import { perceptualHash } from './perceptual-hash.js';
import type { ReadMetadata } from './read-metadata.js';
import { filenameOfSource, type SourceReader } from './read-source.js';
import type { FoundFile } from './referenced-file.js';
import type { ImageStorage } from './storage.js';
import { FIRST_WIDTH, type SmallPicture } from './thumbnails.js';

export interface AddImageDependencies {
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly reader: SourceReader;
  readonly readMetadata: ReadMetadata;
  readonly limits: Limits;
  readonly policy: ImagePolicy;
  readonly jobMaxAttempts: number;
  readonly handedOver?: HandedOver;
  readonly log: Logger;
}

/** See `Images.add`: the original first, then row and job in one transaction, so that neither is ever without it. */
export function createAddImage(dependencies: AddImageDependencies) {
  const { reader, limits, policy, handedOver } = dependencies;

  /** @param file where the bytes lie and are to stay; undefined: they are kept */
  const addBytes = async (
    given: Buffer,
    filename: string | null,
    checked: CheckedDetails,
    file?: FoundFile,
  ): Promise<AddResult> => {
    // The content that is stored is the content that has the hash.
    const bytes = policy.keepGps || file !== undefined ? given : erasePlace(given);
    const contents = [bytes, ...(bytes.equals(given) ? [] : [given])];
    const [sha256 = '', ...others] = await Promise.all(contents.map(sha256Of));
    for (const hash of [sha256, ...others]) {
      const known = await findIntact(dependencies, hash, bytes.length, file);
      if (known !== undefined) return known;
    }
    if (!policy.keepGps && file !== undefined) refuseToReferToPlace(bytes);
    const pictures = await inspectAndShrink(bytes, limits, policy, handedOver?.taker);
    const { inspection, small, forModel } = pictures;
    const described = toStore(checked, await readOf(dependencies, bytes));
    const hash = await perceptualHash(small);
    const image = {
      ...described,
      ...inspection,
      filename,
      sha256,
      byteSize: bytes.length,
      perceptualHash: hash,
    };
    // Before the row: once it is there, a worker may come for it at any moment.
    if (forModel !== undefined) handedOver?.keep(sha256, forModel);
    const added = await store(dependencies, image, bytes, file);
    // After the row: whatever happens in between, no thumbnail is left of an image that there never was.
    if (added.outcome === 'accepted') await keepThumbnail(dependencies, sha256, small);
    return added;
  };

  return async (source: ByteSource, details: ImageDetails): Promise<AddResult> => {
    try {
      const checked = checkDetails(details);
      const filename = checked.filename === undefined ? filenameOfSource(source) : checked.filename;
      return source.kind === 'file' && source.byReference === true
        ? await reader.withReference(source.path, (bytes, file) => addBytes(bytes, filename, checked, file))
        : await reader.withBytes(source, (bytes) => addBytes(bytes, filename, checked));
    } catch (error) {
      if (error instanceof RejectedImageError) {
        return { outcome: 'rejected', code: error.code, message: error.message };
      }
      if (error instanceof InvalidDetailError) {
        return { outcome: 'rejected', code: 'INVALID_INPUT', message: error.message };
      }
      throw error;
    }
  };
}

/** @throws RejectedImageError UNSUPPORTED when places are not to be kept, and this one's could not be erased */
async function readOf(
  { readMetadata, policy }: AddImageDependencies,
  bytes: Uint8Array,
): Promise<EmbeddedMetadata> {
  const found = await readMetadata(bytes);
  // A place that could not be read may be there.
  if (!policy.keepGps && (found?.location !== null || (await tellsPlace(bytes)))) {
    throw new RejectedImageError(
      'UNSUPPORTED',
      'The file says where it was taken, in a form that cannot be erased here, and places are not kept (KEEP_GPS=false). ' +
        'Remove the place from its metadata, or save the image anew without metadata.',
    );
  }
  return found ?? NO_METADATA;
}

/** What people say goes before what the file says of itself. */
function toStore(
  details: CheckedDetails,
  embedded: EmbeddedMetadata,
): Pick<NewImage, 'title' | 'tags' | 'metadata' | 'takenAt' | 'location' | 'camera'> {
  const found = fitDetails(embedded);
  const { title, tags = [], metadata = '{}', takenAt, location } = details;
  return {
    title: title === undefined ? found.title : title,
    tags: tags.length === 0 ? found.tags : tags,
    metadata,
    takenAt: takenAt === undefined ? embedded.takenAt : takenAt,
    location: location === undefined ? embedded.location : location,
    camera: embedded.camera,
  };
}

/** The image with these bytes when nothing has to be done about it: spares decoding and writing them again. */
async function findIntact(
  { database: { pool }, storage }: AddImageDependencies,
  sha256: string,
  byteSize: number,
  file: FoundFile | undefined,
): Promise<AddResult | undefined> {
  const image = await findImageBySha256(pool, sha256);
  if (image === undefined || image.status === 'FAILED') return undefined;
  const isKept = await storage.originals.isWhole(sha256, byteSize);
  if (file === undefined) return isKept ? { outcome: 'duplicate', image } : undefined;
  const followed = isKept ? await forgetContent(pool, image, file) : await followReference(pool, image, file);
  return followed && { outcome: 'duplicate', image, ...followed };
}

async function store(
  { database, storage, jobMaxAttempts }: AddImageDependencies,
  image: NewImage,
  bytes: Uint8Array,
  file: FoundFile | undefined,
): Promise<AddResult> {
  const { originals } = storage;
  const staged = file === undefined ? await originals.stage(image.sha256, bytes, image.mediaType) : undefined;
  try {
    return await database.transaction(async (client) => {
      // Whoever deletes the same content at this moment must not remove the file that is placed here.
      await lockContents(client, [image.sha256]);
      await staged?.place();
      for (;;) {
        const added = await insertImage(client, image);
        if (added !== undefined) {
          // A new image has no reference that would have to go.
          const kept = file === undefined ? {} : await keepReference(client, added, file);
          await enqueueImages(client, [added.id], jobMaxAttempts);
          return { outcome: 'accepted', image: added, ...kept };
        }
        const present = await findImageBySha256(client, image.sha256);
        // Deleted between the two statements; nobody else can add it now, so the next insert succeeds.
        if (present === undefined) continue;
        const isKept = file !== undefined && (await originals.isWhole(image.sha256, image.byteSize));
        const kept = await keepReference(client, present, isKept ? undefined : file);
        const reopened = await reopenFailedImages(client, { ids: [present.id] });
        if (reopened.length === 0) return { outcome: 'duplicate', image: present, ...kept };
        await enqueueImages(client, reopened, jobMaxAttempts);
        const again = await findImageBySha256(client, image.sha256);
        return { outcome: 'duplicate', image: again ?? present, ...kept };
      }
    });
  } finally {
    await staged?.discard();
  }
}

/** So that nobody waits for it later. Where it fails, it is tried again when someone asks for it: the image is there. */
async function keepThumbnail(
  { storage: { thumbnails }, log }: AddImageDependencies,
  sha256: string,
  small: SmallPicture,
): Promise<void> {
  try {
    await thumbnails.keep(sha256, FIRST_WIDTH, 'webp', small);
  } catch (error) {
    log.warn({ err: error, sha256 }, `a thumbnail could not be kept: ${messageOf(error)}`);
  }
}
