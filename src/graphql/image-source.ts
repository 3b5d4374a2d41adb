import { PassThrough, Writable, type Readable } from 'node:stream';
import { RequestError } from '../errors.js';
import { isFullDisk } from '../full-disk.js';
import { RejectedImageError, type ByteSource } from '../images/images.js';
import type { Query } from '../search/search.js';
import type { Context } from './context.js';
import type { ImageSource } from './generated/types.js';
import { requireImageId } from './global-ids.js';
import type { UploadedFile } from './scalars.js';

/** The ways of an ImageSource that bring bytes. */
type BytesInput = Exclude<ImageSource, { readonly id: string }>;

/** @throws RejectedImageError when an upload never came */
export async function parseByteSource(input: BytesInput): Promise<ByteSource> {
  if (input.url !== undefined) return { kind: 'url', url: input.url };
  if (input.base64 !== undefined) return { kind: 'base64', base64: input.base64 };
  return uploadSource(await arrived(input.upload));
}

/**
 * The query for an example image. Bytes are read here, under the rules that `addImages` has, and not kept.
 *
 * @throws RequestError BAD_USER_INPUT with the reason when the image is not accepted
 */
export async function readImageQuery(
  input: ImageSource,
  field: string,
  context: Context,
): Promise<Extract<Query, { kind: 'image' | 'file' }>> {
  if (input.id !== undefined) return { kind: 'image', id: requireImageId(input.id, `${field}.id`) };
  context.budget.spend('image files to encode', 1);
  try {
    return { kind: 'file', bytes: await context.images.read(await parseByteSource(input)) };
  } catch (error) {
    if (!(error instanceof RejectedImageError)) throw error;
    throw new RequestError('BAD_USER_INPUT', `\`${field}\` is not accepted: ${error.message}`, {
      cause: error,
    });
  }
}

async function arrived(upload: Promise<UploadedFile>): Promise<UploadedFile> {
  try {
    return await upload;
  } catch (error) {
    throw incomplete(error);
  }
}

function uploadSource(file: UploadedFile): ByteSource {
  return {
    kind: 'stream',
    filename: file.filename === '' ? undefined : file.filename,
    open: () => Promise.resolve(openUpload(file)),
  };
}

/** The file's bytes, with the errors of the multipart parser told in the words of this API. */
function openUpload(file: UploadedFile): Readable {
  const temporary = temporaryFileOf(file);
  let stream: Readable;
  try {
    stream = file.createReadStream();
  } catch (error) {
    throw incomplete(temporary?.errored ?? error);
  }
  const bytes = new PassThrough();
  const fail = (error: Error) => bytes.destroy(incomplete(error));
  if (temporary?.errored) fail(temporary.errored);
  temporary?.once('error', fail);
  stream.once('error', fail);
  bytes.once('close', () => stream.destroy());
  return stream.pipe(bytes);
}

/**
 * The file that the parser writes to and reads from. It keeps it to itself, but when it cannot be written, the stream that
 * it gives out waits for bytes that never come.
 */
function temporaryFileOf(file: UploadedFile): Writable | undefined {
  return 'capacitor' in file && file.capacitor instanceof Writable ? file.capacitor : undefined;
}

function incomplete(error: unknown): RejectedImageError | RequestError {
  if (isFullDisk(error)) {
    return new RequestError(
      'UNAVAILABLE',
      "The server's disk for uploads is full, so nothing was stored. Try again when whoever operates it has made room.",
      { cause: error },
    );
  }
  if (error instanceof Error && 'status' in error && error.status === 413) {
    return new RejectedImageError(
      'TOO_LARGE',
      'The file is larger than uploads may be. Make it smaller, or have MAX_IMAGE_MB raised.',
      { cause: error },
    );
  }
  return new RejectedImageError(
    'UPLOAD_INCOMPLETE',
    'The upload ended before the file was whole. Send it again.',
    { cause: error },
  );
}
