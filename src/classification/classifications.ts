import type { ClassificationRow, DistributionRow, LabelImageRow } from '../db/classifications.js';
import type { ChangedImageRow } from '../db/label-diff.js';
import type { Label } from './label-sets.js';

export type Classification = ClassificationRow;
export type Distribution = DistributionRow;
export type ChangedImage = ChangedImageRow;

/** What stored classification says. Readers see one run of each set: the newest that is whole. */
export interface StoredClassifications {
  /** The classifications of images, by set and rank. One statement. @param setName undefined: of all sets */
  ofImages(
    imageIds: readonly number[],
    setName: string | undefined,
  ): Promise<ReadonlyMap<number, readonly Classification[]>>;
  /** How many images have each label. One statement. */
  imageCounts(labelIds: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** One statement. Sets that have not been classified are missing from the map. */
  distributions(labelSetIds: readonly number[]): Promise<ReadonlyMap<number, Distribution>>;
  /**
   * Pages of labels' images, the highest scores first. One statement for all.
   *
   * @returns one page or RequestError a request, in order: INVALID_CURSOR where the position is none of this list (any more)
   */
  labelImages(requests: readonly LabelImagesRequest[]): Promise<(LabelImages | Error)[]>;
  /** What has changed between two versions; undefined where there is no such version. */
  diff(labelSetId: number, from: number, to: number): Promise<LabelSetDiff | undefined>;
}

export interface LabelImagesRequest {
  readonly labelId: number;
  /** Left out: images that have the label. Given: those that score at least so much. */
  readonly minScore: number | undefined;
  readonly limit: number;
  readonly after: LabelImagePosition | undefined;
}

/** A place in a label's images, and the run that it is a place in: the list goes on in that run as long as it is kept. */
export interface LabelImagePosition {
  readonly labelId: number;
  readonly minScore: number | null;
  readonly runId: number;
  readonly score: number;
  readonly imageId: number;
  /** From 1. */
  readonly rank: number;
}

export interface LabelImages {
  readonly images: readonly (LabelImageRow & { readonly position: LabelImagePosition })[];
  readonly hasNextPage: boolean;
}

/** What has changed between two versions of a set. */
export interface LabelSetDiff {
  readonly labelSetId: number;
  readonly from: number;
  readonly to: number;
  readonly added: readonly Label[];
  readonly removed: readonly Label[];
  /** Labels of both versions that differ in name, prompts or threshold. */
  readonly changed: readonly { readonly before: Label; readonly after: Label }[];
  /** What is not about single labels. */
  readonly settings: readonly SettingChange[];
  /** The runs of both; undefined where not both are kept under the model. */
  readonly runs: { readonly from: number; readonly to: number } | undefined;
  /** How many images have other labels. @throws Error without `runs` */
  countImages(): Promise<number>;
  /** Images that have other labels, by id. @throws Error without `runs` */
  images(afterId: number, limit: number): Promise<readonly ChangedImage[]>;
}

export interface SettingChange {
  readonly setting: 'TEMPLATES' | 'INDEPENDENT' | 'BACKGROUND' | 'THRESHOLD' | 'CALIBRATION';
  readonly before: unknown;
  readonly after: unknown;
}
