import type { ExportedImage } from '../../db/export.js';

/** Writes images in one format, batch by batch: nothing of a batch is held once the next one comes. */
export interface ExportWriter {
  write(images: readonly ExportedImage[]): Promise<void> | void;
  /** Writes what comes at the end, and makes the files appear under their names. */
  finish(): Promise<void>;
  /** Removes what was written. */
  abandon(): Promise<void>;
}
