import { createHash } from 'node:crypto';
import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { findQueryImage } from '../db/image-embeddings.js';
import { RequestError } from '../errors.js';
import { encodeFile } from './encode-file.js';
import { normaliseText } from './normalise-text.js';
import { createRecent } from './recent.js';
import type { Query } from './search.js';
import type { TextEmbeddings } from './text-embeddings.js';
import { unitVector } from './unit-vector.js';

/** What a query comes down to. */
export interface QueryVector {
  /** A unit vector of the model. */
  readonly vector: Float32Array;
  /** Tells this query from others: equal for the same query, today and tomorrow. */
  readonly identity: Uint8Array;
}

/** A few pages of a few users; 256 vectors of 512 dimensions are half a megabyte. */
const REMEMBERED_FILES = 256;

/**
 * Turns queries into unit vectors.
 *
 * @returns a function that throws RequestError BAD_USER_INPUT, NOT_FOUND, IMAGE_NOT_READY or UNAVAILABLE
 */
export function createQueryVectors(dependencies: {
  readonly database: Database;
  readonly encoder: Encoder;
  readonly textEmbeddings: TextEmbeddings;
  readonly model: { readonly id: number; readonly dimensions: number };
}): (query: Query) => Promise<QueryVector> {
  const { database, encoder, textEmbeddings, model } = dependencies;
  // A model of 8-bit weights gives a file a slightly other vector each time, which would move a listing under its
  // reader from page to page.
  const files = createRecent<string, Float32Array>(REMEMBERED_FILES);

  async function ofFile(bytes: Uint8Array): Promise<QueryVector> {
    const identity = createHash('sha256').update(bytes).digest();
    const key = identity.toString('hex');
    const vector = files.get(key) ?? (await encodeFile(encoder, bytes));
    files.set(key, vector);
    return { vector, identity };
  }

  async function ofImage(id: number): Promise<Float32Array> {
    const image = Number.isSafeInteger(id) ? await findQueryImage(database.pool, model.id, id) : undefined;
    if (image === undefined) {
      throw new RequestError('NOT_FOUND', 'There is no image with this id. It may have been deleted.');
    }
    if (image.embedding !== undefined) return image.embedding;
    throw new RequestError('IMAGE_NOT_READY', NOT_READY[image.status]);
  }

  return async (query) => {
    switch (query.kind) {
      case 'text': {
        const [vector] = await textEmbeddings.embed([normaliseText(query.text, 'The query')]);
        if (vector === undefined) throw new Error('No vector for a text.');
        return identified(vector);
      }
      case 'image':
        return identified(await ofImage(query.id));
      case 'file':
        return ofFile(query.bytes);
      case 'vector':
        return identified(parseVectorQuery(query.vector, model.dimensions));
    }
  };
}

const NOT_READY = {
  PENDING:
    'The image has not been processed yet. Wait until its status is READY: watch `Image.status`, or subscribe to `imageProcessed`.',
  FAILED:
    'The image could not be processed, so nothing can be compared with it. `Image.failure` says why; `retryFailedImages` tries again.',
  READY: 'The image has no embedding of the active model, so nothing can be compared with it.',
} as const;

function identified(vector: Float32Array): QueryVector {
  return { vector, identity: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength) };
}

function parseVectorQuery(values: readonly number[], dimensions: number): Float32Array {
  if (values.length !== dimensions) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `The query vector has ${values.length} numbers; embeddings of the active model have ${dimensions}.`,
    );
  }
  const vector = unitVector(values);
  if (vector === undefined) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'The query vector has no direction: all of its numbers are 0, or one is not finite. Give finite numbers, not all 0.',
    );
  }
  return vector;
}
