import type { ImageDetails } from '../images/images.js';

/** A file to take into the collection. */
export interface IngestFile {
  readonly path: string;
  /** Named by somebody or with an image's extension: when it is no image it is rejected, otherwise only skipped. */
  readonly expected: boolean;
  /** To be indexed where it lies, without a copy. */
  readonly byReference?: boolean;
  readonly details?: ImageDetails;
  /** The line of the manifest that names it. */
  readonly line?: number;
}

interface IngestUrl {
  readonly url: string;
  readonly details?: ImageDetails;
  readonly line?: number;
}

/** What was found but cannot be taken: told like a file, so that nothing is left out in silence. */
export interface Unusable {
  readonly source: string;
  readonly outcome: 'skipped' | 'rejected';
  readonly code: string;
  readonly message: string;
  readonly line?: number;
}

export type IngestItem = IngestFile | IngestUrl | Unusable;

/**
 * What became of one source, as `--report` and `--json` write it:
 *
 * - `added`: it is in the collection now; `duplicate`: its bytes were there already.
 * - `rejected`: something is wrong with it, and trying again does not help until that is mended.
 * - `failed`: nothing is wrong with it as far as is known; running the command again tries it again.
 * - `skipped`: no image, and nobody said that it was.
 * - `deleted`: its file vanished from a folder that is watched with `--delete`, or has other content now.
 */
export interface IngestOutcome {
  readonly source: string;
  readonly line?: number;
  readonly outcome: 'added' | 'duplicate' | 'rejected' | 'failed' | 'skipped' | 'deleted';
  /** The image in the collection, where there is one. */
  readonly id?: number;
  readonly code?: string;
  readonly message?: string;
}

/** The name of an item in reports. */
export function sourceOf(item: IngestItem): string {
  if ('source' in item) return item.source;
  return 'path' in item ? item.path : item.url;
}
