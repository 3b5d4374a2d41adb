import type { Metadata } from 'sharp';

/** What identifies a model, and what one must know to use its embeddings. */
export interface ModelCard {
  /** A name of the Hugging Face hub, or the folder's name. */
  readonly name: string;
  /** What it was loaded from and can be loaded from again: the hub's name or the folder's absolute path. */
  readonly source: string;
  /** The hub's revision, or `local`. */
  readonly revision: string;
  readonly dtype: string;
  /** Length of an embedding. */
  readonly dimensions: number;
  /** What similarities are multiplied with before softmax: 100 for OpenAI's CLIP. */
  readonly logitScale: number;
  /** SHA-256, in hexadecimal, over the files that were loaded, the dtype and the version of the preprocessing. */
  readonly fingerprint: string;
}

/** A picture as one model takes it. */
export class ModelPicture {
  /**
   * @param fingerprint of the model
   * @param pixels `height × width × 3` bytes of the model's picture size
   */
  constructor(
    readonly fingerprint: string,
    readonly pixels: Uint8Array,
  ) {}
}

/** What comes of a file that is decoded once. */
export interface DecodedPicture {
  readonly forModel: ModelPicture;
  /** For whoever wants it small: upright, red, green and blue. Several times as large as the model takes it. */
  readonly rgb: { readonly data: Uint8Array; readonly width: number; readonly height: number };
}

/**
 * Turns texts and images into unit vectors of one embedding space. Never blocks the event loop: the towers run in
 * worker threads, concurrent calls are gathered into batches, and texts have a thread of their own, so that a search
 * never waits behind a bulk ingest.
 */
export interface Encoder {
  readonly card: ModelCard;

  /** Resolves when both towers accept work; rejects when they cannot be brought back after a crash. */
  ready(): Promise<void>;

  /**
   * @param texts at least one character each; what exceeds the model's context is cut
   * @returns one unit vector (L2 norm 1, `card.dimensions` long) a text, in order
   * @throws RequestError UNAVAILABLE when a tower crashed or the encoder is closing
   */
  encodeTexts(texts: readonly string[]): Promise<Float32Array[]>;

  /**
   * @param pictures whole image files (JPEG, PNG, …), or what `decode` made of them
   * @returns one unit vector an image, in order
   * @throws UnreadableImageError when a file cannot be decoded; the others of the call are lost with it, so callers
   *   that want each image judged by itself pass one a call: calls are batched anyway
   * @throws RequestError UNAVAILABLE when a tower crashed or the encoder is closing
   */
  encodeImages(pictures: readonly (Uint8Array | ModelPicture)[]): Promise<Float32Array[]>;

  /**
   * Decodes a file once for the model and for a smaller picture. To be called where there is room for its pixels (`withRoomFor`).
   *
   * @param header what sharp says of the file; its limits are checked already
   * @param width what the smaller picture is to be wide, in pixels
   * @returns undefined where the two need pixels of their own: for a colour profile, which the model ignores and people do not, for
   *   transparency, or because the model's picture is smaller
   * @throws UnreadableImageError
   */
  decode(file: Uint8Array, header: Metadata, width: number): Promise<DecodedPicture | undefined>;

  /** Finishes what is running, refuses what is new, ends the threads. */
  close(): Promise<void>;
}

/** The bytes are no image that can be decoded: trying again would not help. */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';
}
