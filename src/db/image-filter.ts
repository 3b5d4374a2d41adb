import type { ImageStatus } from './images.js';

/** Conditions on images; all that are given must hold. An empty list of alternatives matches nothing. */
export interface ImageFilter {
  readonly ids?: readonly number[];
  readonly status?: readonly ImageStatus[];
  readonly tagsAll?: readonly string[];
  readonly tagsAny?: readonly string[];
  readonly tagsNone?: readonly string[];
  readonly mediaType?: readonly string[];
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
}
