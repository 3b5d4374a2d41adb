/**
 * What resolvers get as a parent for each type that is not passed along as the schema draws it: codegen.ts names these.
 */
import type {
  ChangedImage,
  Classification,
  Distribution,
  LabelImages,
  LabelSetDiff,
} from '../classification/classifications.js';
import type { Evaluation } from '../classification/label-feedback.js';
import type { ClassificationProgress, Label, LabelSet, LabelSetPage } from '../classification/label-sets.js';
import type {
  CollectionCounts,
  ImageListRequest,
  ImagePage,
  Images,
  IngestProgress,
} from '../images/images.js';
import type { Vocabulary } from '../classification/vocabularies.js';
import type { ImageCluster, ImageClusters } from '../search/clusters.js';
import type { QueryOverlap } from '../models/models.js';
import type { NewMatch, SavedSearch, SavedSearchPage } from '../search/saved-searches.js';
import type { SearchLog } from '../search/search-log.js';
import type { DuplicateGroup, DuplicateGroups } from '../search/duplicates.js';
import type { Match, ModelSummary, SearchPlan, SearchResult } from '../search/search.js';

export type ImageFilter = ImageListRequest['filter'];
export type ImageOrder = ImageListRequest['orderBy'];

export type ImageParent = Awaited<ReturnType<Images['list']>>['images'][number];
export type ModelParent = ModelSummary;
/** Images by their rows' ids. */
export type QueryOverlapParent = QueryOverlap;
export type SavedSearchParent = SavedSearch;
export type NodeParent = ImageParent | ModelParent | SavedSearchParent | LabelSetParent | LabelParent;
export type SearchLogParent = SearchLog;

export interface ImageConnectionParent {
  readonly page: ImagePage;
  readonly filter: ImageFilter;
  readonly orderBy: ImageOrder;
}

export interface ImageMatchConnectionParent {
  readonly result: SearchResult;
  readonly hasPreviousPage: boolean;
}

export type SearchPlanParent = SearchPlan;

/** A match of a search, or a new one of a saved search, whose place is only looked for when it is asked for. */
export type ImageMatchEdgeParent = { readonly image: ImageParent } & (
  | { readonly match: Match; readonly background?: SearchResult['background'] }
  | { readonly newMatch: NewMatch }
);

export interface SavedSearchConnectionParent {
  readonly page: SavedSearchPage;
  readonly hasPreviousPage: boolean;
}

export interface DuplicateGroupConnectionParent extends DuplicateGroups {
  readonly hasPreviousPage: boolean;
}
export type ImageClustersParent = ImageClusters;
export type ImageClusterParent = ImageCluster;
export type VocabularyParent = Vocabulary;
export type DuplicateGroupParent = DuplicateGroup;

export type CollectionStatsParent = CollectionCounts;
export type IngestProgressParent = IngestProgress;

export interface ImageNotFoundParent {
  /** The id as the client gave it, whatever it was. */
  readonly id: string;
}

export type LabelSetParent = LabelSet;
export type LabelParent = Label;
export type LabelDistributionParent = Distribution;
export type LabelSetDiffParent = LabelSetDiff;
export type ImageLabelChangeParent = ChangedImage & { readonly image: ImageParent };
export type ClassificationParent = Classification;
export type ClassificationProgressParent = ClassificationProgress;

export interface LabelSetConnectionParent {
  readonly page: LabelSetPage;
  readonly hasPreviousPage: boolean;
}

export interface LabelImageConnectionParent {
  readonly page: LabelImages;
  readonly hasPreviousPage: boolean;
}
export type LabelImageEdgeParent = LabelImages['images'][number] & { readonly image: ImageParent };

export interface LabelSetEvaluationParent extends Evaluation {
  readonly version: number | null;
}
export type LabelEvaluationParent = Evaluation['labels'][number];
export type ConfusionCellParent = Evaluation['confusion'][number];

export interface TooFewExamplesParent {
  readonly accepted: number;
  readonly rejected: number;
}
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it says all by its name
export interface LabelSetNotReadyParent {}

export interface LabelNotFoundParent {
  /** The id as the client gave it, whatever it was. */
  readonly id: string;
}
export interface LabelSetNotFoundParent {
  /** The id as the client gave it, whatever it was. */
  readonly id: string;
}
