import type { Readable } from 'node:stream';
import type { ByteRange } from './file-store.js';
import type { ImageFilter } from '../db/image-filter.js';
import type { ReferenceState } from '../db/image-references.js';
import type { ImageState } from '../db/image-status.js';
import type { GeoPoint, ImageRow } from '../db/images.js';

/** Where an image's bytes come from. */
export type ByteSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'base64'; readonly base64: string }
  | { readonly kind: 'stream'; readonly filename: string | undefined; readonly open: () => Promise<Readable> }
  /** Only of the command line: a client must never name a path. By reference: the file is not copied. */
  | { readonly kind: 'file'; readonly path: string; readonly byReference?: boolean };

/** What people say about an image. */
export interface ImageDetails {
  readonly filename?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: unknown;
  /** When added: left out, the file's own time and place count. */
  readonly takenAt?: Date | null | undefined;
  readonly location?: GeoPoint | null | undefined;
}

export type RejectionCode =
  | 'EMPTY'
  | 'UNSUPPORTED'
  | 'UNREADABLE'
  | 'TOO_LARGE'
  | 'URL_REFUSED'
  | 'URL_FAILED'
  | 'UPLOAD_INCOMPLETE'
  | 'INVALID_INPUT';

/** A source that is not accepted; the message says what was wrong, what is allowed and what to do. */
export class RejectedImageError extends Error {
  override readonly name = 'RejectedImageError';

  constructor(
    readonly code: RejectionCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type AddResult =
  | (Added & { readonly outcome: 'accepted' | 'duplicate' })
  | { readonly outcome: 'rejected'; readonly code: RejectionCode; readonly message: string };

export interface Added {
  readonly image: ImageRow;
  /** Of a file that is referred to: images that it was before it changed. Left out where there are none. */
  readonly previousIds?: readonly number[];
  /** Of a file that is referred to: the image's file lay elsewhere before. */
  readonly hasMoved?: boolean;
}

type UpdateResult =
  | { readonly outcome: 'updated'; readonly image: ImageRow }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'invalid'; readonly field: string; readonly message: string };

export type ImageOrderField = 'CREATED_AT' | 'UPDATED_AT' | 'TAKEN_AT' | 'FILENAME' | 'BYTE_SIZE';

export interface ImageListRequest {
  readonly filter: ImageFilter;
  readonly orderBy: { readonly field: ImageOrderField; readonly direction: 'ASC' | 'DESC' };
  /** From 1 to 100. */
  readonly limit: number;
  /** Counted from the start of the order, or from its end. */
  readonly from: 'start' | 'end';
  readonly after?: ImagePosition | undefined;
  readonly before?: ImagePosition | undefined;
}

/** A place in an order: the value ordered by, and the id that breaks ties. */
export interface ImagePosition {
  readonly key: string | number | null;
  readonly id: number;
}

export interface ImagePage {
  /** In the order asked for, whichever end they were counted from. */
  readonly images: readonly ImageRow[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Everything that can be done with the images of the collection. */
export interface Images {
  /** Stores the original and the row, and queues processing. Never throws for a bad source: that is a result. */
  add(source: ByteSource, details: ImageDetails): Promise<AddResult>;
  update(id: number, changes: ImageDetails): Promise<UpdateResult>;
  delete(ids: readonly number[]): Promise<{ deleted: readonly number[] }>;
  /** @returns how many FAILED images went back to PENDING */
  retryFailed(ids: readonly number[] | undefined): Promise<number>;
  /** One statement. Unknown ids are missing from the map. */
  byIds(ids: readonly number[]): Promise<ReadonlyMap<number, ImageRow>>;
  /** `byIds` for whoever waits until images are READY or FAILED, and asks often. */
  statesOf(ids: readonly number[]): Promise<ReadonlyMap<number, ImageState>>;
  list(request: ImageListRequest): Promise<ImagePage>;
  count(filter: ImageFilter): Promise<number>;
  /** At most `limit` images in random order; the same seed always gives the same order, none another each time. */
  random(filter: ImageFilter, limit: number, seed?: number): Promise<readonly ImageRow[]>;
  stats(): Promise<CollectionCounts>;
  /** The place of a row in an order: what a cursor carries. */
  positionOf(image: ImageRow, field: ImageOrderField): ImagePosition;
  /** Reads a source's bytes without storing anything, under the same rules and limits as `add`.
   *  @throws RejectedImageError */
  read(source: ByteSource): Promise<Uint8Array>;
  /** Which of these images are only referred to, and what a look at their files found. */
  referenceStates(ids: readonly number[]): Promise<ReadonlyMap<number, ReferenceState>>;
  /** The original; undefined when there is no such image. */
  original(sha256: string): Promise<StoredBytes | undefined>;
  /** A thumbnail, made when it is first asked for; undefined when there is no such image, or none can be made of it. */
  thumbnail(sha256: string, width: ThumbnailWidth, format: ThumbnailFormat): Promise<Buffer | undefined>;
  /** Ids of images as they become READY or FAILED in any process, until the signal aborts. */
  processed(signal?: AbortSignal): AsyncIterableIterator<number>;
  /** How far the collection is with what was added. */
  progress(): Promise<IngestProgress>;
  /** The progress now, and again when it has changed, at most once a second, until the signal aborts. */
  watchProgress(signal: AbortSignal): AsyncIterable<IngestProgress>;
}

/** How far the collection is with what was added, in every process together. */
export interface IngestProgress {
  readonly pending: number;
  readonly ready: number;
  readonly failed: number;
  /** Of those pending: a worker has them in hand. */
  readonly running: number;
  /** READY or FAILED, over the last half minute. */
  readonly imagesPerSecond: number;
  /** Null when nothing was finished lately, so that nobody can tell. */
  readonly secondsLeft: number | null;
  /** When this was counted. */
  readonly updatedAt: Date;
}

/** Counts over the whole collection. */
export interface CollectionCounts {
  readonly images: number;
  readonly pending: number;
  readonly ready: number;
  readonly failed: number;
  /** Bytes of all originals. */
  readonly bytes: number;
  /** Texts whose embeddings are stored, under the active model. */
  readonly texts: number;
}

/** A file as it is sent. */
export interface StoredBytes {
  readonly mediaType: string;
  readonly size: number;
  /**
   * @param range without it, all of it
   * @returns undefined when the file is missing
   * @throws RequestError ORIGINAL_MISSING, ORIGINAL_CHANGED of a file that is only referred to
   */
  open(range?: ByteRange): Promise<Readable | undefined>;
}

/** Widths that thumbnails are made in, in pixels: few, so that nobody can fill the disk by asking for all. */
export const THUMBNAIL_WIDTHS = [80, 160, 240, 320, 480, 640, 960, 1280, 1920] as const;
export type ThumbnailWidth = (typeof THUMBNAIL_WIDTHS)[number];
export const THUMBNAIL_FORMATS = ['webp', 'jpeg'] as const;
export type ThumbnailFormat = (typeof THUMBNAIL_FORMATS)[number];
