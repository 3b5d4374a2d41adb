import { createHash } from 'node:crypto';
import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { findQueryImages } from '../db/image-embeddings.js';
import { RequestError } from '../errors.js';
import { checkComposition, inTerm, placed, weightedDirection, type TermPath } from './combine.js';
import { encodeFile } from './encode-file.js';
import { normaliseText } from './normalise-text.js';
import { createRecent } from './recent.js';
import type { PlainQuery, Query } from './search.js';
import { fillTemplates, parseTemplates } from './templates.js';
import type { TextEmbeddings } from './text-embeddings.js';
import { meanDirection, unitVector } from './unit-vector.js';

/** What a query comes down to. */
export interface QueryVector {
  /** A unit vector of the model. */
  readonly vector: Float32Array;
  /** Tells this query from others: equal for the same query, today and tomorrow. */
  readonly identity: Uint8Array;
}

/** A plain query within a composed one, or by itself. */
interface Leaf {
  readonly query: PlainQuery;
  readonly path: TermPath;
}
type LeafOf<K extends PlainQuery['kind']> = Leaf & { readonly query: Extract<PlainQuery, { kind: K }> };
type Found = readonly (readonly [Query, QueryVector])[];

/** A few pages of a few users; 256 vectors of 512 dimensions are half a megabyte. */
const REMEMBERED_FILES = 256;

/**
 * Turns queries into unit vectors: one statement for all images of a query, one encoding of all its texts.
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

  async function ofTexts(leaves: readonly LeafOf<'text' | 'prompts'>[]): Promise<Found> {
    if (leaves.length === 0) return [];
    const prompts = leaves.map(({ query, path }) => inTerm(path, () => promptsOf(query)));
    const embeddings = await textEmbeddings.embed(prompts.flat());
    let start = 0;
    return leaves.map(({ query }, index) => {
      const end = start + (prompts[index]?.length ?? 0);
      const [first, ...others] = embeddings.slice(start, end);
      start = end;
      if (first === undefined) throw new Error('No vector for a text.');
      return [query, identified(others.length === 0 ? first : meanDirection([first, ...others]))];
    });
  }

  async function ofImages(leaves: readonly LeafOf<'image'>[]): Promise<Found> {
    const ids = leaves.map(({ query }) => query.id).filter(Number.isSafeInteger);
    const images =
      ids.length === 0 ? new Map<never, never>() : await findQueryImages(database.pool, model.id, ids);
    return leaves.map(({ query, path }) => {
      const image = images.get(query.id);
      if (image === undefined) {
        const message = 'There is no image with this id. It may have been deleted.';
        throw placed(new RequestError('NOT_FOUND', message), path);
      }
      const { status, embedding } = image;
      if (embedding === undefined) throw placed(new RequestError('IMAGE_NOT_READY', NOT_READY[status]), path);
      return [query, identified(embedding)];
    });
  }

  async function ofFiles(leaves: readonly LeafOf<'file'>[]): Promise<Found> {
    const encoding = new Map<string, Promise<Float32Array>>();
    return Promise.all(
      leaves.map(async ({ query, path }) => {
        const identity = createHash('sha256').update(query.bytes).digest();
        const key = identity.toString('hex');
        const known = files.get(key);
        const embedding =
          encoding.get(key) ?? (known ? Promise.resolve(known) : encodeFile(encoder, query.bytes));
        encoding.set(key, embedding);
        const vector = await embedding.catch((error: unknown) => {
          throw placed(error, path);
        });
        files.set(key, vector);
        return [query, { vector, identity }] as const;
      }),
    );
  }

  function ofVectors(leaves: readonly LeafOf<'vector'>[]): Found {
    return leaves.map(({ query, path }) => [
      query,
      identified(inTerm(path, () => parseVectorQuery(query.vector, model.dimensions))),
    ]);
  }

  return async (query) => {
    checkComposition(query, termsOf);
    const leaves = leavesOf(query, []);
    // First what needs no encoder: a mistake is found before work is done for nothing.
    const vectors = ofVectors(leaves.filter(isOf('vector')));
    const images = await ofImages(leaves.filter(isOf('image')));
    const encoded = await Promise.all([
      ofTexts(leaves.filter(isOf('text', 'prompts'))),
      ofFiles(leaves.filter(isOf('file'))),
    ]);
    return compose(query, new Map([...vectors, ...images, ...encoded.flat()]), []);
  };
}

function termsOf(query: Query) {
  return query.kind === 'combine' ? query.terms : undefined;
}

function leavesOf(query: Query, path: TermPath): Leaf[] {
  if (query.kind !== 'combine') return [{ query, path }];
  return query.terms.flatMap((term, index) => leavesOf(term.query, [...path, index]));
}

function isOf<K extends PlainQuery['kind']>(...kinds: readonly K[]) {
  const wanted: ReadonlySet<string> = new Set(kinds);
  return (leaf: Leaf): leaf is LeafOf<K> => wanted.has(leaf.query.kind);
}

function promptsOf(query: LeafOf<'text' | 'prompts'>['query']): string[] {
  if (query.kind === 'text') return [normaliseText(query.text, 'The query')];
  return fillTemplates(parseTemplates(query.templates), normaliseText(query.label, 'The label'));
}

/** @param found has every plain query that the query is made of */
function compose(query: Query, found: ReadonlyMap<Query, QueryVector>, path: TermPath): QueryVector {
  if (query.kind !== 'combine') {
    const vector = found.get(query);
    if (vector === undefined) throw new Error('A part of the query has no vector.');
    return vector;
  }
  const terms = query.terms.map((term, index) => ({
    weight: term.weight,
    ...compose(term.query, found, [...path, index]),
  }));
  const identity = createHash('sha256').update('combine');
  for (const term of terms) {
    identity.update(`\0${term.weight}:${term.identity.byteLength}:`).update(term.identity);
  }
  return { vector: weightedDirection(terms, path), identity: identity.digest() };
}

const NOT_READY = {
  PENDING:
    'The image has not been processed yet. Wait until its status is READY: watch `Image.status`, or subscribe to `imageProcessed`.',
  FAILED:
    'The image could not be processed, so nothing can be compared with it. `Image.failure` says why; `retryFailedImages` tries again.',
  READY: 'The image has no embedding of the active model, so nothing can be compared with it.',
} as const;

/** A unit vector that tells its query by itself. */
export function identified(vector: Float32Array): QueryVector {
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
