import type { Dtype } from '../config.js';
import type { Search } from '../search/search.js';

/** A model to be loaded for the first time, or again. */
export interface RegisterRequest {
  /** The bundled model's name, or a name of the hub; of the command line a folder, too. */
  readonly source: string;
  readonly revision: string;
  readonly dtype: Dtype;
  /** Instead of the one that the model's configuration tells. */
  readonly logitScale?: number | undefined;
  /** Whether `source` may be any folder: never for a client, who has no business with paths of the server. */
  readonly allowFolder: boolean;
}

export type RefusalCode = 'HUB_UNREACHABLE' | 'NOT_FOUND' | 'DOWNLOAD_INCOMPLETE' | 'UNUSABLE';

export type RegisterResult =
  | { readonly outcome: 'registered'; readonly modelId: number }
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly message: string };

export type ActivateResult =
  | {
      readonly outcome: 'activated';
      readonly previousId: number | undefined;
      /** What to do before the next start; undefined when nothing has to be done. */
      readonly notice: string | undefined;
    }
  | { readonly outcome: 'not-found' }
  /** `failed` of those that are missing cannot be embedded. */
  | {
      readonly outcome: 'incomplete';
      readonly missing: number;
      readonly failed: number;
      readonly message: string;
    }
  | { readonly outcome: 'unavailable'; readonly message: string };

export type StopResult = 'stopped' | 'not-found' | 'active';

/** How far a model is with the collection, in every process together. */
export interface ModelProgress {
  /** READY images: what has to be embedded. */
  readonly total: number;
  readonly embedded: number;
  /** Images that the model cannot embed. */
  readonly failed: number;
  /** Whether every READY image has an embedding of the model. */
  readonly complete: boolean;
  /** Of the background job, over the last half minute. */
  readonly imagesPerSecond: number;
  /** 0 when nothing waits, null when nobody can tell. */
  readonly secondsLeft: number | null;
  readonly updatedAt: Date;
}

/** What two models are compared by: texts, or so many images of the collection, drawn at random. */
export type OverlapQueries = { readonly texts: readonly string[] } | { readonly sample: number };

export interface OverlapRequest {
  readonly a: number;
  readonly b: number;
  readonly queries: OverlapQueries;
  /** How many of the nearest images are compared. */
  readonly k: number;
}

/** What two models find for one query. */
export interface QueryOverlap {
  readonly text: string | undefined;
  readonly imageId: number | undefined;
  /** Of the images that either found, the longer list counted: how many both found, from 0 to 1. */
  readonly overlap: number;
  readonly both: readonly number[];
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
}

/** The models of a collection, beside the one that searches use. */
export interface Models {
  /** Downloads and verifies a model, and has the collection embedded with it in the background. */
  register(request: RegisterRequest, signal?: AbortSignal): Promise<RegisterResult>;
  /** @param failImages images that the model could not embed become FAILED, instead of being in the way */
  activate(id: number, failImages: boolean): Promise<ActivateResult>;
  /** No more images are embedded with it; what it has stays. */
  pause(id: number): Promise<StopResult>;
  /** Its embeddings and its index are deleted, in the background. */
  retire(id: number): Promise<StopResult>;
  /** In one statement; unknown ids are missing from the map. */
  progress(ids: readonly number[]): Promise<ReadonlyMap<number, ModelProgress>>;
  /**
   * The progress now, and again when it has changed, at most once a second, until the signal aborts. Ends when the model is gone.
   */
  watchProgress(id: number, signal: AbortSignal): AsyncIterable<ModelProgress>;
  /**
   * Searches by the embeddings of any model.
   *
   * @throws RequestError NOT_FOUND when there is no such model, or it has no embeddings
   */
  searchBy(id: number): Promise<Search>;
  /** @throws RequestError as `searchBy` and `Search.search` do */
  overlap(request: OverlapRequest): Promise<readonly QueryOverlap[]>;
}
