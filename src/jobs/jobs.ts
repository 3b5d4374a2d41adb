import type { CollectionSlice } from '../db/model-jobs.js';

/** What happens in the background, by name of the task. */
export interface Tasks {
  /**
   * Embeds one image.
   *
   * @param attempt from 1
   * @param lastAttempt whether a failure now is final, so that it must be recorded on the image
   */
  process_image(payload: { imageId: number }, attempt: number, lastAttempt: boolean): Promise<void>;
  /** Looks for near duplicates of some of the images that wait for it. A runner that has no such task leaves it to others. */
  readonly find_duplicates?: () => Promise<void>;
  /**
   * Classifies some of the images that a label set's newest version has not classified yet.
   *
   * @param lastAttempt whether a failure now is final, so that it must be recorded on the set
   */
  readonly classify_label_set?: (payload: { labelSetId: number }, lastAttempt: boolean) => Promise<void>;
  /**
   * Embeds some images of a part of the collection with a model that need not be the active one, and queues the rest.
   *
   * @param lastAttempt whether nothing tries again what fails now
   */
  readonly embed_collection?: (payload: CollectionSlice, lastAttempt: boolean) => Promise<void>;
  /** Deletes what a retired model leaves. */
  readonly clear_model?: (payload: { modelId: number }) => Promise<void>;
}

/** Runs background work of this process; any number of processes share one PostgreSQL. */
export interface JobRunner {
  /** Waits for the running jobs; jobs that did not run stay queued in the database. */
  stop(): Promise<void>;
}
