/* Generated from schema.graphql by codegen.ts. Do not edit. */
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type {
  NodeParent,
  ImageParent,
  ImageConnectionParent,
  ImageMatchConnectionParent,
  ImageMatchEdgeParent,
  SearchPlanParent,
  DuplicateGroupConnectionParent,
  DuplicateGroupParent,
  ImageClustersParent,
  ImageClusterParent,
  VocabularyParent,
  ModelParent,
  LabelSetParent,
  LabelSetConnectionParent,
  LabelParent,
  LabelImageConnectionParent,
  LabelImageEdgeParent,
  LabelDistributionParent,
  LabelSetDiffParent,
  ImageLabelChangeParent,
  LabelNotFoundParent,
  LabelSetEvaluationParent,
  LabelEvaluationParent,
  ConfusionCellParent,
  TooFewExamplesParent,
  LabelSetNotReadyParent,
  LabelSetNotFoundParent,
  ClassificationParent,
  ClassificationProgressParent,
  QueryOverlapParent,
  SavedSearchParent,
  SavedSearchConnectionParent,
  SearchLogParent,
  CollectionStatsParent,
  IngestProgressParent,
  ImageNotFoundParent,
} from '../mappers.js';
import type { Context } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: T[P] };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string };
  String: { input: string; output: string };
  Boolean: { input: boolean; output: boolean };
  Int: { input: number; output: number };
  Float: { input: number; output: number };
  /** A moment in time, as an RFC 3339 string in UTC: `2026-11-23T18:20:00.000Z`. */
  DateTime: { input: Date; output: Date };
  /** Any JSON value. `Image.metadata` is always a JSON object. */
  JSON: { input: unknown; output: unknown };
  /** A file in a multipart request (the GraphQL multipart request specification). Everywhere else use `url` or `base64`. */
  Upload: { input: Promise<import('../scalars.js').UploadedFile>; output: never };
};

/** An object with an id that is unique across all types. */
export type Node = {
  /** The opaque global id of the object: the same object always has the same id. */
  readonly id: Scalars['ID']['output'];
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type Query = {
  readonly __typename?: 'Query';
  /** Any object by its global id; null when there is none (any more). */
  readonly node: Maybe<Node>;
  /** Several objects by their global ids, in the order asked for, null where there is none. At most 100. */
  readonly nodes: ReadonlyArray<Maybe<Node>>;
  /** One image by its id; null when there is none (any more). */
  readonly image: Maybe<Image>;
  /** The collection, newest first unless ordered otherwise. Page with `first` and `after`, or backwards with `last` and `before`. */
  readonly images: ImageConnection;
  /** The images whose embeddings have the highest cosine similarity with the query, most similar first unless ordered otherwise, ties by id. */
  readonly search: ImageMatchConnection;
  /** Images in random order, for a look around. */
  readonly random: ReadonlyArray<Image>;
  /** A saved search, by its id or by its name; null when there is none (any more). */
  readonly savedSearch: Maybe<SavedSearch>;
  /** The searches that are saved, newest first. */
  readonly savedSearches: SavedSearchConnection;
  /** What was searched. Needs the role admin: what people type is theirs, and not for everybody who may search. */
  readonly searchLog: SearchLog;
  /**
   * Images that are near duplicates of each other (resized, recompressed, slightly cropped), as groups, in the order of their
   * first images. An image joins its group within moments after it is READY.
   */
  readonly duplicateGroups: DuplicateGroupConnection;
  /** Zero-shot classification of any image with any labels, best first. Nothing is stored but the labels' text embeddings. */
  readonly classify: ReadonlyArray<LabelScore>;
  /** A label set, by its id or by its name; null when there is none (any more). */
  readonly labelSet: Maybe<LabelSet>;
  /** The label sets that every image is classified with, by name. */
  readonly labelSets: LabelSetConnection;
  /** Prompt templates to choose from for a label set. */
  readonly templatePresets: ReadonlyArray<TemplatePresetTemplates>;
  /**
   * What there is in the collection: its images in `k` groups of images that are like each other (spherical k-means over their
   * embeddings), largest first. Of more than 5,000 images that match, a fixed sample of 5,000. The same images always give the
   * same clusters.
   */
  readonly clusters: ImageClusters;
  /**
   * The words of a vocabulary that fit best, best first: to one image, or to what the images of a filter have in common. The
   * first time a vocabulary is used, its words are encoded in the background, and an error (UNAVAILABLE) may ask for patience.
   */
  readonly suggestLabels: ReadonlyArray<LabelScore>;
  /** The vocabularies that labels can be suggested from. */
  readonly vocabularies: ReadonlyArray<Vocabulary>;
  /** Every model that ever embedded something in this database; embeddings of different models are never compared. */
  readonly models: ReadonlyArray<Model>;
  /**
   * How much two models agree: the nearest images of the same queries under each, compared. Each query counts as two searches, so at most
   * 25 fit into an operation. A query of which the models find quite different images says where to look before one takes the other's
   * place; with `search(model:)` both answers can be seen in full.
   */
  readonly modelOverlap: ModelOverlap;
  /** Counts over the whole collection. */
  readonly stats: CollectionStats;
  /** How far the collection is with what was added: for the first value of a page that then subscribes to the same. */
  readonly ingestProgress: IngestProgress;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryImageArgs = {
  id: Scalars['ID']['input'];
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryImagesArgs = {
  first: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  last: InputMaybe<Scalars['Int']['input']>;
  before: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ImageFilter>;
  orderBy?: InputMaybe<ImageOrder>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QuerySearchArgs = {
  query: SearchQuery;
  filter: InputMaybe<ImageFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  minSimilarity: InputMaybe<Scalars['Float']['input']>;
  minStandardScore: InputMaybe<Scalars['Float']['input']>;
  orderBy: InputMaybe<MatchOrder>;
  diversity?: InputMaybe<Scalars['Float']['input']>;
  mode?: InputMaybe<SearchMode>;
  effort?: InputMaybe<SearchEffort>;
  hybrid?: InputMaybe<Scalars['Boolean']['input']>;
  log?: InputMaybe<Scalars['Boolean']['input']>;
  model: InputMaybe<Scalars['ID']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryRandomArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  filter: InputMaybe<ImageFilter>;
  seed: InputMaybe<Scalars['Int']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QuerySavedSearchArgs = {
  id: InputMaybe<Scalars['ID']['input']>;
  name: InputMaybe<Scalars['String']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QuerySavedSearchesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryDuplicateGroupsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ImageFilter>;
  minSimilarity?: InputMaybe<Scalars['Float']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryClassifyArgs = {
  image: ImageSource;
  labels: ReadonlyArray<Scalars['String']['input']>;
  templates?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  independent?: InputMaybe<Scalars['Boolean']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryLabelSetArgs = {
  id: InputMaybe<Scalars['ID']['input']>;
  name: InputMaybe<Scalars['String']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryLabelSetsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryClustersArgs = {
  k: Scalars['Int']['input'];
  filter: InputMaybe<ImageFilter>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QuerySuggestLabelsArgs = {
  image: InputMaybe<ImageSource>;
  filter: InputMaybe<ImageFilter>;
  vocabulary?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/**
 * What can be asked. Needs the role read when the server has API keys.
 *
 * Operations are bounded: 10 levels deep, 30 aliases, and, over all fields and list items together, 50 searches of 200
 * texts, images and vectors, 2,000 images, 1,000 embeddings, 2,000 prompts (labels times templates), 100 suggestions of
 * labels, 2 clusterings and 10 images that are not of the collection.
 */
export type QueryModelOverlapArgs = {
  a: Scalars['ID']['input'];
  b: Scalars['ID']['input'];
  queries: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  sample?: InputMaybe<Scalars['Int']['input']>;
  k?: InputMaybe<Scalars['Int']['input']>;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Adds images. Each source is judged by itself: the answer has one result for each source, in order, and a bad one
   * never stops the others. An accepted image is on disk and in the database before the answer says so, and is embedded
   * in the background: watch `Image.status`, or subscribe to `imageProcessed`.
   */
  readonly addImages: AddImagesPayload;
  /** Changes what people say about an image: title, tags, metadata, file name. Fields that are left out stay as they are. */
  readonly updateImage: UpdateImagePayload;
  /** Deletes images for good: row, embedding, original and thumbnails. */
  readonly deleteImages: DeleteImagesPayload;
  /** Puts FAILED images back to PENDING and processes them again. */
  readonly retryFailedImages: RetryFailedImagesPayload;
  /** Saves a search with the embedding of its query, to be run again and watched. */
  readonly saveSearch: SaveSearchPayload;
  /** Deletes a saved search. Who watches it is told that there is no more to come. */
  readonly deleteSavedSearch: DeleteSavedSearchPayload;
  /**
   * Makes a label set. Every image, present and future, is classified with it in the background, without being encoded again:
   * watch `LabelSet.progress`, or subscribe to `classificationProgress`.
   */
  readonly createLabelSet: CreateLabelSetPayload;
  /**
   * Changes a label set. Anything but a new name makes a new version, which every image is classified with anew; until that is
   * done, readers see the old one whole.
   */
  readonly updateLabelSet: UpdateLabelSetPayload;
  /** Deletes a label set for good: its labels, its classifications and what people have said of them. */
  readonly deleteLabelSet: DeleteLabelSetPayload;
  /**
   * Stores that a label fits an image, in whoever's eyes it does. That changes no classification: the set is evaluated and
   * calibrated with it. What was said before of the same label on the same image is replaced.
   */
  readonly acceptClassification: FeedbackPayload;
  /** Stores that a label does not fit an image; see `acceptClassification`. */
  readonly rejectClassification: FeedbackPayload;
  /** Takes back what was said of a label on an image. */
  readonly withdrawFeedback: FeedbackPayload;
  /**
   * Learns temperature and thresholds (of an independent set also a bias) from 20 or more accepted and rejected examples, at
   * least 5 of each. Three in ten are held out; where the scores fit these better than before, a new version is made.
   */
  readonly calibrateLabelSet: CalibrateLabelSetPayload;
  /**
   * Downloads a model, verifies it, and begins to embed the collection with it in the background, while searches go on under the active one.
   * The answer comes once the model is there, which may take minutes: whoever asks again meanwhile waits for the same download.
   * A model that is paused or retired is taken up again. Needs the role admin.
   */
  readonly registerModel: RegisterModelPayload;
  /**
   * Makes a model the one that searches use, in one transaction: possible only when every READY image has an embedding of it. Saved searches
   * of texts and of images of the collection go over to it; the previous model is PAUSED and keeps its embeddings. Needs the role admin.
   */
  readonly activateModel: ActivateModelPayload;
  /** Ends embedding images with a model. What it has embedded stays; `registerModel` takes it up again. Needs the role admin. */
  readonly pauseModel: PauseModelPayload;
  /** Deletes everything that a model has embedded, and its index, in the background. Needs the role admin. */
  readonly retireModel: RetireModelPayload;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationAddImagesArgs = {
  input: AddImagesInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationUpdateImageArgs = {
  input: UpdateImageInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationDeleteImagesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationRetryFailedImagesArgs = {
  ids: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationSaveSearchArgs = {
  input: SaveSearchInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationDeleteSavedSearchArgs = {
  id: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationCreateLabelSetArgs = {
  input: CreateLabelSetInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationUpdateLabelSetArgs = {
  input: UpdateLabelSetInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationDeleteLabelSetArgs = {
  id: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationAcceptClassificationArgs = {
  image: Scalars['ID']['input'];
  label: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationRejectClassificationArgs = {
  image: Scalars['ID']['input'];
  label: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationWithdrawFeedbackArgs = {
  image: Scalars['ID']['input'];
  label: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationCalibrateLabelSetArgs = {
  id: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationRegisterModelArgs = {
  input: RegisterModelInput;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationActivateModelArgs = {
  id: Scalars['ID']['input'];
  failImages?: InputMaybe<Scalars['Boolean']['input']>;
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationPauseModelArgs = {
  id: Scalars['ID']['input'];
};

/** What can be changed. Needs the role write when the server has API keys. One operation takes at most 10 mutations, which run in order. */
export type MutationRetireModelArgs = {
  id: Scalars['ID']['input'];
};

/** What can be watched, over WebSocket with the protocol of graphql-ws at the same address. Needs the role read when the server has API keys. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /** Fires for each image that becomes READY or FAILED, in whichever process that happens. */
  readonly imageProcessed: Image;
  /**
   * Fires for each new image that falls within a saved search: READY, in its filter and with at least its `minSimilarity`
   * and `minStandardScore`, one of which it must have; in whichever process the image was embedded. An image may come a second time after the connection
   * to the database was lost. Ends when the saved search is deleted. `rank` and `cursor` take a search of their own: ask for
   * them only where they are needed.
   */
  readonly savedSearchMatched: ImageMatchEdge;
  /**
   * How far the newest version of a label set is: at once, and then whenever that has changed, at most twice a second. Goes on
   * with the next version. Ends when the set is deleted.
   */
  readonly classificationProgress: ClassificationProgress;
  /** How far the collection is with what was added: at once, and then whenever that has changed, at most once a second; less often where counting takes long. */
  readonly ingestProgress: IngestProgress;
  /** How far a model is with the collection: at once, and then whenever that has changed, at most once a second; less often where counting takes long. */
  readonly modelProgress: ModelProgress;
};

/** What can be watched, over WebSocket with the protocol of graphql-ws at the same address. Needs the role read when the server has API keys. */
export type SubscriptionImageProcessedArgs = {
  ids: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};

/** What can be watched, over WebSocket with the protocol of graphql-ws at the same address. Needs the role read when the server has API keys. */
export type SubscriptionSavedSearchMatchedArgs = {
  id: Scalars['ID']['input'];
};

/** What can be watched, over WebSocket with the protocol of graphql-ws at the same address. Needs the role read when the server has API keys. */
export type SubscriptionClassificationProgressArgs = {
  labelSet: Scalars['ID']['input'];
};

/** What can be watched, over WebSocket with the protocol of graphql-ws at the same address. Needs the role read when the server has API keys. */
export type SubscriptionModelProgressArgs = {
  id: Scalars['ID']['input'];
};

/** What to look for: exactly one of the fields. */
export type SearchQuery =
  /** Plain words, from 1 to 1,000 characters, in a language that the model speaks. Longer than the model's context (77 tokens for CLIP) is cut there. */
  | {
      readonly text: Scalars['String']['input'];
      readonly image?: never;
      readonly vector?: never;
      readonly prompts?: never;
      readonly combine?: never;
    } /** An example image: of the collection, or any other, which is not added. */
  | {
      readonly text?: never;
      readonly image: ImageSource;
      readonly vector?: never;
      readonly prompts?: never;
      readonly combine?: never;
    } /** An embedding of the active model, with as many numbers as the model has dimensions; it need not have unit length. */
  | {
      readonly text?: never;
      readonly image?: never;
      readonly vector: ReadonlyArray<Scalars['Float']['input']>;
      readonly prompts?: never;
      readonly combine?: never;
    } /** A text in several templates, as in zero-shot classification. */
  | {
      readonly text?: never;
      readonly image?: never;
      readonly vector?: never;
      readonly prompts: PromptedText;
      readonly combine?: never;
    } /**
   * A weighted sum: the unit vector of each term times its weight, summed, and brought to length 1 again. From 1 to 32
   * terms; at most 4 levels deep, with at most 32 texts, images and vectors in all. Terms that cancel each other out (a sum
   * shorter than a thousandth of the sum of the sizes of the weights) are refused.
   */
  | {
      readonly text?: never;
      readonly image?: never;
      readonly vector?: never;
      readonly prompts?: never;
      readonly combine: ReadonlyArray<WeightedQuery>;
    };

/** A text in several templates: each is filled in and encoded, and the mean direction of their unit vectors is looked for. */
export type PromptedText = {
  /** Plain words, such as `red car`: what the templates say of a label. */
  readonly label: Scalars['String']['input'];
  /** From 1 to 20 prompt templates with `{label}` in the place of the text, such as `a photo of a {label}`. */
  readonly templates: ReadonlyArray<Scalars['String']['input']>;
};

/** A term of a composed query. */
export type WeightedQuery = {
  /** What the term looks for. It is a vector of length 1, also when it is composed itself. */
  readonly query: SearchQuery;
  /** From -100 to 100; less than 0: less like this. Only the ratios of the weights matter, and not all may be 0. */
  readonly weight?: Scalars['Float']['input'];
};

/** An image, given in exactly one of four ways. */
export type ImageSource =
  /** An image of the collection, by its id. */
  | {
      readonly id: Scalars['ID']['input'];
      readonly url?: never;
      readonly base64?: never;
      readonly upload?: never;
    } /** A public http or https address. Private, loopback and link-local addresses are refused, after redirects too. */
  | {
      readonly id?: never;
      readonly url: Scalars['String']['input'];
      readonly base64?: never;
      readonly upload?: never;
    } /** The file's bytes as base64, with or without a `data:` prefix. */
  | {
      readonly id?: never;
      readonly url?: never;
      readonly base64: Scalars['String']['input'];
      readonly upload?: never;
    } /** A file of a multipart request. */
  | {
      readonly id?: never;
      readonly url?: never;
      readonly base64?: never;
      readonly upload: Scalars['Upload']['input'];
    };

/** How the database looks for the nearest embeddings. */
export type SearchMode =
  /** EXACT where few images match the filter or the page is deep, INDEX otherwise. */
  | 'AUTO'
  /** Compares the query with every image that matches the filter. Never misses one. */
  | 'EXACT'
  /** Walks the HNSW index. Fast on large collections; may miss a few matches. */
  | 'INDEX';

/**
 * How far the HNSW index is searched: how many candidates it keeps in sight (`SearchPlan.efSearch`), and how many matches
 * come from it before AUTO compares all. More finds more of the nearest images and takes longer. Matches in the order of their dates always
 * take the most. `SearchPlan.estimatedRecall` tells what it is worth on this collection.
 */
export type SearchEffort =
  /** 100 candidates. */
  | 'LOW'
  /** 200 candidates. */
  | 'NORMAL'
  /** 500 candidates. */
  | 'HIGH'
  /** 1,000 candidates, which is all that the index can do. */
  | 'MAXIMUM';

/** Conditions on images. All that are given must hold. Filters may hold filters, 5 levels deep and 50 in all. */
export type ImageFilter = {
  /** Is one of these images. At most 100. */
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Has one of these statuses. */
  readonly status?: InputMaybe<ReadonlyArray<ImageStatus>>;
  /** Has every one of these tags. */
  readonly tagsAll?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Has at least one of these tags. */
  readonly tagsAny?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Has none of these tags. */
  readonly tagsNone?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Is of one of these media types, such as `image/jpeg`. */
  readonly mediaType?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Was added in this range of time. */
  readonly createdAt?: InputMaybe<DateTimeRange>;
  /** Was taken in this range of time; never an image whose time is not known. */
  readonly takenAt?: InputMaybe<DateTimeRange>;
  /** Its width in pixels lies in this range. */
  readonly width?: InputMaybe<IntRange>;
  /** Its height in pixels lies in this range. */
  readonly height?: InputMaybe<IntRange>;
  /** Its file name contains this text, whatever the case. At most 200 characters. */
  readonly filename?: InputMaybe<Scalars['String']['input']>;
  /** Its metadata contains this JSON object: every key that is given, with the same value; of a list, every element that is given. */
  readonly metadata?: InputMaybe<Scalars['JSON']['input']>;
  /** Was taken in this region; never an image whose place is not known. */
  readonly location?: InputMaybe<LocationFilter>;
  /** Whether the place where it was taken is known. */
  readonly hasLocation?: InputMaybe<Scalars['Boolean']['input']>;
  /** Has this label of a label set, as readers see it. */
  readonly label?: InputMaybe<LabelFilter>;
  /**
   * Is among the matches of this saved search: in its filter, and at least as similar as it asks for; every READY image of its
   * filter where it asks for nothing. The id of one that is gone matches nothing. An error (OTHER_MODEL) when it is not
   * comparable. The filter of a saved search cannot have it.
   */
  readonly savedSearch?: InputMaybe<Scalars['ID']['input']>;
  /** Every one of these filters lets it through; an empty list lets every image through. */
  readonly and?: InputMaybe<ReadonlyArray<ImageFilter>>;
  /** At least one of these filters lets it through; an empty list lets none through. */
  readonly or?: InputMaybe<ReadonlyArray<ImageFilter>>;
  /** This filter does not let it through: exactly the other images, those whose time or place is not known among them. */
  readonly not?: InputMaybe<ImageFilter>;
};

/** A label of a label set. Unknown sets and labels, and sets that are not classified yet, match nothing. */
export type LabelFilter = {
  /** The name of the set. */
  readonly set: Scalars['String']['input'];
  /** The name of the label. */
  readonly name: Scalars['String']['input'];
  /**
   * The least score. Left out: images that have the label (see `Classification.assigned`). Below 0.05 in an exclusive set, and
   * below 0.5 and its threshold in an independent one, only the best label of an image is stored, and others cannot match.
   */
  readonly minScore?: InputMaybe<Scalars['Float']['input']>;
};

/** A range of whole numbers, both ends included. */
export type IntRange = {
  /** This number or more. */
  readonly min?: InputMaybe<Scalars['Int']['input']>;
  /** This number or less. */
  readonly max?: InputMaybe<Scalars['Int']['input']>;
};

/** A region of the Earth: exactly one of the fields. */
export type LocationFilter =
  /** A circle. */
  | { readonly near: NearFilter; readonly box?: never } /** A rectangle of latitudes and longitudes. */
  | { readonly near?: never; readonly box: GeoBoxInput };

/** A circle on the Earth's surface. */
export type NearFilter = {
  /** Degrees north of the equator of its centre, from -90 to 90. */
  readonly latitude: Scalars['Float']['input'];
  /** Degrees east of Greenwich of its centre, from -180 to 180. */
  readonly longitude: Scalars['Float']['input'];
  /** Its radius in kilometres, more than 0 and at most 20,038. */
  readonly radiusKm: Scalars['Float']['input'];
};

/** A rectangle of latitudes and longitudes, edges included. */
export type GeoBoxInput = {
  /** Degrees north of the equator of its southern edge. */
  readonly south: Scalars['Float']['input'];
  /** Degrees east of Greenwich of its western edge; more than `east` where the rectangle crosses the 180th meridian. */
  readonly west: Scalars['Float']['input'];
  /** Degrees north of the equator of its northern edge. */
  readonly north: Scalars['Float']['input'];
  /** Degrees east of Greenwich of its eastern edge. */
  readonly east: Scalars['Float']['input'];
};

/** A half-open range of time. */
export type DateTimeRange = {
  /** At this moment or later. */
  readonly from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this moment. */
  readonly before?: InputMaybe<Scalars['DateTime']['input']>;
};

/** An order of images. */
export type ImageOrder = {
  /** What to order by. */
  readonly field: ImageOrderField;
  /** The direction. */
  readonly direction?: OrderDirection;
};

/** An order of matches by date; ties are broken by id. */
export type MatchOrder = {
  /** Which date. */
  readonly field: MatchOrderField;
  /** The direction. */
  readonly direction?: OrderDirection;
};

/** What matches can be ordered by instead of their similarity. */
export type MatchOrderField =
  /** When the image was added. */
  | 'CREATED_AT'
  /** When the picture was taken; images whose time is not known come last. */
  | 'TAKEN_AT';

/** What images can be ordered by. */
export type ImageOrderField =
  /** When the image was added. */
  | 'CREATED_AT'
  /** When the image last changed. */
  | 'UPDATED_AT'
  /** When the picture was taken; images whose time is not known come last. */
  | 'TAKEN_AT'
  /** The file name, in the database's collation; images without one come last. */
  | 'FILENAME'
  /** The size of the original in bytes. */
  | 'BYTE_SIZE';

/** A direction of order. */
export type OrderDirection =
  /** Smallest, earliest or first in the alphabet first. */
  | 'ASC'
  /** Largest, latest or last in the alphabet first. */
  | 'DESC';

/** An image of the collection. */
export type Image = Node & {
  readonly __typename?: 'Image';
  /** The opaque global id. */
  readonly id: Scalars['ID']['output'];
  /** How far the image is on its way. */
  readonly status: ImageStatus;
  /** Why the image could not be processed; null unless the status is FAILED. */
  readonly failure: Maybe<ImageFailure>;
  /** The name that the file came with, without folders. */
  readonly filename: Maybe<Scalars['String']['output']>;
  /** The media type found in the bytes (never taken from the name), such as `image/jpeg`. */
  readonly mediaType: Scalars['String']['output'];
  /** The width in pixels as the image is seen, EXIF orientation applied. */
  readonly width: Scalars['Int']['output'];
  /** The height in pixels as the image is seen, EXIF orientation applied. */
  readonly height: Scalars['Int']['output'];
  /** The size of the original in bytes. */
  readonly byteSize: Scalars['Int']['output'];
  /** The SHA-256 of the original's bytes, in hexadecimal. */
  readonly sha256: Scalars['String']['output'];
  /** A title: as given, or as the file names it (XMP, IPTC). */
  readonly title: Maybe<Scalars['String']['output']>;
  /** Tags: as given, or the keywords that the file names (XMP, IPTC); no duplicates, sorted. */
  readonly tags: ReadonlyArray<Scalars['String']['output']>;
  /** A JSON object, as given. */
  readonly metadata: Scalars['JSON']['output'];
  /** When the picture was taken: as given, or as the file says (EXIF, XMP, IPTC). A time without a time zone is read as UTC. */
  readonly takenAt: Maybe<Scalars['DateTime']['output']>;
  /** Where the picture was taken: as given, or as the file says (EXIF's or XMP's GPS). */
  readonly location: Maybe<GeoPoint>;
  /** Make and model of the camera, as the file names them. */
  readonly camera: Maybe<Scalars['String']['output']>;
  /** How many frames an animation has, or pages a TIFF; 1 for stills. Only the first is embedded and shown in thumbnails. */
  readonly frameCount: Scalars['Int']['output'];
  /** When the image was added. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** When the image last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
  /** When the image became READY for the first time; null before that. `SavedSearch.newSince` goes by it. */
  readonly readyAt: Maybe<Scalars['DateTime']['output']>;
  /** Where the original can be fetched. The address holds the content's hash: it never changes what it shows. */
  readonly url: Scalars['String']['output'];
  /** Whether the original can be fetched. Looks at the file of an image that is only referred to. */
  readonly originalState: OriginalState;
  /** Where a thumbnail can be fetched: WebP, or JPEG where the client's Accept header leaves WebP out. With `.webp` or `.jpg` behind the address it is that, whoever asks. */
  readonly thumbnailUrl: Scalars['String']['output'];
  /** The unit vector of the active model; null until the image is READY. */
  readonly embedding: Maybe<ReadonlyArray<Scalars['Float']['output']>>;
  /** The images that are most similar to this one, itself left out. Empty until the image is READY. */
  readonly similar: ImageMatchConnection;
  /**
   * Versions of the same picture (resized, recompressed, slightly cropped), most similar first: images whose perceptual hash
   * and embedding both are alike. Empty when the image is not READY, or has but one colour. `plan.candidates` counts the images
   * whose hash is alike.
   */
  readonly duplicates: ImageMatchConnection;
  /** The words of a vocabulary that fit the image best, best first. An error (IMAGE_NOT_READY) when it has no embedding. */
  readonly suggestedLabels: ReadonlyArray<LabelScore>;
  /** Zero-shot classification of this image with any labels, best first. An error when the image is not READY. */
  readonly classify: ReadonlyArray<LabelScore>;
  /**
   * What label sets say of this image, by set and rank: its best label, and every label that scores at least 0.05 in an
   * exclusive set, or at least 0.5 or its threshold in an independent one. An image is classified within moments after it
   * is READY.
   */
  readonly classifications: ReadonlyArray<Classification>;
};

/** An image of the collection. */
export type ImageThumbnailUrlArgs = {
  width?: InputMaybe<Scalars['Int']['input']>;
};

/** An image of the collection. */
export type ImageSimilarArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  filter: InputMaybe<ImageFilter>;
  minSimilarity: InputMaybe<Scalars['Float']['input']>;
  minStandardScore: InputMaybe<Scalars['Float']['input']>;
  model: InputMaybe<Scalars['ID']['input']>;
};

/** An image of the collection. */
export type ImageDuplicatesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  minSimilarity?: InputMaybe<Scalars['Float']['input']>;
};

/** An image of the collection. */
export type ImageSuggestedLabelsArgs = {
  vocabulary?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** An image of the collection. */
export type ImageClassifyArgs = {
  labels: ReadonlyArray<Scalars['String']['input']>;
  templates?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  independent?: InputMaybe<Scalars['Boolean']['input']>;
};

/** An image of the collection. */
export type ImageClassificationsArgs = {
  labelSet: InputMaybe<Scalars['String']['input']>;
};

/** A place on the Earth (WGS 84). */
export type GeoPoint = {
  readonly __typename?: 'GeoPoint';
  /** Degrees north of the equator, from -90 to 90. */
  readonly latitude: Scalars['Float']['output'];
  /** Degrees east of Greenwich, from -180 to 180. */
  readonly longitude: Scalars['Float']['output'];
};

/** A place on the Earth (WGS 84). */
export type GeoPointInput = {
  /** Degrees north of the equator, from -90 to 90. */
  readonly latitude: Scalars['Float']['input'];
  /** Degrees east of Greenwich, from -180 to 180. */
  readonly longitude: Scalars['Float']['input'];
};

/** How far an image is on its way. */
export type ImageStatus =
  /** Accepted and durable; waits to be embedded. */
  | 'PENDING'
  /** Embedded: search finds it. */
  | 'READY'
  /** Could not be processed; `Image.failure` says why. */
  | 'FAILED';

/** Where an image's original is, and whether it can be fetched. Only whoever operates the server can index files by reference. */
export type OriginalState =
  /** It is kept by Pictograph. */
  | 'KEPT'
  /** It was indexed where it lies, by reference, and its file has the content that was indexed. */
  | 'REFERENCED'
  /** The file is gone, or the server cannot read it: `Image.url` answers 404. Thumbnails and search go on working. */
  | 'MISSING'
  /** It was indexed by reference, and its file has other content by now: `Image.url` answers 410. Thumbnails and search go on working. */
  | 'CHANGED';

/** Why an image could not be processed. */
export type ImageFailure = {
  readonly __typename?: 'ImageFailure';
  /** A stable code for programs. */
  readonly code: ImageFailureCode;
  /** What was wrong and what to do, for people. */
  readonly message: Scalars['String']['output'];
  /** How often processing was tried. */
  readonly attempts: Scalars['Int']['output'];
};

/** A stable code for why an image could not be processed. */
export type ImageFailureCode =
  /** The file cannot be decoded. Trying again would not help. */
  | 'UNREADABLE'
  /** The original is missing from storage. */
  | 'ORIGINAL_MISSING'
  /** Something else failed on every attempt; the server's log has the cause. */
  | 'INTERNAL';

/** A page of images. */
export type ImageConnection = {
  readonly __typename?: 'ImageConnection';
  /** The page's edges. */
  readonly edges: ReadonlyArray<ImageEdge>;
  /** The page's images, for those who need no cursors. */
  readonly nodes: ReadonlyArray<Image>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
  /** How many images match the filter in all. */
  readonly totalCount: Scalars['Int']['output'];
};

/** An image in a page. */
export type ImageEdge = {
  readonly __typename?: 'ImageEdge';
  /** Pass it as `after` or `before`. */
  readonly cursor: Scalars['String']['output'];
  /** The image. */
  readonly node: Image;
};

/** How to go on from a page. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Whether more edges follow the page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether edges precede the page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first edge. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
  /** The cursor of the page's last edge. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
};

/** A page of matches. */
export type ImageMatchConnection = {
  readonly __typename?: 'ImageMatchConnection';
  /** The page's edges, most similar first unless ordered otherwise. */
  readonly edges: ReadonlyArray<ImageMatchEdge>;
  /** The page's images, for those who need no similarity. */
  readonly nodes: ReadonlyArray<Image>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
  /** What the search did. */
  readonly plan: SearchPlan;
  /** What standard scores are measured against; null where there are none. */
  readonly background: Maybe<SearchBackground>;
};

/**
 * How similar the query is to images in general: to a sample of at most 1,000 images that were drawn at random, whatever the
 * filter. The sample stays the same until the collection has grown or shrunk to double or half.
 */
export type SearchBackground = {
  readonly __typename?: 'SearchBackground';
  /** How many images the query was compared with. */
  readonly size: Scalars['Int']['output'];
  /** The mean of the similarities. */
  readonly mean: Scalars['Float']['output'];
  /** The standard deviation of the similarities. */
  readonly deviation: Scalars['Float']['output'];
  /** When the sample was drawn. */
  readonly drawnAt: Scalars['DateTime']['output'];
};

/** A match. */
export type ImageMatchEdge = {
  readonly __typename?: 'ImageMatchEdge';
  /** Pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The image. */
  readonly node: Image;
  /** The cosine similarity of query and image, from -1 to 1. Values of different models cannot be compared. */
  readonly similarity: Scalars['Float']['output'];
  /**
   * How many standard deviations the similarity lies above what this query has with images in general. Unlike similarities,
   * it can be compared between queries: from 3 or 4 on it is mostly a match. Null where there are too few images to say
   * (fewer than 30), and for `Image.duplicates`.
   */
  readonly standardScore: Maybe<Scalars['Float']['output']>;
  /** The place in the whole list, from 1. */
  readonly rank: Scalars['Int']['output'];
  /** The lists that a hybrid search found it in; null for any other search. */
  readonly sources: Maybe<ReadonlyArray<MatchSource>>;
};

/** A list of a hybrid search that an image was found in. */
export type MatchSource = {
  readonly __typename?: 'MatchSource';
  /** The list. */
  readonly list: MatchList;
  /** The image's place in that list, from 1. */
  readonly rank: Scalars['Int']['output'];
};

/** The lists that a hybrid search fuses. */
export type MatchList =
  /** The images whose embeddings are most similar to the query's. */
  | 'VECTOR'
  /** The images with words of the query in their titles, tags or file names; a word counts the more, the fewer images have it. */
  | 'TEXT';

/** A page of groups of near duplicates. */
export type DuplicateGroupConnection = {
  readonly __typename?: 'DuplicateGroupConnection';
  /** The page's edges. */
  readonly edges: ReadonlyArray<DuplicateGroupEdge>;
  /** The page's groups, for those who need no cursors. */
  readonly nodes: ReadonlyArray<DuplicateGroup>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
  /** How many groups there are in all. */
  readonly totalCount: Scalars['Int']['output'];
  /** Whether the groups are made of all recorded pairs. False: there are more than 100,000, and the most similar ones were taken. */
  readonly exhaustive: Scalars['Boolean']['output'];
};

/** A group in a page. */
export type DuplicateGroupEdge = {
  readonly __typename?: 'DuplicateGroupEdge';
  /** Pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The group. */
  readonly node: DuplicateGroup;
};

/** Images that are near duplicates of each other, directly or by way of others. */
export type DuplicateGroup = {
  readonly __typename?: 'DuplicateGroup';
  /** The group's images: the one to keep first, the others in the order of that choice. */
  readonly images: ReadonlyArray<Image>;
  /** How many images the group has. */
  readonly imageCount: Scalars['Int']['output'];
  /** The image to keep when only one is kept: the one of most pixels; among these of most bytes; among these the one that was added first. Null when it has just been deleted. */
  readonly suggestedKeep: Maybe<Image>;
  /** The cosine similarity of the group's most similar pair. */
  readonly bestSimilarity: Scalars['Float']['output'];
};

/** Images that are near duplicates of each other, directly or by way of others. */
export type DuplicateGroupImagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What a search did, and what it cost. */
export type SearchPlan = {
  readonly __typename?: 'SearchPlan';
  /** How the database answered: EXACT or INDEX. */
  readonly strategy: SearchMode;
  /** How many READY images match the filter; null when there are more than the planner counts (10,000). */
  readonly candidates: Maybe<Scalars['Int']['output']>;
  /** Whether every candidate was compared with the query, so that no match can be missing. */
  readonly exhaustive: Scalars['Boolean']['output'];
  /** How many candidates the index kept in sight (pgvector's `hnsw.ef_search`); null: no index was used. */
  readonly efSearch: Maybe<Scalars['Int']['output']>;
  /**
   * How much of the true answer the index finds around this query: it and an exact comparison are asked for the 10 nearest
   * images of this query and of others between it and its matches, under the same filter and effort. From 0 to 1; null when
   * this answer was exact. Takes as long as the exact comparisons: for diagnosis, not for every search.
   */
  readonly estimatedRecall: Maybe<Scalars['Float']['output']>;
  /** What a hybrid search fused; null for any other search. Strategy, candidates and exhaustive are then about its vector list. */
  readonly fusion: Maybe<FusionPlan>;
  /** Milliseconds spent on turning the query into an embedding; near 0 when the text's embedding is stored already. */
  readonly encodeMs: Scalars['Float']['output'];
  /** Milliseconds spent waiting for the database's answer. */
  readonly databaseMs: Scalars['Float']['output'];
};

/** What a search did, and what it cost. */
export type SearchPlanEstimatedRecallArgs = {
  sample?: InputMaybe<Scalars['Int']['input']>;
};

/** What a hybrid search fused. */
export type FusionPlan = {
  readonly __typename?: 'FusionPlan';
  /** The words of the query as they were compared: in lower case, without diacritics; the first 32. */
  readonly words: ReadonlyArray<Scalars['String']['output']>;
  /** How many images the vector list had; at most 150. */
  readonly vectorMatches: Scalars['Int']['output'];
  /** How many images the text list had; at most 150. */
  readonly textMatches: Scalars['Int']['output'];
};

/** The images of a collection in groups of images that are like each other. */
export type ImageClusters = {
  readonly __typename?: 'ImageClusters';
  /** The clusters, largest first. */
  readonly clusters: ReadonlyArray<ImageCluster>;
  /** How many images were clustered: at most 5,000. */
  readonly clusteredCount: Scalars['Int']['output'];
  /** Whether every image that matches was clustered. False: there are more, and a sample was taken. */
  readonly exhaustive: Scalars['Boolean']['output'];
};

/** Images that are like each other. */
export type ImageCluster = {
  readonly __typename?: 'ImageCluster';
  /** How many images it has, of those that were clustered. */
  readonly imageCount: Scalars['Int']['output'];
  /** The mean direction of its images' embeddings: a unit vector, for a search by `vector`. Counts as an embedding. */
  readonly centroid: ReadonlyArray<Scalars['Float']['output']>;
  /** The mean cosine similarity of its images and the centroid: how much they are alike. */
  readonly cohesion: Scalars['Float']['output'];
  /** The images nearest to the centroid. */
  readonly representatives: ReadonlyArray<Image>;
  /** Its images, nearest to the centroid first; `similarity` is that with the centroid. */
  readonly images: ImageMatchConnection;
  /** The words of a vocabulary that fit the centroid best, best first. */
  readonly suggestedLabels: ReadonlyArray<LabelScore>;
};

/** Images that are like each other. */
export type ImageClusterRepresentativesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** Images that are like each other. */
export type ImageClusterImagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
};

/** Images that are like each other. */
export type ImageClusterSuggestedLabelsArgs = {
  vocabulary?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** Words that can be suggested as labels. */
export type Vocabulary = {
  readonly __typename?: 'Vocabulary';
  /** The name. */
  readonly name: Scalars['String']['output'];
  /** How many words it has. */
  readonly wordCount: Scalars['Int']['output'];
};

/** How well a label fits an image. */
export type LabelScore = {
  readonly __typename?: 'LabelScore';
  /** The label, as given. */
  readonly label: Scalars['String']['output'];
  /** From 0 to 1: the label's probability among all labels given, or by itself when they are independent. */
  readonly score: Scalars['Float']['output'];
  /** The cosine similarity of the image and the label's prompts. */
  readonly similarity: Scalars['Float']['output'];
};

/** A set of labels that every image is classified with. */
export type LabelSet = Node & {
  readonly __typename?: 'LabelSet';
  /** The opaque global id. */
  readonly id: Scalars['ID']['output'];
  /** The name; no two sets have the same. */
  readonly name: Scalars['String']['output'];
  /** The newest version: it counts changes of anything but the name. What classifications are of may be older, see `readyVersion`. */
  readonly version: Scalars['Int']['output'];
  /** The version that readers see the classifications of: the newest that every image is classified with. Null before the first is. */
  readonly readyVersion: Maybe<Scalars['Int']['output']>;
  /** Prompt templates with `{label}` in the place of a label's prompt; several are averaged. */
  readonly templates: ReadonlyArray<Scalars['String']['output']>;
  /** False: the labels exclude each other and their scores sum to 1 (softmax). True: each label stands alone (sigmoid). */
  readonly independent: Scalars['Boolean']['output'];
  /** Prompts that stand for "none of these" in an exclusive set: they compete with the labels. */
  readonly background: ReadonlyArray<Scalars['String']['output']>;
  /** The least score at which an image has a label that has no threshold of its own; null: 0 in an exclusive set, 0.5 in an independent one. */
  readonly threshold: Maybe<Scalars['Float']['output']>;
  /** The labels of the newest version, in order. */
  readonly labels: ReadonlyArray<Label>;
  /** How far the newest version is. */
  readonly progress: ClassificationProgress;
  /** How many images have which label; null until the set is classified. */
  readonly distribution: Maybe<LabelDistribution>;
  /** How the classifications that readers see agree with what people said of them. */
  readonly evaluation: LabelSetEvaluation;
  /** What was learned from feedback for the active model, and is in use; null where nothing was. */
  readonly calibration: Maybe<LabelSetCalibration>;
  /** What changed between two versions; null where there is no such version. */
  readonly diff: Maybe<LabelSetDiff>;
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** When it last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
};

/** A set of labels that every image is classified with. */
export type LabelSetDiffArgs = {
  from: Scalars['Int']['input'];
  to: Scalars['Int']['input'];
};

/** A label of a label set. It is the same label in every version of its set. */
export type Label = Node & {
  readonly __typename?: 'Label';
  /** The opaque global id. */
  readonly id: Scalars['ID']['output'];
  /** What it is called. */
  readonly name: Scalars['String']['output'];
  /** What is put into the templates: words for the label, in any language that the model speaks. */
  readonly prompts: ReadonlyArray<Scalars['String']['output']>;
  /** The least score at which an image has the label; null: that of the set. */
  readonly threshold: Maybe<Scalars['Float']['output']>;
  /** How many images have the label. */
  readonly imageCount: Scalars['Int']['output'];
  /** The images that have the label, the highest scores first, ties by id. */
  readonly images: LabelImageConnection;
  /** The set that it belongs to. */
  readonly labelSet: LabelSet;
};

/** A label of a label set. It is the same label in every version of its set. */
export type LabelImagesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  minScore: InputMaybe<Scalars['Float']['input']>;
};

/** A page of a label's images. */
export type LabelImageConnection = {
  readonly __typename?: 'LabelImageConnection';
  /** The page's edges, the highest scores first. */
  readonly edges: ReadonlyArray<LabelImageEdge>;
  /** The page's images, for those who need no scores. */
  readonly nodes: ReadonlyArray<Image>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
};

/** An image of a label. */
export type LabelImageEdge = {
  readonly __typename?: 'LabelImageEdge';
  /** Pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The image. */
  readonly node: Image;
  /** From 0 to 1: the label's probability among all labels of the set, or by itself in an independent set. */
  readonly score: Scalars['Float']['output'];
  /** The cosine similarity of the image and the label. */
  readonly similarity: Scalars['Float']['output'];
  /** The place in the whole list, from 1. */
  readonly rank: Scalars['Int']['output'];
};

/** What a label set says of an image. */
export type Classification = {
  readonly __typename?: 'Classification';
  /** The image. */
  readonly image: Image;
  /** The label. */
  readonly label: Label;
  /** From 0 to 1: the label's probability among all labels of the set, or by itself in an independent set. */
  readonly score: Scalars['Float']['output'];
  /** The cosine similarity of the image and the label. */
  readonly similarity: Scalars['Float']['output'];
  /** The label's place among all labels of the set, from 1. In an exclusive set "none of these" takes part: where it wins, no label has rank 1. */
  readonly rank: Scalars['Int']['output'];
  /** Whether the image has the label: the score reaches the threshold and, in an exclusive set, the rank is 1. */
  readonly assigned: Scalars['Boolean']['output'];
  /** The version of the set. */
  readonly version: Scalars['Int']['output'];
  /** When the image was classified. */
  readonly classifiedAt: Scalars['DateTime']['output'];
  /** What somebody has said of it; null when nobody has. */
  readonly feedback: Maybe<Feedback>;
};

/** What somebody has said of a label on an image. */
export type Feedback =
  /** The label fits. */
  | 'ACCEPTED'
  /** The label does not fit. */
  | 'REJECTED';

/** What was learned from feedback. */
export type LabelSetCalibration = {
  readonly __typename?: 'LabelSetCalibration';
  /** What the model's logit scale is divided by. More than 1: scores were too sure. */
  readonly temperature: Scalars['Float']['output'];
  /** What is added to the logit of an independent label; null in an exclusive set. */
  readonly bias: Maybe<Scalars['Float']['output']>;
};

/**
 * How the classifications of a set agree with what people said, over the images that something was said of. In an exclusive set,
 * that one label was accepted says of every other that it does not fit.
 */
export type LabelSetEvaluation = {
  readonly __typename?: 'LabelSetEvaluation';
  /** The version that is evaluated: the one that readers see. Null before there is one. */
  readonly version: Maybe<Scalars['Int']['output']>;
  /** The labels that something was said of, in the order of their ids. */
  readonly labels: ReadonlyArray<LabelEvaluation>;
  /** In an exclusive set, how many images for which people accepted one label have which; empty in an independent one. */
  readonly confusion: ReadonlyArray<ConfusionCell>;
  /** The share of the images of `confusion` that have the label that was accepted; null without any. */
  readonly accuracy: Maybe<Scalars['Float']['output']>;
};

/** How a label agrees with what people said. */
export type LabelEvaluation = {
  readonly __typename?: 'LabelEvaluation';
  /** The label. */
  readonly label: Label;
  /** Images that have the label and should. */
  readonly truePositives: Scalars['Int']['output'];
  /** Images that have the label and should not. */
  readonly falsePositives: Scalars['Int']['output'];
  /** Images that should have the label and have not. */
  readonly falseNegatives: Scalars['Int']['output'];
  /** Images that should not have the label and have not. */
  readonly trueNegatives: Scalars['Int']['output'];
  /** Of the images that have the label, the share that should; null when none has. */
  readonly precision: Maybe<Scalars['Float']['output']>;
  /** Of the images that should have the label, the share that has; null when none should. */
  readonly recall: Maybe<Scalars['Float']['output']>;
};

/** A cell of a confusion matrix that is not 0. */
export type ConfusionCell = {
  readonly __typename?: 'ConfusionCell';
  /** The label that people accepted. */
  readonly actual: Label;
  /** The label that the images have; null: none. */
  readonly predicted: Maybe<Label>;
  /** How many images. */
  readonly imageCount: Scalars['Int']['output'];
};

/** How far a label set's newest version is. */
export type ClassificationProgress = {
  readonly __typename?: 'ClassificationProgress';
  /** The set. */
  readonly labelSet: LabelSet;
  /** The version. */
  readonly version: Scalars['Int']['output'];
  /** What is being done. */
  readonly state: ClassificationState;
  /** Why it FAILED, and what to do; null otherwise. */
  readonly failure: Maybe<Scalars['String']['output']>;
  /** How many images have been classified. */
  readonly done: Scalars['Int']['output'];
  /** How many there are to classify. */
  readonly total: Scalars['Int']['output'];
  /** About how many seconds until all are; null when nobody can tell yet. */
  readonly secondsLeft: Maybe<Scalars['Float']['output']>;
};

/** What is being done with a version of a label set. */
export type ClassificationState =
  /** Its labels have not been embedded yet. */
  | 'WAITING'
  /** Images are compared with its labels. */
  | 'CLASSIFYING'
  /** Every image is classified: this is what readers see. */
  | 'READY'
  /** Its labels could not be embedded. */
  | 'FAILED';

/** How many images have which label. */
export type LabelDistribution = {
  readonly __typename?: 'LabelDistribution';
  /** The version of the set. */
  readonly version: Scalars['Int']['output'];
  /** How many images are classified. */
  readonly imageCount: Scalars['Int']['output'];
  /** How many of them have no label. */
  readonly unlabelledCount: Scalars['Int']['output'];
  /** The labels of the newest version with their images, in the set's order. */
  readonly counts: ReadonlyArray<LabelCount>;
};

/** A label and its images. */
export type LabelCount = {
  readonly __typename?: 'LabelCount';
  /** The label. */
  readonly label: Label;
  /** How many images have it. */
  readonly imageCount: Scalars['Int']['output'];
  /** What part of all classified images that is, from 0 to 1. */
  readonly share: Scalars['Float']['output'];
};

/** What changed between two versions of a label set. */
export type LabelSetDiff = {
  readonly __typename?: 'LabelSetDiff';
  /** The one version. */
  readonly from: Scalars['Int']['output'];
  /** The other. */
  readonly to: Scalars['Int']['output'];
  /** Labels that only `to` has. */
  readonly added: ReadonlyArray<Label>;
  /** Labels that only `from` has. */
  readonly removed: ReadonlyArray<Label>;
  /** Labels of both versions that differ. */
  readonly changed: ReadonlyArray<LabelChange>;
  /** What else differs. */
  readonly settings: ReadonlyArray<SettingChange>;
  /** The images that have other labels. Null unless both versions are classified and kept: the one that readers see and the one before it are. */
  readonly images: Maybe<LabelSetImageDiff>;
};

/** A label in two versions. */
export type LabelChange = {
  readonly __typename?: 'LabelChange';
  /** As `from` has it. */
  readonly before: Label;
  /** As `to` has it. */
  readonly after: Label;
};

/** A setting in two versions. */
export type SettingChange = {
  readonly __typename?: 'SettingChange';
  /** Which setting. */
  readonly setting: LabelSetSetting;
  /** Its value in `from`. */
  readonly before: Maybe<Scalars['JSON']['output']>;
  /** Its value in `to`. */
  readonly after: Maybe<Scalars['JSON']['output']>;
};

/** A setting of a label set. */
export type LabelSetSetting =
  /** The prompt templates. */
  | 'TEMPLATES'
  /** Whether labels stand alone. */
  | 'INDEPENDENT'
  /** The prompts for "none of these". */
  | 'BACKGROUND'
  /** The threshold of labels that have none of their own. */
  | 'THRESHOLD'
  /** What was learned from feedback: temperature and bias. */
  | 'CALIBRATION';

/** Images that have other labels in one version than in another. */
export type LabelSetImageDiff = {
  readonly __typename?: 'LabelSetImageDiff';
  /** How many there are. */
  readonly imageCount: Scalars['Int']['output'];
  /** Some of them, by id. */
  readonly changes: ReadonlyArray<ImageLabelChange>;
};

/** Images that have other labels in one version than in another. */
export type LabelSetImageDiffChangesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['ID']['input']>;
};

/** An image that has other labels in one version than in another. */
export type ImageLabelChange = {
  readonly __typename?: 'ImageLabelChange';
  /** The image. */
  readonly image: Image;
  /** Labels that it has in `from` only. */
  readonly lost: ReadonlyArray<Label>;
  /** Labels that it has in `to` only. */
  readonly gained: ReadonlyArray<Label>;
};

/** A page of label sets. */
export type LabelSetConnection = {
  readonly __typename?: 'LabelSetConnection';
  /** The page's edges, by name. */
  readonly edges: ReadonlyArray<LabelSetEdge>;
  /** The page's sets, for those who need no cursors. */
  readonly nodes: ReadonlyArray<LabelSet>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
  /** How many label sets there are in all. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A label set in a page. */
export type LabelSetEdge = {
  readonly __typename?: 'LabelSetEdge';
  /** Pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The label set. */
  readonly node: LabelSet;
};

/** Kinds of pictures that there are prompt templates for. */
export type TemplatePreset =
  /** Photographs. */
  | 'PHOTOGRAPHS'
  /** Pictograms, icons and simple drawings: what the bundled model knows. */
  | 'PICTOGRAMS'
  /** Paintings, drawings and other works of art. */
  | 'ARTWORKS'
  /** Goods as shops show them. */
  | 'PRODUCTS';

/** The prompt templates of a preset. */
export type TemplatePresetTemplates = {
  readonly __typename?: 'TemplatePresetTemplates';
  /** The preset. */
  readonly preset: TemplatePreset;
  /** Its templates. */
  readonly templates: ReadonlyArray<Scalars['String']['output']>;
};

/** A label of a set that is to be made or changed. */
export type LabelInput = {
  /** The label that it was until now, when it changes its name. Left out: the label of this name, or a new one. */
  readonly id?: InputMaybe<Scalars['ID']['input']>;
  /** A name of 1 to 200 characters that no other label of the set has. */
  readonly name: Scalars['String']['input'];
  /** From 1 to 20 words or phrases for it, in any language that the model speaks; they are averaged. Left out: its name. */
  readonly prompts?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The least score at which an image has the label, from 0 to 1. Left out: that of the set. */
  readonly threshold?: InputMaybe<Scalars['Float']['input']>;
};

/** A label set that is to be made. */
export type CreateLabelSetInput = {
  /** A name of 1 to 200 characters that no other set has. */
  readonly name: Scalars['String']['input'];
  /** From 1 to 1,000 labels. Prompts times templates are at most 20,000 texts. */
  readonly labels: ReadonlyArray<LabelInput>;
  /** From 1 to 20 prompt templates with `{label}` in the place of a label's prompt. Left out, and without `preset`: `a photo of a {label}`. */
  readonly templates?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Templates for a kind of pictures, instead of `templates`. */
  readonly preset?: InputMaybe<TemplatePreset>;
  /** False: the labels exclude each other and their scores sum to 1 (softmax). True: each label stands alone (sigmoid). */
  readonly independent?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most 20 prompts for "none of these", such as `something else`, which compete with the labels of an exclusive set. */
  readonly background?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The least score at which an image has a label that has no threshold of its own. Left out: 0 in an exclusive set, 0.5 in an independent one. */
  readonly threshold?: InputMaybe<Scalars['Float']['input']>;
};

/** A label set and its new values; what is left out stays as it is. */
export type UpdateLabelSetInput = {
  /** The set. */
  readonly id: Scalars['ID']['input'];
  /** A new name. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  /** All labels from now on. */
  readonly labels?: InputMaybe<ReadonlyArray<LabelInput>>;
  /** All templates from now on. */
  readonly templates?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Templates for a kind of pictures, instead of `templates`. */
  readonly preset?: InputMaybe<TemplatePreset>;
  /** Whether labels stand alone from now on. */
  readonly independent?: InputMaybe<Scalars['Boolean']['input']>;
  /** All background prompts from now on; an empty list removes them. */
  readonly background?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The threshold of labels that have none of their own; null removes it. */
  readonly threshold?: InputMaybe<Scalars['Float']['input']>;
};

/** What became of a label set that was to be made. */
export type CreateLabelSetPayload = {
  readonly __typename?: 'CreateLabelSetPayload';
  /** The set, or why it was not made. */
  readonly result: CreateLabelSetResult;
};

/** The set, or why it was not made. */
export type CreateLabelSetResult = LabelSetCreated | LabelSetNameTaken | InvalidInput;

/** The set was made; images are being classified. */
export type LabelSetCreated = {
  readonly __typename?: 'LabelSetCreated';
  /** The new set. */
  readonly labelSet: LabelSet;
};

/** There is a label set by this name already; nothing was changed. */
export type LabelSetNameTaken = {
  readonly __typename?: 'LabelSetNameTaken';
  /** The one that has the name. */
  readonly labelSet: LabelSet;
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What became of a label set that was to be changed. */
export type UpdateLabelSetPayload = {
  readonly __typename?: 'UpdateLabelSetPayload';
  /** The set, or why it was not changed. */
  readonly result: UpdateLabelSetResult;
};

/** The set, or why it was not changed. */
export type UpdateLabelSetResult = LabelSetUpdated | LabelSetNotFound | LabelSetNameTaken | InvalidInput;

/** The set was changed. */
export type LabelSetUpdated = {
  readonly __typename?: 'LabelSetUpdated';
  /** The set with its new values. */
  readonly labelSet: LabelSet;
  /** Whether there is a new version, which images are being classified with. False: at most the name has changed. */
  readonly isNewVersion: Scalars['Boolean']['output'];
};

/** There is no label set with this id. */
export type LabelSetNotFound = {
  readonly __typename?: 'LabelSetNotFound';
  /** The id that was given. */
  readonly id: Scalars['ID']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What became of what somebody said. */
export type FeedbackPayload = {
  readonly __typename?: 'FeedbackPayload';
  /** Whether it was stored, or why not. */
  readonly result: FeedbackResult;
};

/** Whether feedback was stored, or why not. */
export type FeedbackResult = FeedbackStored | ImageNotFound | LabelNotFound;

/** Feedback as it is now. */
export type FeedbackStored = {
  readonly __typename?: 'FeedbackStored';
  /** The image. */
  readonly image: Image;
  /** The label. */
  readonly label: Label;
  /** What is said of it now; null after it was taken back. */
  readonly feedback: Maybe<Feedback>;
};

/** There is no label with this id. */
export type LabelNotFound = {
  readonly __typename?: 'LabelNotFound';
  /** The id that was given. */
  readonly id: Scalars['ID']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What became of a calibration. */
export type CalibrateLabelSetPayload = {
  readonly __typename?: 'CalibrateLabelSetPayload';
  /** What was learned, or why nothing was. */
  readonly result: CalibrateLabelSetResult;
};

/** What was learned, or why nothing was. */
export type CalibrateLabelSetResult =
  LabelSetCalibrated | CalibrationWithoutGain | TooFewExamples | LabelSetNotReady | LabelSetNotFound;

/** The set has a new version that scores as learned; images are being classified with it. */
export type LabelSetCalibrated = {
  readonly __typename?: 'LabelSetCalibrated';
  /** The set. */
  readonly labelSet: LabelSet;
  /** What was learned, and what it gains. */
  readonly report: CalibrationReport;
};

/** What was learned fits the examples that were held out no better; nothing was changed. More examples may help. */
export type CalibrationWithoutGain = {
  readonly __typename?: 'CalibrationWithoutGain';
  /** What was tried. */
  readonly report: CalibrationReport;
};

/** There are too few examples to learn from. */
export type TooFewExamples = {
  readonly __typename?: 'TooFewExamples';
  /** How many labels on images were accepted. */
  readonly accepted: Scalars['Int']['output'];
  /** How many were rejected. */
  readonly rejected: Scalars['Int']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** Images are still being classified with the set's newest version. */
export type LabelSetNotReady = {
  readonly __typename?: 'LabelSetNotReady';
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What was learned from examples, and how it does on others. */
export type CalibrationReport = {
  readonly __typename?: 'CalibrationReport';
  /** What the model's logit scale is divided by. More than 1: scores were too sure. */
  readonly temperature: Scalars['Float']['output'];
  /** What is added to the logit of an independent label; null in an exclusive set. */
  readonly bias: Maybe<Scalars['Float']['output']>;
  /** How many examples were learned from. */
  readonly learnedExamples: Scalars['Int']['output'];
  /** How many were held out. */
  readonly heldOutExamples: Scalars['Int']['output'];
  /** How the scores did on the examples held out. */
  readonly before: CalibrationQuality;
  /** How they do there now. */
  readonly after: CalibrationQuality;
};

/** How well scores agree with what people said. */
export type CalibrationQuality = {
  readonly __typename?: 'CalibrationQuality';
  /** The mean negative logarithm of the probability that the scores gave to what was said: the less, the better. */
  readonly logLoss: Scalars['Float']['output'];
  /** How far scores are on average from the share that people accept of what scores alike (expected calibration error, ten bins). */
  readonly calibrationError: Scalars['Float']['output'];
  /** The share of examples in which an assigned label was accepted, or one that is not assigned was rejected. */
  readonly agreement: Scalars['Float']['output'];
};

/** What became of a label set that was to be deleted. */
export type DeleteLabelSetPayload = {
  readonly __typename?: 'DeleteLabelSetPayload';
  /** Its id; null when there was none by this id. */
  readonly deletedId: Maybe<Scalars['ID']['output']>;
};

/** A CLIP model that embedded something in this database. */
export type Model = Node & {
  readonly __typename?: 'Model';
  /** The opaque global id. */
  readonly id: Scalars['ID']['output'];
  /** The name: of the Hugging Face hub, or of a local folder. */
  readonly name: Scalars['String']['output'];
  /** The revision of the hub's repository; `main` unless pinned, `local` for a folder. */
  readonly revision: Scalars['String']['output'];
  /** The number type of the weights: fp32, fp16, q8 and so on. */
  readonly dtype: Scalars['String']['output'];
  /** How many numbers an embedding has. */
  readonly dimensions: Scalars['Int']['output'];
  /** What similarities are multiplied with before softmax. */
  readonly logitScale: Scalars['Float']['output'];
  /** A SHA-256 over the model's files and the preprocessing: equal fingerprints give equal embeddings. */
  readonly fingerprint: Scalars['String']['output'];
  /** Whether searches use this model. Exactly one model is active. */
  readonly active: Scalars['Boolean']['output'];
  /** What the model is for at present. */
  readonly state: ModelState;
  /** How far it is with the collection; null when it is RETIRED. */
  readonly progress: Maybe<ModelProgress>;
  /** How many images it has embedded. */
  readonly imageCount: Scalars['Int']['output'];
  /** When it was first used here. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Its vector index, which searches of large collections need. */
  readonly index: VectorIndex;
};

/** The vector index (HNSW) of a model. */
export type VectorIndex = {
  readonly __typename?: 'VectorIndex';
  /** Whether searches can use it. Where they cannot, they compare every image: right, and slow. */
  readonly state: VectorIndexState;
  /** The share that is done, from 0 to 1, of a build or rebuild that runs now; null when none runs. Searches use the old index while it is rebuilt. */
  readonly progress: Maybe<Scalars['Float']['output']>;
  /** Its size in bytes. */
  readonly byteSize: Scalars['Float']['output'];
};

/** The state of a vector index. */
export type VectorIndexState =
  /** Searches use it. */
  | 'READY'
  /** It is being built. */
  | 'BUILDING'
  /** A build was cut off. `pictograph reindex` or the next start builds it. */
  | 'INVALID'
  /** There is none. `pictograph reindex` or the next start builds it. */
  | 'MISSING';

/** What a model is for at present. */
export type ModelState =
  /** Searches use it. New images are embedded with it. */
  | 'ACTIVE'
  /** The collection is being embedded with it, in the background. New images are embedded with it, too. */
  | 'EMBEDDING'
  /** Every READY image has an embedding of it, and new images get one: it can be activated. */
  | 'COMPLETE'
  /** Its embeddings stay as they are; new images get none. */
  | 'PAUSED'
  /** Its embeddings are deleted, or are being deleted. */
  | 'RETIRED';

/** How far a model is with the collection, in every process together. */
export type ModelProgress = {
  readonly __typename?: 'ModelProgress';
  /** Images that search can find under the active model: what has to be embedded. */
  readonly total: Scalars['Int']['output'];
  /** How many of them the model has embedded. */
  readonly embedded: Scalars['Int']['output'];
  /** How many of them it cannot embed: their originals are missing or cannot be decoded. `registerModel` tries them again. */
  readonly failed: Scalars['Int']['output'];
  /** Whether it has embedded all of them. */
  readonly complete: Scalars['Boolean']['output'];
  /** Images a second that the background job embedded, over the last 30 seconds. */
  readonly imagesPerSecond: Scalars['Float']['output'];
  /** About how many seconds until none waits; 0 when none does, null when none was embedded in the last 30 seconds. */
  readonly secondsLeft: Maybe<Scalars['Float']['output']>;
  /** When this was counted. */
  readonly updatedAt: Scalars['DateTime']['output'];
};

/** How much two models agree. */
export type ModelOverlap = {
  readonly __typename?: 'ModelOverlap';
  /** The one model. */
  readonly a: Model;
  /** The other one. */
  readonly b: Model;
  /** How many of the nearest images were compared. */
  readonly k: Scalars['Int']['output'];
  /** The mean overlap of the queries, from 0 to 1; null when there was none. */
  readonly mean: Maybe<Scalars['Float']['output']>;
  /** Each query with what the models found. */
  readonly queries: ReadonlyArray<QueryOverlap>;
};

/** What two models find for one query. */
export type QueryOverlap = {
  readonly __typename?: 'QueryOverlap';
  /** The text that was searched for; null when it was an image. */
  readonly text: Maybe<Scalars['String']['output']>;
  /** The image whose neighbours were looked for; null when it was a text. */
  readonly image: Maybe<Image>;
  /** How many of the nearest images both found, as a share of the longer list: from 0 to 1. */
  readonly overlap: Scalars['Float']['output'];
  /** Images that both found, in the order of `a`. */
  readonly both: ReadonlyArray<Image>;
  /** Images that only `a` found, nearest first. */
  readonly onlyA: ReadonlyArray<Image>;
  /** Images that only `b` found, nearest first. */
  readonly onlyB: ReadonlyArray<Image>;
};

/** Counts over the whole collection. */
export type CollectionStats = {
  readonly __typename?: 'CollectionStats';
  /** All images. */
  readonly imageCount: Scalars['Int']['output'];
  /** Images that wait to be processed. */
  readonly pendingCount: Scalars['Int']['output'];
  /** Images that search can find. */
  readonly readyCount: Scalars['Int']['output'];
  /** Images that could not be processed. */
  readonly failedCount: Scalars['Int']['output'];
  /** Bytes of all originals. */
  readonly byteSize: Scalars['Float']['output'];
  /** Texts whose embeddings are stored. */
  readonly textCount: Scalars['Int']['output'];
  /** The model that searches use. */
  readonly activeModel: Model;
};

/** How far the collection is with what was added, in every process together. */
export type IngestProgress = {
  readonly __typename?: 'IngestProgress';
  /** Images that wait to be processed, those that are being processed included. */
  readonly pending: Scalars['Int']['output'];
  /** Images that search can find. */
  readonly ready: Scalars['Int']['output'];
  /** Images that could not be processed. */
  readonly failed: Scalars['Int']['output'];
  /** Images that a worker has in hand at this moment. */
  readonly running: Scalars['Int']['output'];
  /** Images a second that became READY or FAILED, over the last 30 seconds. */
  readonly imagesPerSecond: Scalars['Float']['output'];
  /** About how many seconds until none is PENDING; 0 when none is, null when none was finished in the last 30 seconds. */
  readonly secondsLeft: Maybe<Scalars['Float']['output']>;
  /** When this was counted. */
  readonly updatedAt: Scalars['DateTime']['output'];
};

/** The images to add. */
export type AddImagesInput = {
  /** From 1 to 100 images. */
  readonly images: ReadonlyArray<AddImageInput>;
};

/** An image to add. */
export type AddImageInput = {
  /** Where the bytes come from: url, base64 or upload. */
  readonly source: ImageSource;
  /** A file name; left out: the upload's or the address's. */
  readonly filename?: InputMaybe<Scalars['String']['input']>;
  /** A title, at most 1,000 characters; left out: the one that the file names, if any. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
  /** At most 100 tags of at most 100 characters. Spaces at the ends and duplicates are dropped. Left out or empty: the keywords that the file names. */
  readonly tags?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** A JSON object of at most 64 KiB. */
  readonly metadata?: InputMaybe<Scalars['JSON']['input']>;
  /** When the picture was taken; left out: what the file says. */
  readonly takenAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Where the picture was taken; left out: what the file says. */
  readonly location?: InputMaybe<GeoPointInput>;
};

/** What became of the images. */
export type AddImagesPayload = {
  readonly __typename?: 'AddImagesPayload';
  /** One result for each source, in order. */
  readonly results: ReadonlyArray<AddImageResult>;
};

/** What became of one source. */
export type AddImageResult = ImageAccepted | ImageDuplicate | ImageRejected;

/** The image is stored and waits to be processed. */
export type ImageAccepted = {
  readonly __typename?: 'ImageAccepted';
  /** The new image. */
  readonly image: Image;
};

/** The same bytes are in the collection already; nothing was changed. A FAILED one is processed again. */
export type ImageDuplicate = {
  readonly __typename?: 'ImageDuplicate';
  /** The image that has the same bytes. */
  readonly image: Image;
};

/** The source was not accepted; nothing was stored. */
export type ImageRejected = {
  readonly __typename?: 'ImageRejected';
  /** A stable code for programs. */
  readonly code: ImageRejectionCode;
  /** What was wrong, what is allowed, what to do. */
  readonly message: Scalars['String']['output'];
};

/** A stable code for why a source was not accepted. */
export type ImageRejectionCode =
  /** The source has no bytes. */
  | 'EMPTY'
  /** The bytes are no image, or of a format that is not accepted. */
  | 'UNSUPPORTED'
  /** The file is an image but damaged: truncated, for example. */
  | 'UNREADABLE'
  /** More bytes, pixels or frames than allowed. */
  | 'TOO_LARGE'
  /** The address is not allowed: not http or https, or not public. */
  | 'URL_REFUSED'
  /** The address did not answer, not in time, or not with 200. */
  | 'URL_FAILED'
  /** The upload ended before the file was whole. */
  | 'UPLOAD_INCOMPLETE'
  /** Title, tags, metadata, file name, time, place or source break a rule. */
  | 'INVALID_INPUT';

/** The image and its new values. */
export type UpdateImageInput = {
  /** The image. */
  readonly id: Scalars['ID']['input'];
  /** A new file name; null removes it. */
  readonly filename?: InputMaybe<Scalars['String']['input']>;
  /** A new title; null removes it. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
  /** All tags from now on. */
  readonly tags?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** All metadata from now on. */
  readonly metadata?: InputMaybe<Scalars['JSON']['input']>;
  /** When the picture was taken; null removes it. */
  readonly takenAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Where the picture was taken; null removes it. */
  readonly location?: InputMaybe<GeoPointInput>;
};

/** The changed image, or why it was not changed. */
export type UpdateImageResult = ImageUpdated | ImageNotFound | InvalidInput;

/** What became of the change. */
export type UpdateImagePayload = {
  readonly __typename?: 'UpdateImagePayload';
  /** The changed image, or why it was not changed. */
  readonly result: UpdateImageResult;
};

/** The image was changed. */
export type ImageUpdated = {
  readonly __typename?: 'ImageUpdated';
  /** The image with its new values. */
  readonly image: Image;
};

/** There is no image with this id. */
export type ImageNotFound = {
  readonly __typename?: 'ImageNotFound';
  /** The id that was given. */
  readonly id: Scalars['ID']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** An input breaks a rule. */
export type InvalidInput = {
  readonly __typename?: 'InvalidInput';
  /** The input field. */
  readonly field: Scalars['String']['output'];
  /** What was wrong and what is allowed. */
  readonly message: Scalars['String']['output'];
};

/** What was deleted. */
export type DeleteImagesPayload = {
  readonly __typename?: 'DeleteImagesPayload';
  /** The ids of the images that were deleted. */
  readonly deletedIds: ReadonlyArray<Scalars['ID']['output']>;
  /** The ids that named no image. */
  readonly notFoundIds: ReadonlyArray<Scalars['ID']['output']>;
};

/** What is tried again. */
export type RetryFailedImagesPayload = {
  readonly __typename?: 'RetryFailedImagesPayload';
  /** How many images went back to PENDING. */
  readonly retriedCount: Scalars['Int']['output'];
};

/** A search that is kept: its query, filter and threshold as they were given, and the embedding of its query. */
export type SavedSearch = Node & {
  readonly __typename?: 'SavedSearch';
  /** The opaque global id. */
  readonly id: Scalars['ID']['output'];
  /** The name; no two saved searches have the same. */
  readonly name: Scalars['String']['output'];
  /** The query in the form of `SearchQuery`, as it was given. The bytes of a file are not kept: null stands in their place. */
  readonly query: Scalars['JSON']['output'];
  /** The filter in the form of `ImageFilter`, as it was given; an empty object when there was none. */
  readonly filter: Scalars['JSON']['output'];
  /** Matches below this cosine similarity are left out; null: none are. */
  readonly minSimilarity: Maybe<Scalars['Float']['output']>;
  /** Matches below this standard score are left out as well; null: none are. */
  readonly minStandardScore: Maybe<Scalars['Float']['output']>;
  /** The model that the query was embedded with. */
  readonly model: Model;
  /** Whether that is the model that searches use. If not, the search cannot be run or watched: embeddings of different models are never compared. */
  readonly comparable: Scalars['Boolean']['output'];
  /** When it was saved. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Runs the search again, without encoding anything. An error (OTHER_MODEL) when it is not comparable. */
  readonly matches: ImageMatchConnection;
  /**
   * The matches that became READY at a time or later, most similar first. Pass the `Image.readyAt` of the newest match that
   * you have seen, which comes again then; the database's clock counts, not yours.
   */
  readonly newSince: ImageMatchConnection;
};

/** A search that is kept: its query, filter and threshold as they were given, and the embedding of its query. */
export type SavedSearchMatchesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  minStandardScore: InputMaybe<Scalars['Float']['input']>;
  mode?: InputMaybe<SearchMode>;
  effort?: InputMaybe<SearchEffort>;
};

/** A search that is kept: its query, filter and threshold as they were given, and the embedding of its query. */
export type SavedSearchNewSinceArgs = {
  time: Scalars['DateTime']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after: InputMaybe<Scalars['String']['input']>;
  minStandardScore: InputMaybe<Scalars['Float']['input']>;
};

/** A page of saved searches. */
export type SavedSearchConnection = {
  readonly __typename?: 'SavedSearchConnection';
  /** The page's edges, newest first. */
  readonly edges: ReadonlyArray<SavedSearchEdge>;
  /** The page's saved searches, for those who need no cursors. */
  readonly nodes: ReadonlyArray<SavedSearch>;
  /** How to go on. */
  readonly pageInfo: PageInfo;
  /** How many saved searches there are in all. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A saved search in a page. */
export type SavedSearchEdge = {
  readonly __typename?: 'SavedSearchEdge';
  /** Pass it as `after`. */
  readonly cursor: Scalars['String']['output'];
  /** The saved search. */
  readonly node: SavedSearch;
};

/** The search to save. */
export type SaveSearchInput = {
  /** A name of 1 to 200 characters that no other saved search has. */
  readonly name: Scalars['String']['input'];
  /** What to look for. */
  readonly query: SearchQuery;
  /** Only images that match. */
  readonly filter?: InputMaybe<ImageFilter>;
  /** Leave out matches below this cosine similarity, from -1 to 1. This or `minStandardScore` is needed to watch the search with `savedSearchMatched`. */
  readonly minSimilarity?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Leave out matches whose `standardScore` is lower. Nothing is left out where there are too few images to have one:
   * `ImageMatchConnection.background` is null then.
   */
  readonly minStandardScore?: InputMaybe<Scalars['Float']['input']>;
};

/** What became of a search that was to be saved. */
export type SaveSearchPayload = {
  readonly __typename?: 'SaveSearchPayload';
  /** The saved search, or why it was not saved. */
  readonly result: SaveSearchResult;
};

/** The saved search, or why it was not saved. */
export type SaveSearchResult = SearchSaved | SavedSearchNameTaken | InvalidInput;

/** The search was saved. */
export type SearchSaved = {
  readonly __typename?: 'SearchSaved';
  /** The saved search. */
  readonly search: SavedSearch;
};

/** There is a saved search by this name already; nothing was changed. */
export type SavedSearchNameTaken = {
  readonly __typename?: 'SavedSearchNameTaken';
  /** The one that has the name. */
  readonly search: SavedSearch;
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What became of a saved search that was to be deleted. */
export type DeleteSavedSearchPayload = {
  readonly __typename?: 'DeleteSavedSearchPayload';
  /** Its id; null when there was none by this id. */
  readonly deletedId: Maybe<Scalars['ID']['output']>;
};

/**
 * What was searched with `search`: first pages only, without a word on who asked. Entries are written a second or so after
 * the answer, and forgotten after a number of days. Whoever operates the server can turn it off (SEARCH_LOG=off), and
 * every search can ask to be left out (`log: false`).
 */
export type SearchLog = {
  readonly __typename?: 'SearchLog';
  /** Whether searches are written down at present. */
  readonly enabled: Scalars['Boolean']['output'];
  /** After how many days a search is forgotten. The counts of each day are kept. */
  readonly retentionDays: Scalars['Int']['output'];
  /** How many searches each of the latest days had, today included, oldest first; in UTC. */
  readonly perDay: ReadonlyArray<SearchLogDay>;
  /** The texts that were searched most often, whatever the case of their letters, among the latest 100,000 searches. */
  readonly popular: ReadonlyArray<LoggedText>;
  /** The texts that found nothing most often, among the latest 100,000 searches. */
  readonly empty: ReadonlyArray<LoggedText>;
};

/**
 * What was searched with `search`: first pages only, without a word on who asked. Entries are written a second or so after
 * the answer, and forgotten after a number of days. Whoever operates the server can turn it off (SEARCH_LOG=off), and
 * every search can ask to be left out (`log: false`).
 */
export type SearchLogPerDayArgs = {
  days?: InputMaybe<Scalars['Int']['input']>;
};

/**
 * What was searched with `search`: first pages only, without a word on who asked. Entries are written a second or so after
 * the answer, and forgotten after a number of days. Whoever operates the server can turn it off (SEARCH_LOG=off), and
 * every search can ask to be left out (`log: false`).
 */
export type SearchLogPopularArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  days?: InputMaybe<Scalars['Int']['input']>;
};

/**
 * What was searched with `search`: first pages only, without a word on who asked. Entries are written a second or so after
 * the answer, and forgotten after a number of days. Whoever operates the server can turn it off (SEARCH_LOG=off), and
 * every search can ask to be left out (`log: false`).
 */
export type SearchLogEmptyArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  days?: InputMaybe<Scalars['Int']['input']>;
};

/** The searches of a day. */
export type SearchLogDay = {
  readonly __typename?: 'SearchLogDay';
  /** The day's beginning, in UTC. */
  readonly day: Scalars['DateTime']['output'];
  /** How many searches there were. */
  readonly searches: Scalars['Int']['output'];
  /** How many of them had no match. */
  readonly emptySearches: Scalars['Int']['output'];
  /** Milliseconds that one took on average, for encoding and for the database; null on a day without searches. */
  readonly averageMs: Maybe<Scalars['Float']['output']>;
};

/** A text that was searched. */
export type LoggedText = {
  readonly __typename?: 'LoggedText';
  /** The text, in the spelling that was used most often. */
  readonly text: Scalars['String']['output'];
  /** How often it was searched. */
  readonly searches: Scalars['Int']['output'];
  /** How often it had no match. */
  readonly emptySearches: Scalars['Int']['output'];
  /** The cosine similarity of the best match that it ever had; null when it never had one. */
  readonly bestSimilarity: Maybe<Scalars['Float']['output']>;
  /** When it was searched last. */
  readonly lastSearchedAt: Scalars['DateTime']['output'];
};

/** A model to be registered. */
export type RegisterModelInput = {
  /** A name of the Hugging Face hub, such as `Xenova/clip-vit-base-patch16`, or `pictogram-clip`. Folders can be named on the command line only, but a folder that is registered already may be given again. */
  readonly source: Scalars['String']['input'];
  /** A branch, tag or commit of the hub. Give a commit to be sure that nothing ever changes. */
  readonly revision?: InputMaybe<Scalars['String']['input']>;
  /** Which weights, as `CLIP_DTYPE`: fp32, fp16, q8, int8 and so on. Which exist depends on the model. */
  readonly dtype?: InputMaybe<Scalars['String']['input']>;
  /** What similarities are multiplied with before softmax. Left out: what the model's configuration says. It counts at the first registration. */
  readonly logitScale?: InputMaybe<Scalars['Float']['input']>;
};

/** What became of a model that was to be registered. */
export type RegisterModelPayload = {
  readonly __typename?: 'RegisterModelPayload';
  /** The registered model, or why it was not registered. */
  readonly result: RegisterModelResult;
};

/** The registered model, or why it was not registered. */
export type RegisterModelResult = ModelRegistered | ModelRefused | InvalidInput;

/** The model is there, and the collection is being embedded with it. */
export type ModelRegistered = {
  readonly __typename?: 'ModelRegistered';
  /** The model. */
  readonly model: Model;
};

/** The model cannot be used; nothing was changed. */
export type ModelRefused = {
  readonly __typename?: 'ModelRefused';
  /** A stable code for programs. */
  readonly code: ModelRefusalCode;
  /** What was wrong, what is allowed, what to do. */
  readonly message: Scalars['String']['output'];
};

/** A stable code for why a model cannot be used. */
export type ModelRefusalCode =
  /** The hub does not answer, or answers with an error of its own. Try again later. */
  | 'HUB_UNREACHABLE'
  /** The hub has no such model, revision or weights, or does not show them. */
  | 'NOT_FOUND'
  /** The download did not arrive whole. Nothing of it was kept; try again. */
  | 'DOWNLOAD_INCOMPLETE'
  /** It is no CLIP, its files do not belong together, or it may not be named here. */
  | 'UNUSABLE';

/** What became of a model that was to become active. */
export type ActivateModelPayload = {
  readonly __typename?: 'ActivateModelPayload';
  /** The active model, or why it is not active. */
  readonly result: ActivateModelResult;
};

/** The active model, or why it is not active. */
export type ActivateModelResult = ModelActivated | ModelIncomplete | ModelUnavailable | ModelNotFound;

/** Searches use the model from now on. Other processes take it over as soon as they have loaded it. */
export type ModelActivated = {
  readonly __typename?: 'ModelActivated';
  /** The model. */
  readonly model: Model;
  /** The model that was active before; null when it was this one. */
  readonly previous: Maybe<Model>;
  /** What has to be done before the next start; null when nothing has to be. */
  readonly notice: Maybe<Scalars['String']['output']>;
};

/** Searches would not find every image under the model; nothing was changed. */
export type ModelIncomplete = {
  readonly __typename?: 'ModelIncomplete';
  /** The model. */
  readonly model: Model;
  /** READY images without an embedding of it. */
  readonly missingCount: Scalars['Int']['output'];
  /** How many of them it cannot embed. */
  readonly failedCount: Scalars['Int']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** The model cannot be loaded; nothing was changed. */
export type ModelUnavailable = {
  readonly __typename?: 'ModelUnavailable';
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** There is no model with this id. */
export type ModelNotFound = {
  readonly __typename?: 'ModelNotFound';
  /** The id that was given. */
  readonly id: Scalars['ID']['output'];
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** The model is the active one; nothing was changed. */
export type ModelIsActive = {
  readonly __typename?: 'ModelIsActive';
  /** The model. */
  readonly model: Model;
  /** What to do, for people. */
  readonly message: Scalars['String']['output'];
};

/** What became of a model that was to be paused. */
export type PauseModelPayload = {
  readonly __typename?: 'PauseModelPayload';
  /** The paused model, or why it is not paused. */
  readonly result: PauseModelResult;
};

/** The paused model, or why it is not paused. */
export type PauseModelResult = ModelPaused | ModelIsActive | ModelNotFound;

/** No more images are embedded with the model. */
export type ModelPaused = {
  readonly __typename?: 'ModelPaused';
  /** The model. */
  readonly model: Model;
};

/** What became of a model that was to be retired. */
export type RetireModelPayload = {
  readonly __typename?: 'RetireModelPayload';
  /** The retired model, or why it is not retired. */
  readonly result: RetireModelResult;
};

/** The retired model, or why it is not retired. */
export type RetireModelResult = ModelRetired | ModelIsActive | ModelNotFound;

/** The model's embeddings are being deleted. */
export type ModelRetired = {
  readonly __typename?: 'ModelRetired';
  /** The model. */
  readonly model: Model;
};

export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<
  TResult,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<
  TResult,
  TKey extends string,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<
  TTypes,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
> = (parent: TParent, context: TContext, info: GraphQLResolveInfo) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  obj: T,
  context: TContext,
  info: GraphQLResolveInfo,
) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<
  TResult = Record<PropertyKey, never>,
  TParent = Record<PropertyKey, never>,
  TContext = Record<PropertyKey, never>,
  TArgs = Record<PropertyKey, never>,
> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo,
) => TResult | Promise<TResult>;

/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  CreateLabelSetResult:
    | (Omit<LabelSetCreated, 'labelSet'> & { labelSet: _RefType['LabelSet'] } & {
        __typename: 'LabelSetCreated';
      })
    | (Omit<LabelSetNameTaken, 'labelSet'> & { labelSet: _RefType['LabelSet'] } & {
        __typename: 'LabelSetNameTaken';
      })
    | (InvalidInput & { __typename: 'InvalidInput' });
  UpdateLabelSetResult:
    | (Omit<LabelSetUpdated, 'labelSet'> & { labelSet: _RefType['LabelSet'] } & {
        __typename: 'LabelSetUpdated';
      })
    | (LabelSetNotFoundParent & { __typename: 'LabelSetNotFound' })
    | (Omit<LabelSetNameTaken, 'labelSet'> & { labelSet: _RefType['LabelSet'] } & {
        __typename: 'LabelSetNameTaken';
      })
    | (InvalidInput & { __typename: 'InvalidInput' });
  FeedbackResult:
    | (Omit<FeedbackStored, 'image' | 'label'> & { image: _RefType['Image']; label: _RefType['Label'] } & {
        __typename: 'FeedbackStored';
      })
    | (ImageNotFoundParent & { __typename: 'ImageNotFound' })
    | (LabelNotFoundParent & { __typename: 'LabelNotFound' });
  CalibrateLabelSetResult:
    | (Omit<LabelSetCalibrated, 'labelSet'> & { labelSet: _RefType['LabelSet'] } & {
        __typename: 'LabelSetCalibrated';
      })
    | (CalibrationWithoutGain & { __typename: 'CalibrationWithoutGain' })
    | (TooFewExamplesParent & { __typename: 'TooFewExamples' })
    | (LabelSetNotReadyParent & { __typename: 'LabelSetNotReady' })
    | (LabelSetNotFoundParent & { __typename: 'LabelSetNotFound' });
  AddImageResult:
    | (Omit<ImageAccepted, 'image'> & { image: _RefType['Image'] } & { __typename: 'ImageAccepted' })
    | (Omit<ImageDuplicate, 'image'> & { image: _RefType['Image'] } & { __typename: 'ImageDuplicate' })
    | (ImageRejected & { __typename: 'ImageRejected' });
  UpdateImageResult:
    | (Omit<ImageUpdated, 'image'> & { image: _RefType['Image'] } & { __typename: 'ImageUpdated' })
    | (ImageNotFoundParent & { __typename: 'ImageNotFound' })
    | (InvalidInput & { __typename: 'InvalidInput' });
  SaveSearchResult:
    | (Omit<SearchSaved, 'search'> & { search: _RefType['SavedSearch'] } & { __typename: 'SearchSaved' })
    | (Omit<SavedSearchNameTaken, 'search'> & { search: _RefType['SavedSearch'] } & {
        __typename: 'SavedSearchNameTaken';
      })
    | (InvalidInput & { __typename: 'InvalidInput' });
  RegisterModelResult:
    | (Omit<ModelRegistered, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelRegistered' })
    | (ModelRefused & { __typename: 'ModelRefused' })
    | (InvalidInput & { __typename: 'InvalidInput' });
  ActivateModelResult:
    | (Omit<ModelActivated, 'model' | 'previous'> & {
        model: _RefType['Model'];
        previous?: Maybe<_RefType['Model']>;
      } & { __typename: 'ModelActivated' })
    | (Omit<ModelIncomplete, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelIncomplete' })
    | (ModelUnavailable & { __typename: 'ModelUnavailable' })
    | (ModelNotFound & { __typename: 'ModelNotFound' });
  PauseModelResult:
    | (Omit<ModelPaused, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelPaused' })
    | (Omit<ModelIsActive, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelIsActive' })
    | (ModelNotFound & { __typename: 'ModelNotFound' });
  RetireModelResult:
    | (Omit<ModelRetired, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelRetired' })
    | (Omit<ModelIsActive, 'model'> & { model: _RefType['Model'] } & { __typename: 'ModelIsActive' })
    | (ModelNotFound & { __typename: 'ModelNotFound' });
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Upload: ResolverTypeWrapper<Scalars['Upload']['output']>;
  Node: ResolverTypeWrapper<NodeParent>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SearchQuery: SearchQuery;
  PromptedText: PromptedText;
  WeightedQuery: WeightedQuery;
  ImageSource: ImageSource;
  SearchMode: SearchMode;
  SearchEffort: SearchEffort;
  ImageFilter: ImageFilter;
  LabelFilter: LabelFilter;
  IntRange: IntRange;
  LocationFilter: LocationFilter;
  NearFilter: NearFilter;
  GeoBoxInput: GeoBoxInput;
  DateTimeRange: DateTimeRange;
  ImageOrder: ImageOrder;
  MatchOrder: MatchOrder;
  MatchOrderField: MatchOrderField;
  ImageOrderField: ImageOrderField;
  OrderDirection: OrderDirection;
  Image: ResolverTypeWrapper<ImageParent>;
  GeoPoint: ResolverTypeWrapper<GeoPoint>;
  GeoPointInput: GeoPointInput;
  ImageStatus: ImageStatus;
  OriginalState: OriginalState;
  ImageFailure: ResolverTypeWrapper<ImageFailure>;
  ImageFailureCode: ImageFailureCode;
  ImageConnection: ResolverTypeWrapper<ImageConnectionParent>;
  ImageEdge: ResolverTypeWrapper<Omit<ImageEdge, 'node'> & { node: ResolversTypes['Image'] }>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  ImageMatchConnection: ResolverTypeWrapper<ImageMatchConnectionParent>;
  SearchBackground: ResolverTypeWrapper<SearchBackground>;
  ImageMatchEdge: ResolverTypeWrapper<ImageMatchEdgeParent>;
  MatchSource: ResolverTypeWrapper<MatchSource>;
  MatchList: MatchList;
  DuplicateGroupConnection: ResolverTypeWrapper<DuplicateGroupConnectionParent>;
  DuplicateGroupEdge: ResolverTypeWrapper<DuplicateGroupParent>;
  DuplicateGroup: ResolverTypeWrapper<DuplicateGroupParent>;
  SearchPlan: ResolverTypeWrapper<SearchPlanParent>;
  FusionPlan: ResolverTypeWrapper<FusionPlan>;
  ImageClusters: ResolverTypeWrapper<ImageClustersParent>;
  ImageCluster: ResolverTypeWrapper<ImageClusterParent>;
  Vocabulary: ResolverTypeWrapper<VocabularyParent>;
  LabelScore: ResolverTypeWrapper<LabelScore>;
  LabelSet: ResolverTypeWrapper<LabelSetParent>;
  Label: ResolverTypeWrapper<LabelParent>;
  LabelImageConnection: ResolverTypeWrapper<LabelImageConnectionParent>;
  LabelImageEdge: ResolverTypeWrapper<LabelImageEdgeParent>;
  Classification: ResolverTypeWrapper<ClassificationParent>;
  Feedback: Feedback;
  LabelSetCalibration: ResolverTypeWrapper<LabelSetCalibration>;
  LabelSetEvaluation: ResolverTypeWrapper<LabelSetEvaluationParent>;
  LabelEvaluation: ResolverTypeWrapper<LabelEvaluationParent>;
  ConfusionCell: ResolverTypeWrapper<ConfusionCellParent>;
  ClassificationProgress: ResolverTypeWrapper<ClassificationProgressParent>;
  ClassificationState: ClassificationState;
  LabelDistribution: ResolverTypeWrapper<LabelDistributionParent>;
  LabelCount: ResolverTypeWrapper<Omit<LabelCount, 'label'> & { label: ResolversTypes['Label'] }>;
  LabelSetDiff: ResolverTypeWrapper<LabelSetDiffParent>;
  LabelChange: ResolverTypeWrapper<
    Omit<LabelChange, 'before' | 'after'> & {
      before: ResolversTypes['Label'];
      after: ResolversTypes['Label'];
    }
  >;
  SettingChange: ResolverTypeWrapper<SettingChange>;
  LabelSetSetting: LabelSetSetting;
  LabelSetImageDiff: ResolverTypeWrapper<LabelSetDiffParent>;
  ImageLabelChange: ResolverTypeWrapper<ImageLabelChangeParent>;
  LabelSetConnection: ResolverTypeWrapper<LabelSetConnectionParent>;
  LabelSetEdge: ResolverTypeWrapper<Omit<LabelSetEdge, 'node'> & { node: ResolversTypes['LabelSet'] }>;
  TemplatePreset: TemplatePreset;
  TemplatePresetTemplates: ResolverTypeWrapper<TemplatePresetTemplates>;
  LabelInput: LabelInput;
  CreateLabelSetInput: CreateLabelSetInput;
  UpdateLabelSetInput: UpdateLabelSetInput;
  CreateLabelSetPayload: ResolverTypeWrapper<
    Omit<CreateLabelSetPayload, 'result'> & { result: ResolversTypes['CreateLabelSetResult'] }
  >;
  CreateLabelSetResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CreateLabelSetResult']>;
  LabelSetCreated: ResolverTypeWrapper<
    Omit<LabelSetCreated, 'labelSet'> & { labelSet: ResolversTypes['LabelSet'] }
  >;
  LabelSetNameTaken: ResolverTypeWrapper<
    Omit<LabelSetNameTaken, 'labelSet'> & { labelSet: ResolversTypes['LabelSet'] }
  >;
  UpdateLabelSetPayload: ResolverTypeWrapper<
    Omit<UpdateLabelSetPayload, 'result'> & { result: ResolversTypes['UpdateLabelSetResult'] }
  >;
  UpdateLabelSetResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['UpdateLabelSetResult']>;
  LabelSetUpdated: ResolverTypeWrapper<
    Omit<LabelSetUpdated, 'labelSet'> & { labelSet: ResolversTypes['LabelSet'] }
  >;
  LabelSetNotFound: ResolverTypeWrapper<LabelSetNotFoundParent>;
  FeedbackPayload: ResolverTypeWrapper<
    Omit<FeedbackPayload, 'result'> & { result: ResolversTypes['FeedbackResult'] }
  >;
  FeedbackResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['FeedbackResult']>;
  FeedbackStored: ResolverTypeWrapper<
    Omit<FeedbackStored, 'image' | 'label'> & {
      image: ResolversTypes['Image'];
      label: ResolversTypes['Label'];
    }
  >;
  LabelNotFound: ResolverTypeWrapper<LabelNotFoundParent>;
  CalibrateLabelSetPayload: ResolverTypeWrapper<
    Omit<CalibrateLabelSetPayload, 'result'> & { result: ResolversTypes['CalibrateLabelSetResult'] }
  >;
  CalibrateLabelSetResult: ResolverTypeWrapper<
    ResolversUnionTypes<ResolversTypes>['CalibrateLabelSetResult']
  >;
  LabelSetCalibrated: ResolverTypeWrapper<
    Omit<LabelSetCalibrated, 'labelSet'> & { labelSet: ResolversTypes['LabelSet'] }
  >;
  CalibrationWithoutGain: ResolverTypeWrapper<CalibrationWithoutGain>;
  TooFewExamples: ResolverTypeWrapper<TooFewExamplesParent>;
  LabelSetNotReady: ResolverTypeWrapper<LabelSetNotReadyParent>;
  CalibrationReport: ResolverTypeWrapper<CalibrationReport>;
  CalibrationQuality: ResolverTypeWrapper<CalibrationQuality>;
  DeleteLabelSetPayload: ResolverTypeWrapper<DeleteLabelSetPayload>;
  Model: ResolverTypeWrapper<ModelParent>;
  VectorIndex: ResolverTypeWrapper<VectorIndex>;
  VectorIndexState: VectorIndexState;
  ModelState: ModelState;
  ModelProgress: ResolverTypeWrapper<ModelProgress>;
  ModelOverlap: ResolverTypeWrapper<
    Omit<ModelOverlap, 'a' | 'b' | 'queries'> & {
      a: ResolversTypes['Model'];
      b: ResolversTypes['Model'];
      queries: ReadonlyArray<ResolversTypes['QueryOverlap']>;
    }
  >;
  QueryOverlap: ResolverTypeWrapper<QueryOverlapParent>;
  CollectionStats: ResolverTypeWrapper<CollectionStatsParent>;
  IngestProgress: ResolverTypeWrapper<IngestProgressParent>;
  AddImagesInput: AddImagesInput;
  AddImageInput: AddImageInput;
  AddImagesPayload: ResolverTypeWrapper<
    Omit<AddImagesPayload, 'results'> & { results: ReadonlyArray<ResolversTypes['AddImageResult']> }
  >;
  AddImageResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['AddImageResult']>;
  ImageAccepted: ResolverTypeWrapper<Omit<ImageAccepted, 'image'> & { image: ResolversTypes['Image'] }>;
  ImageDuplicate: ResolverTypeWrapper<Omit<ImageDuplicate, 'image'> & { image: ResolversTypes['Image'] }>;
  ImageRejected: ResolverTypeWrapper<ImageRejected>;
  ImageRejectionCode: ImageRejectionCode;
  UpdateImageInput: UpdateImageInput;
  UpdateImageResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['UpdateImageResult']>;
  UpdateImagePayload: ResolverTypeWrapper<
    Omit<UpdateImagePayload, 'result'> & { result: ResolversTypes['UpdateImageResult'] }
  >;
  ImageUpdated: ResolverTypeWrapper<Omit<ImageUpdated, 'image'> & { image: ResolversTypes['Image'] }>;
  ImageNotFound: ResolverTypeWrapper<ImageNotFoundParent>;
  InvalidInput: ResolverTypeWrapper<InvalidInput>;
  DeleteImagesPayload: ResolverTypeWrapper<DeleteImagesPayload>;
  RetryFailedImagesPayload: ResolverTypeWrapper<RetryFailedImagesPayload>;
  SavedSearch: ResolverTypeWrapper<SavedSearchParent>;
  SavedSearchConnection: ResolverTypeWrapper<SavedSearchConnectionParent>;
  SavedSearchEdge: ResolverTypeWrapper<
    Omit<SavedSearchEdge, 'node'> & { node: ResolversTypes['SavedSearch'] }
  >;
  SaveSearchInput: SaveSearchInput;
  SaveSearchPayload: ResolverTypeWrapper<
    Omit<SaveSearchPayload, 'result'> & { result: ResolversTypes['SaveSearchResult'] }
  >;
  SaveSearchResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['SaveSearchResult']>;
  SearchSaved: ResolverTypeWrapper<Omit<SearchSaved, 'search'> & { search: ResolversTypes['SavedSearch'] }>;
  SavedSearchNameTaken: ResolverTypeWrapper<
    Omit<SavedSearchNameTaken, 'search'> & { search: ResolversTypes['SavedSearch'] }
  >;
  DeleteSavedSearchPayload: ResolverTypeWrapper<DeleteSavedSearchPayload>;
  SearchLog: ResolverTypeWrapper<SearchLogParent>;
  SearchLogDay: ResolverTypeWrapper<SearchLogDay>;
  LoggedText: ResolverTypeWrapper<LoggedText>;
  RegisterModelInput: RegisterModelInput;
  RegisterModelPayload: ResolverTypeWrapper<
    Omit<RegisterModelPayload, 'result'> & { result: ResolversTypes['RegisterModelResult'] }
  >;
  RegisterModelResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RegisterModelResult']>;
  ModelRegistered: ResolverTypeWrapper<Omit<ModelRegistered, 'model'> & { model: ResolversTypes['Model'] }>;
  ModelRefused: ResolverTypeWrapper<ModelRefused>;
  ModelRefusalCode: ModelRefusalCode;
  ActivateModelPayload: ResolverTypeWrapper<
    Omit<ActivateModelPayload, 'result'> & { result: ResolversTypes['ActivateModelResult'] }
  >;
  ActivateModelResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ActivateModelResult']>;
  ModelActivated: ResolverTypeWrapper<
    Omit<ModelActivated, 'model' | 'previous'> & {
      model: ResolversTypes['Model'];
      previous?: Maybe<ResolversTypes['Model']>;
    }
  >;
  ModelIncomplete: ResolverTypeWrapper<Omit<ModelIncomplete, 'model'> & { model: ResolversTypes['Model'] }>;
  ModelUnavailable: ResolverTypeWrapper<ModelUnavailable>;
  ModelNotFound: ResolverTypeWrapper<ModelNotFound>;
  ModelIsActive: ResolverTypeWrapper<Omit<ModelIsActive, 'model'> & { model: ResolversTypes['Model'] }>;
  PauseModelPayload: ResolverTypeWrapper<
    Omit<PauseModelPayload, 'result'> & { result: ResolversTypes['PauseModelResult'] }
  >;
  PauseModelResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['PauseModelResult']>;
  ModelPaused: ResolverTypeWrapper<Omit<ModelPaused, 'model'> & { model: ResolversTypes['Model'] }>;
  RetireModelPayload: ResolverTypeWrapper<
    Omit<RetireModelPayload, 'result'> & { result: ResolversTypes['RetireModelResult'] }
  >;
  RetireModelResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RetireModelResult']>;
  ModelRetired: ResolverTypeWrapper<Omit<ModelRetired, 'model'> & { model: ResolversTypes['Model'] }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  DateTime: Scalars['DateTime']['output'];
  JSON: Scalars['JSON']['output'];
  Upload: Scalars['Upload']['output'];
  Node: NodeParent;
  ID: Scalars['ID']['output'];
  Query: Record<PropertyKey, never>;
  Int: Scalars['Int']['output'];
  String: Scalars['String']['output'];
  Float: Scalars['Float']['output'];
  Boolean: Scalars['Boolean']['output'];
  Mutation: Record<PropertyKey, never>;
  Subscription: Record<PropertyKey, never>;
  SearchQuery: SearchQuery;
  PromptedText: PromptedText;
  WeightedQuery: WeightedQuery;
  ImageSource: ImageSource;
  ImageFilter: ImageFilter;
  LabelFilter: LabelFilter;
  IntRange: IntRange;
  LocationFilter: LocationFilter;
  NearFilter: NearFilter;
  GeoBoxInput: GeoBoxInput;
  DateTimeRange: DateTimeRange;
  ImageOrder: ImageOrder;
  MatchOrder: MatchOrder;
  Image: ImageParent;
  GeoPoint: GeoPoint;
  GeoPointInput: GeoPointInput;
  ImageFailure: ImageFailure;
  ImageConnection: ImageConnectionParent;
  ImageEdge: Omit<ImageEdge, 'node'> & { node: ResolversParentTypes['Image'] };
  PageInfo: PageInfo;
  ImageMatchConnection: ImageMatchConnectionParent;
  SearchBackground: SearchBackground;
  ImageMatchEdge: ImageMatchEdgeParent;
  MatchSource: MatchSource;
  DuplicateGroupConnection: DuplicateGroupConnectionParent;
  DuplicateGroupEdge: DuplicateGroupParent;
  DuplicateGroup: DuplicateGroupParent;
  SearchPlan: SearchPlanParent;
  FusionPlan: FusionPlan;
  ImageClusters: ImageClustersParent;
  ImageCluster: ImageClusterParent;
  Vocabulary: VocabularyParent;
  LabelScore: LabelScore;
  LabelSet: LabelSetParent;
  Label: LabelParent;
  LabelImageConnection: LabelImageConnectionParent;
  LabelImageEdge: LabelImageEdgeParent;
  Classification: ClassificationParent;
  LabelSetCalibration: LabelSetCalibration;
  LabelSetEvaluation: LabelSetEvaluationParent;
  LabelEvaluation: LabelEvaluationParent;
  ConfusionCell: ConfusionCellParent;
  ClassificationProgress: ClassificationProgressParent;
  LabelDistribution: LabelDistributionParent;
  LabelCount: Omit<LabelCount, 'label'> & { label: ResolversParentTypes['Label'] };
  LabelSetDiff: LabelSetDiffParent;
  LabelChange: Omit<LabelChange, 'before' | 'after'> & {
    before: ResolversParentTypes['Label'];
    after: ResolversParentTypes['Label'];
  };
  SettingChange: SettingChange;
  LabelSetImageDiff: LabelSetDiffParent;
  ImageLabelChange: ImageLabelChangeParent;
  LabelSetConnection: LabelSetConnectionParent;
  LabelSetEdge: Omit<LabelSetEdge, 'node'> & { node: ResolversParentTypes['LabelSet'] };
  TemplatePresetTemplates: TemplatePresetTemplates;
  LabelInput: LabelInput;
  CreateLabelSetInput: CreateLabelSetInput;
  UpdateLabelSetInput: UpdateLabelSetInput;
  CreateLabelSetPayload: Omit<CreateLabelSetPayload, 'result'> & {
    result: ResolversParentTypes['CreateLabelSetResult'];
  };
  CreateLabelSetResult: ResolversUnionTypes<ResolversParentTypes>['CreateLabelSetResult'];
  LabelSetCreated: Omit<LabelSetCreated, 'labelSet'> & { labelSet: ResolversParentTypes['LabelSet'] };
  LabelSetNameTaken: Omit<LabelSetNameTaken, 'labelSet'> & { labelSet: ResolversParentTypes['LabelSet'] };
  UpdateLabelSetPayload: Omit<UpdateLabelSetPayload, 'result'> & {
    result: ResolversParentTypes['UpdateLabelSetResult'];
  };
  UpdateLabelSetResult: ResolversUnionTypes<ResolversParentTypes>['UpdateLabelSetResult'];
  LabelSetUpdated: Omit<LabelSetUpdated, 'labelSet'> & { labelSet: ResolversParentTypes['LabelSet'] };
  LabelSetNotFound: LabelSetNotFoundParent;
  FeedbackPayload: Omit<FeedbackPayload, 'result'> & { result: ResolversParentTypes['FeedbackResult'] };
  FeedbackResult: ResolversUnionTypes<ResolversParentTypes>['FeedbackResult'];
  FeedbackStored: Omit<FeedbackStored, 'image' | 'label'> & {
    image: ResolversParentTypes['Image'];
    label: ResolversParentTypes['Label'];
  };
  LabelNotFound: LabelNotFoundParent;
  CalibrateLabelSetPayload: Omit<CalibrateLabelSetPayload, 'result'> & {
    result: ResolversParentTypes['CalibrateLabelSetResult'];
  };
  CalibrateLabelSetResult: ResolversUnionTypes<ResolversParentTypes>['CalibrateLabelSetResult'];
  LabelSetCalibrated: Omit<LabelSetCalibrated, 'labelSet'> & { labelSet: ResolversParentTypes['LabelSet'] };
  CalibrationWithoutGain: CalibrationWithoutGain;
  TooFewExamples: TooFewExamplesParent;
  LabelSetNotReady: LabelSetNotReadyParent;
  CalibrationReport: CalibrationReport;
  CalibrationQuality: CalibrationQuality;
  DeleteLabelSetPayload: DeleteLabelSetPayload;
  Model: ModelParent;
  VectorIndex: VectorIndex;
  ModelProgress: ModelProgress;
  ModelOverlap: Omit<ModelOverlap, 'a' | 'b' | 'queries'> & {
    a: ResolversParentTypes['Model'];
    b: ResolversParentTypes['Model'];
    queries: ReadonlyArray<ResolversParentTypes['QueryOverlap']>;
  };
  QueryOverlap: QueryOverlapParent;
  CollectionStats: CollectionStatsParent;
  IngestProgress: IngestProgressParent;
  AddImagesInput: AddImagesInput;
  AddImageInput: AddImageInput;
  AddImagesPayload: Omit<AddImagesPayload, 'results'> & {
    results: ReadonlyArray<ResolversParentTypes['AddImageResult']>;
  };
  AddImageResult: ResolversUnionTypes<ResolversParentTypes>['AddImageResult'];
  ImageAccepted: Omit<ImageAccepted, 'image'> & { image: ResolversParentTypes['Image'] };
  ImageDuplicate: Omit<ImageDuplicate, 'image'> & { image: ResolversParentTypes['Image'] };
  ImageRejected: ImageRejected;
  UpdateImageInput: UpdateImageInput;
  UpdateImageResult: ResolversUnionTypes<ResolversParentTypes>['UpdateImageResult'];
  UpdateImagePayload: Omit<UpdateImagePayload, 'result'> & {
    result: ResolversParentTypes['UpdateImageResult'];
  };
  ImageUpdated: Omit<ImageUpdated, 'image'> & { image: ResolversParentTypes['Image'] };
  ImageNotFound: ImageNotFoundParent;
  InvalidInput: InvalidInput;
  DeleteImagesPayload: DeleteImagesPayload;
  RetryFailedImagesPayload: RetryFailedImagesPayload;
  SavedSearch: SavedSearchParent;
  SavedSearchConnection: SavedSearchConnectionParent;
  SavedSearchEdge: Omit<SavedSearchEdge, 'node'> & { node: ResolversParentTypes['SavedSearch'] };
  SaveSearchInput: SaveSearchInput;
  SaveSearchPayload: Omit<SaveSearchPayload, 'result'> & { result: ResolversParentTypes['SaveSearchResult'] };
  SaveSearchResult: ResolversUnionTypes<ResolversParentTypes>['SaveSearchResult'];
  SearchSaved: Omit<SearchSaved, 'search'> & { search: ResolversParentTypes['SavedSearch'] };
  SavedSearchNameTaken: Omit<SavedSearchNameTaken, 'search'> & {
    search: ResolversParentTypes['SavedSearch'];
  };
  DeleteSavedSearchPayload: DeleteSavedSearchPayload;
  SearchLog: SearchLogParent;
  SearchLogDay: SearchLogDay;
  LoggedText: LoggedText;
  RegisterModelInput: RegisterModelInput;
  RegisterModelPayload: Omit<RegisterModelPayload, 'result'> & {
    result: ResolversParentTypes['RegisterModelResult'];
  };
  RegisterModelResult: ResolversUnionTypes<ResolversParentTypes>['RegisterModelResult'];
  ModelRegistered: Omit<ModelRegistered, 'model'> & { model: ResolversParentTypes['Model'] };
  ModelRefused: ModelRefused;
  ActivateModelPayload: Omit<ActivateModelPayload, 'result'> & {
    result: ResolversParentTypes['ActivateModelResult'];
  };
  ActivateModelResult: ResolversUnionTypes<ResolversParentTypes>['ActivateModelResult'];
  ModelActivated: Omit<ModelActivated, 'model' | 'previous'> & {
    model: ResolversParentTypes['Model'];
    previous?: Maybe<ResolversParentTypes['Model']>;
  };
  ModelIncomplete: Omit<ModelIncomplete, 'model'> & { model: ResolversParentTypes['Model'] };
  ModelUnavailable: ModelUnavailable;
  ModelNotFound: ModelNotFound;
  ModelIsActive: Omit<ModelIsActive, 'model'> & { model: ResolversParentTypes['Model'] };
  PauseModelPayload: Omit<PauseModelPayload, 'result'> & { result: ResolversParentTypes['PauseModelResult'] };
  PauseModelResult: ResolversUnionTypes<ResolversParentTypes>['PauseModelResult'];
  ModelPaused: Omit<ModelPaused, 'model'> & { model: ResolversParentTypes['Model'] };
  RetireModelPayload: Omit<RetireModelPayload, 'result'> & {
    result: ResolversParentTypes['RetireModelResult'];
  };
  RetireModelResult: ResolversUnionTypes<ResolversParentTypes>['RetireModelResult'];
  ModelRetired: Omit<ModelRetired, 'model'> & { model: ResolversParentTypes['Model'] };
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export interface UploadScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Upload'], any> {
  name: 'Upload';
}

export type NodeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node'],
> = {
  __resolveType: TypeResolveFn<
    'Image' | 'LabelSet' | 'Label' | 'Model' | 'SavedSearch',
    ParentType,
    ContextType
  >;
};

export type QueryResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query'],
> = {
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  nodes?: Resolver<
    ReadonlyArray<Maybe<ResolversTypes['Node']>>,
    ParentType,
    ContextType,
    RequireFields<QueryNodesArgs, 'ids'>
  >;
  image?: Resolver<
    Maybe<ResolversTypes['Image']>,
    ParentType,
    ContextType,
    RequireFields<QueryImageArgs, 'id'>
  >;
  images?: Resolver<
    ResolversTypes['ImageConnection'],
    ParentType,
    ContextType,
    RequireFields<QueryImagesArgs, 'orderBy'>
  >;
  search?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<QuerySearchArgs, 'query' | 'first' | 'diversity' | 'mode' | 'effort' | 'hybrid' | 'log'>
  >;
  random?: Resolver<
    ReadonlyArray<ResolversTypes['Image']>,
    ParentType,
    ContextType,
    RequireFields<QueryRandomArgs, 'first'>
  >;
  savedSearch?: Resolver<
    Maybe<ResolversTypes['SavedSearch']>,
    ParentType,
    ContextType,
    Partial<QuerySavedSearchArgs>
  >;
  savedSearches?: Resolver<
    ResolversTypes['SavedSearchConnection'],
    ParentType,
    ContextType,
    RequireFields<QuerySavedSearchesArgs, 'first'>
  >;
  searchLog?: Resolver<ResolversTypes['SearchLog'], ParentType, ContextType>;
  duplicateGroups?: Resolver<
    ResolversTypes['DuplicateGroupConnection'],
    ParentType,
    ContextType,
    RequireFields<QueryDuplicateGroupsArgs, 'first' | 'minSimilarity'>
  >;
  classify?: Resolver<
    ReadonlyArray<ResolversTypes['LabelScore']>,
    ParentType,
    ContextType,
    RequireFields<QueryClassifyArgs, 'image' | 'labels' | 'templates' | 'independent'>
  >;
  labelSet?: Resolver<Maybe<ResolversTypes['LabelSet']>, ParentType, ContextType, Partial<QueryLabelSetArgs>>;
  labelSets?: Resolver<
    ResolversTypes['LabelSetConnection'],
    ParentType,
    ContextType,
    RequireFields<QueryLabelSetsArgs, 'first'>
  >;
  templatePresets?: Resolver<
    ReadonlyArray<ResolversTypes['TemplatePresetTemplates']>,
    ParentType,
    ContextType
  >;
  clusters?: Resolver<
    ResolversTypes['ImageClusters'],
    ParentType,
    ContextType,
    RequireFields<QueryClustersArgs, 'k'>
  >;
  suggestLabels?: Resolver<
    ReadonlyArray<ResolversTypes['LabelScore']>,
    ParentType,
    ContextType,
    RequireFields<QuerySuggestLabelsArgs, 'vocabulary' | 'first'>
  >;
  vocabularies?: Resolver<ReadonlyArray<ResolversTypes['Vocabulary']>, ParentType, ContextType>;
  models?: Resolver<ReadonlyArray<ResolversTypes['Model']>, ParentType, ContextType>;
  modelOverlap?: Resolver<
    ResolversTypes['ModelOverlap'],
    ParentType,
    ContextType,
    RequireFields<QueryModelOverlapArgs, 'a' | 'b' | 'sample' | 'k'>
  >;
  stats?: Resolver<ResolversTypes['CollectionStats'], ParentType, ContextType>;
  ingestProgress?: Resolver<ResolversTypes['IngestProgress'], ParentType, ContextType>;
};

export type MutationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation'],
> = {
  addImages?: Resolver<
    ResolversTypes['AddImagesPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationAddImagesArgs, 'input'>
  >;
  updateImage?: Resolver<
    ResolversTypes['UpdateImagePayload'],
    ParentType,
    ContextType,
    RequireFields<MutationUpdateImageArgs, 'input'>
  >;
  deleteImages?: Resolver<
    ResolversTypes['DeleteImagesPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationDeleteImagesArgs, 'ids'>
  >;
  retryFailedImages?: Resolver<
    ResolversTypes['RetryFailedImagesPayload'],
    ParentType,
    ContextType,
    Partial<MutationRetryFailedImagesArgs>
  >;
  saveSearch?: Resolver<
    ResolversTypes['SaveSearchPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationSaveSearchArgs, 'input'>
  >;
  deleteSavedSearch?: Resolver<
    ResolversTypes['DeleteSavedSearchPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationDeleteSavedSearchArgs, 'id'>
  >;
  createLabelSet?: Resolver<
    ResolversTypes['CreateLabelSetPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationCreateLabelSetArgs, 'input'>
  >;
  updateLabelSet?: Resolver<
    ResolversTypes['UpdateLabelSetPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationUpdateLabelSetArgs, 'input'>
  >;
  deleteLabelSet?: Resolver<
    ResolversTypes['DeleteLabelSetPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationDeleteLabelSetArgs, 'id'>
  >;
  acceptClassification?: Resolver<
    ResolversTypes['FeedbackPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationAcceptClassificationArgs, 'image' | 'label'>
  >;
  rejectClassification?: Resolver<
    ResolversTypes['FeedbackPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationRejectClassificationArgs, 'image' | 'label'>
  >;
  withdrawFeedback?: Resolver<
    ResolversTypes['FeedbackPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationWithdrawFeedbackArgs, 'image' | 'label'>
  >;
  calibrateLabelSet?: Resolver<
    ResolversTypes['CalibrateLabelSetPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationCalibrateLabelSetArgs, 'id'>
  >;
  registerModel?: Resolver<
    ResolversTypes['RegisterModelPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationRegisterModelArgs, 'input'>
  >;
  activateModel?: Resolver<
    ResolversTypes['ActivateModelPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationActivateModelArgs, 'id' | 'failImages'>
  >;
  pauseModel?: Resolver<
    ResolversTypes['PauseModelPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationPauseModelArgs, 'id'>
  >;
  retireModel?: Resolver<
    ResolversTypes['RetireModelPayload'],
    ParentType,
    ContextType,
    RequireFields<MutationRetireModelArgs, 'id'>
  >;
};

export type SubscriptionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription'],
> = {
  imageProcessed?: SubscriptionResolver<
    ResolversTypes['Image'],
    'imageProcessed',
    ParentType,
    ContextType,
    Partial<SubscriptionImageProcessedArgs>
  >;
  savedSearchMatched?: SubscriptionResolver<
    ResolversTypes['ImageMatchEdge'],
    'savedSearchMatched',
    ParentType,
    ContextType,
    RequireFields<SubscriptionSavedSearchMatchedArgs, 'id'>
  >;
  classificationProgress?: SubscriptionResolver<
    ResolversTypes['ClassificationProgress'],
    'classificationProgress',
    ParentType,
    ContextType,
    RequireFields<SubscriptionClassificationProgressArgs, 'labelSet'>
  >;
  ingestProgress?: SubscriptionResolver<
    ResolversTypes['IngestProgress'],
    'ingestProgress',
    ParentType,
    ContextType
  >;
  modelProgress?: SubscriptionResolver<
    ResolversTypes['ModelProgress'],
    'modelProgress',
    ParentType,
    ContextType,
    RequireFields<SubscriptionModelProgressArgs, 'id'>
  >;
};

export type ImageResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Image'] = ResolversParentTypes['Image'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ImageStatus'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['ImageFailure']>, ParentType, ContextType>;
  filename?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  mediaType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  width?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  byteSize?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tags?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  takenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['GeoPoint']>, ParentType, ContextType>;
  camera?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  frameCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  readyAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  originalState?: Resolver<ResolversTypes['OriginalState'], ParentType, ContextType>;
  thumbnailUrl?: Resolver<
    ResolversTypes['String'],
    ParentType,
    ContextType,
    RequireFields<ImageThumbnailUrlArgs, 'width'>
  >;
  embedding?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Float']>>, ParentType, ContextType>;
  similar?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<ImageSimilarArgs, 'first'>
  >;
  duplicates?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<ImageDuplicatesArgs, 'first' | 'minSimilarity'>
  >;
  suggestedLabels?: Resolver<
    ReadonlyArray<ResolversTypes['LabelScore']>,
    ParentType,
    ContextType,
    RequireFields<ImageSuggestedLabelsArgs, 'vocabulary' | 'first'>
  >;
  classify?: Resolver<
    ReadonlyArray<ResolversTypes['LabelScore']>,
    ParentType,
    ContextType,
    RequireFields<ImageClassifyArgs, 'labels' | 'templates' | 'independent'>
  >;
  classifications?: Resolver<
    ReadonlyArray<ResolversTypes['Classification']>,
    ParentType,
    ContextType,
    Partial<ImageClassificationsArgs>
  >;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type GeoPointResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['GeoPoint'] = ResolversParentTypes['GeoPoint'],
> = {
  latitude?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  longitude?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ImageFailureResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageFailure'] = ResolversParentTypes['ImageFailure'],
> = {
  code?: Resolver<ResolversTypes['ImageFailureCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ImageConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageConnection'] = ResolversParentTypes['ImageConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ImageEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ImageEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageEdge'] = ResolversParentTypes['ImageEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
};

export type PageInfoResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo'],
> = {
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ImageMatchConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageMatchConnection'] =
    ResolversParentTypes['ImageMatchConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ImageMatchEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  plan?: Resolver<ResolversTypes['SearchPlan'], ParentType, ContextType>;
  background?: Resolver<Maybe<ResolversTypes['SearchBackground']>, ParentType, ContextType>;
};

export type SearchBackgroundResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SearchBackground'] = ResolversParentTypes['SearchBackground'],
> = {
  size?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mean?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  deviation?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  drawnAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ImageMatchEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageMatchEdge'] = ResolversParentTypes['ImageMatchEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  similarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  standardScore?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  rank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sources?: Resolver<Maybe<ReadonlyArray<ResolversTypes['MatchSource']>>, ParentType, ContextType>;
};

export type MatchSourceResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['MatchSource'] = ResolversParentTypes['MatchSource'],
> = {
  list?: Resolver<ResolversTypes['MatchList'], ParentType, ContextType>;
  rank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type DuplicateGroupConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DuplicateGroupConnection'] =
    ResolversParentTypes['DuplicateGroupConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['DuplicateGroupEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['DuplicateGroup']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  exhaustive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type DuplicateGroupEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DuplicateGroupEdge'] = ResolversParentTypes['DuplicateGroupEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['DuplicateGroup'], ParentType, ContextType>;
};

export type DuplicateGroupResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DuplicateGroup'] = ResolversParentTypes['DuplicateGroup'],
> = {
  images?: Resolver<
    ReadonlyArray<ResolversTypes['Image']>,
    ParentType,
    ContextType,
    RequireFields<DuplicateGroupImagesArgs, 'first'>
  >;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  suggestedKeep?: Resolver<Maybe<ResolversTypes['Image']>, ParentType, ContextType>;
  bestSimilarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type SearchPlanResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SearchPlan'] = ResolversParentTypes['SearchPlan'],
> = {
  strategy?: Resolver<ResolversTypes['SearchMode'], ParentType, ContextType>;
  candidates?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  exhaustive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  efSearch?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  estimatedRecall?: Resolver<
    Maybe<ResolversTypes['Float']>,
    ParentType,
    ContextType,
    RequireFields<SearchPlanEstimatedRecallArgs, 'sample'>
  >;
  fusion?: Resolver<Maybe<ResolversTypes['FusionPlan']>, ParentType, ContextType>;
  encodeMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  databaseMs?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type FusionPlanResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['FusionPlan'] = ResolversParentTypes['FusionPlan'],
> = {
  words?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  vectorMatches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  textMatches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ImageClustersResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageClusters'] = ResolversParentTypes['ImageClusters'],
> = {
  clusters?: Resolver<ReadonlyArray<ResolversTypes['ImageCluster']>, ParentType, ContextType>;
  clusteredCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  exhaustive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ImageClusterResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageCluster'] = ResolversParentTypes['ImageCluster'],
> = {
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  centroid?: Resolver<ReadonlyArray<ResolversTypes['Float']>, ParentType, ContextType>;
  cohesion?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  representatives?: Resolver<
    ReadonlyArray<ResolversTypes['Image']>,
    ParentType,
    ContextType,
    RequireFields<ImageClusterRepresentativesArgs, 'first'>
  >;
  images?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<ImageClusterImagesArgs, 'first'>
  >;
  suggestedLabels?: Resolver<
    ReadonlyArray<ResolversTypes['LabelScore']>,
    ParentType,
    ContextType,
    RequireFields<ImageClusterSuggestedLabelsArgs, 'vocabulary' | 'first'>
  >;
};

export type VocabularyResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Vocabulary'] = ResolversParentTypes['Vocabulary'],
> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  wordCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LabelScoreResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelScore'] = ResolversParentTypes['LabelScore'],
> = {
  label?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  similarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type LabelSetResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSet'] = ResolversParentTypes['LabelSet'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  readyVersion?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  templates?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  independent?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  background?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  threshold?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
  progress?: Resolver<ResolversTypes['ClassificationProgress'], ParentType, ContextType>;
  distribution?: Resolver<Maybe<ResolversTypes['LabelDistribution']>, ParentType, ContextType>;
  evaluation?: Resolver<ResolversTypes['LabelSetEvaluation'], ParentType, ContextType>;
  calibration?: Resolver<Maybe<ResolversTypes['LabelSetCalibration']>, ParentType, ContextType>;
  diff?: Resolver<
    Maybe<ResolversTypes['LabelSetDiff']>,
    ParentType,
    ContextType,
    RequireFields<LabelSetDiffArgs, 'from' | 'to'>
  >;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Label'] = ResolversParentTypes['Label'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  prompts?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  threshold?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  images?: Resolver<
    ResolversTypes['LabelImageConnection'],
    ParentType,
    ContextType,
    RequireFields<LabelImagesArgs, 'first'>
  >;
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelImageConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelImageConnection'] =
    ResolversParentTypes['LabelImageConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['LabelImageEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type LabelImageEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelImageEdge'] = ResolversParentTypes['LabelImageEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  similarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  rank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ClassificationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Classification'] = ResolversParentTypes['Classification'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  label?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  similarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  rank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  assigned?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  classifiedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  feedback?: Resolver<Maybe<ResolversTypes['Feedback']>, ParentType, ContextType>;
};

export type LabelSetCalibrationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetCalibration'] =
    ResolversParentTypes['LabelSetCalibration'],
> = {
  temperature?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  bias?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type LabelSetEvaluationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetEvaluation'] = ResolversParentTypes['LabelSetEvaluation'],
> = {
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  labels?: Resolver<ReadonlyArray<ResolversTypes['LabelEvaluation']>, ParentType, ContextType>;
  confusion?: Resolver<ReadonlyArray<ResolversTypes['ConfusionCell']>, ParentType, ContextType>;
  accuracy?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type LabelEvaluationResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelEvaluation'] = ResolversParentTypes['LabelEvaluation'],
> = {
  label?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  truePositives?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  falsePositives?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  falseNegatives?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  trueNegatives?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  precision?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  recall?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type ConfusionCellResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ConfusionCell'] = ResolversParentTypes['ConfusionCell'],
> = {
  actual?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  predicted?: Resolver<Maybe<ResolversTypes['Label']>, ParentType, ContextType>;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ClassificationProgressResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ClassificationProgress'] =
    ResolversParentTypes['ClassificationProgress'],
> = {
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['ClassificationState'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  done?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  secondsLeft?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type LabelDistributionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelDistribution'] = ResolversParentTypes['LabelDistribution'],
> = {
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unlabelledCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  counts?: Resolver<ReadonlyArray<ResolversTypes['LabelCount']>, ParentType, ContextType>;
};

export type LabelCountResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelCount'] = ResolversParentTypes['LabelCount'],
> = {
  label?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  share?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type LabelSetDiffResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetDiff'] = ResolversParentTypes['LabelSetDiff'],
> = {
  from?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  added?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
  removed?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
  changed?: Resolver<ReadonlyArray<ResolversTypes['LabelChange']>, ParentType, ContextType>;
  settings?: Resolver<ReadonlyArray<ResolversTypes['SettingChange']>, ParentType, ContextType>;
  images?: Resolver<Maybe<ResolversTypes['LabelSetImageDiff']>, ParentType, ContextType>;
};

export type LabelChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelChange'] = ResolversParentTypes['LabelChange'],
> = {
  before?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  after?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
};

export type SettingChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SettingChange'] = ResolversParentTypes['SettingChange'],
> = {
  setting?: Resolver<ResolversTypes['LabelSetSetting'], ParentType, ContextType>;
  before?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  after?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
};

export type LabelSetImageDiffResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetImageDiff'] = ResolversParentTypes['LabelSetImageDiff'],
> = {
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  changes?: Resolver<
    ReadonlyArray<ResolversTypes['ImageLabelChange']>,
    ParentType,
    ContextType,
    RequireFields<LabelSetImageDiffChangesArgs, 'first'>
  >;
};

export type ImageLabelChangeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageLabelChange'] = ResolversParentTypes['ImageLabelChange'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  lost?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
  gained?: Resolver<ReadonlyArray<ResolversTypes['Label']>, ParentType, ContextType>;
};

export type LabelSetConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetConnection'] = ResolversParentTypes['LabelSetConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['LabelSetEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['LabelSet']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type LabelSetEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetEdge'] = ResolversParentTypes['LabelSetEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
};

export type TemplatePresetTemplatesResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['TemplatePresetTemplates'] =
    ResolversParentTypes['TemplatePresetTemplates'],
> = {
  preset?: Resolver<ResolversTypes['TemplatePreset'], ParentType, ContextType>;
  templates?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CreateLabelSetPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CreateLabelSetPayload'] =
    ResolversParentTypes['CreateLabelSetPayload'],
> = {
  result?: Resolver<ResolversTypes['CreateLabelSetResult'], ParentType, ContextType>;
};

export type CreateLabelSetResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CreateLabelSetResult'] =
    ResolversParentTypes['CreateLabelSetResult'],
> = {
  __resolveType: TypeResolveFn<
    'LabelSetCreated' | 'LabelSetNameTaken' | 'InvalidInput',
    ParentType,
    ContextType
  >;
};

export type LabelSetCreatedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetCreated'] = ResolversParentTypes['LabelSetCreated'],
> = {
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelSetNameTakenResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetNameTaken'] = ResolversParentTypes['LabelSetNameTaken'],
> = {
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UpdateLabelSetPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['UpdateLabelSetPayload'] =
    ResolversParentTypes['UpdateLabelSetPayload'],
> = {
  result?: Resolver<ResolversTypes['UpdateLabelSetResult'], ParentType, ContextType>;
};

export type UpdateLabelSetResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['UpdateLabelSetResult'] =
    ResolversParentTypes['UpdateLabelSetResult'],
> = {
  __resolveType: TypeResolveFn<
    'LabelSetUpdated' | 'LabelSetNotFound' | 'LabelSetNameTaken' | 'InvalidInput',
    ParentType,
    ContextType
  >;
};

export type LabelSetUpdatedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetUpdated'] = ResolversParentTypes['LabelSetUpdated'],
> = {
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  isNewVersion?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelSetNotFoundResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetNotFound'] = ResolversParentTypes['LabelSetNotFound'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type FeedbackPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['FeedbackPayload'] = ResolversParentTypes['FeedbackPayload'],
> = {
  result?: Resolver<ResolversTypes['FeedbackResult'], ParentType, ContextType>;
};

export type FeedbackResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['FeedbackResult'] = ResolversParentTypes['FeedbackResult'],
> = {
  __resolveType: TypeResolveFn<'FeedbackStored' | 'ImageNotFound' | 'LabelNotFound', ParentType, ContextType>;
};

export type FeedbackStoredResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['FeedbackStored'] = ResolversParentTypes['FeedbackStored'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  label?: Resolver<ResolversTypes['Label'], ParentType, ContextType>;
  feedback?: Resolver<Maybe<ResolversTypes['Feedback']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelNotFoundResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelNotFound'] = ResolversParentTypes['LabelNotFound'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CalibrateLabelSetPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CalibrateLabelSetPayload'] =
    ResolversParentTypes['CalibrateLabelSetPayload'],
> = {
  result?: Resolver<ResolversTypes['CalibrateLabelSetResult'], ParentType, ContextType>;
};

export type CalibrateLabelSetResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CalibrateLabelSetResult'] =
    ResolversParentTypes['CalibrateLabelSetResult'],
> = {
  __resolveType: TypeResolveFn<
    | 'LabelSetCalibrated'
    | 'CalibrationWithoutGain'
    | 'TooFewExamples'
    | 'LabelSetNotReady'
    | 'LabelSetNotFound',
    ParentType,
    ContextType
  >;
};

export type LabelSetCalibratedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetCalibrated'] = ResolversParentTypes['LabelSetCalibrated'],
> = {
  labelSet?: Resolver<ResolversTypes['LabelSet'], ParentType, ContextType>;
  report?: Resolver<ResolversTypes['CalibrationReport'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CalibrationWithoutGainResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CalibrationWithoutGain'] =
    ResolversParentTypes['CalibrationWithoutGain'],
> = {
  report?: Resolver<ResolversTypes['CalibrationReport'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TooFewExamplesResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['TooFewExamples'] = ResolversParentTypes['TooFewExamples'],
> = {
  accepted?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rejected?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LabelSetNotReadyResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LabelSetNotReady'] = ResolversParentTypes['LabelSetNotReady'],
> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CalibrationReportResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CalibrationReport'] = ResolversParentTypes['CalibrationReport'],
> = {
  temperature?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  bias?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  learnedExamples?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  heldOutExamples?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  before?: Resolver<ResolversTypes['CalibrationQuality'], ParentType, ContextType>;
  after?: Resolver<ResolversTypes['CalibrationQuality'], ParentType, ContextType>;
};

export type CalibrationQualityResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CalibrationQuality'] = ResolversParentTypes['CalibrationQuality'],
> = {
  logLoss?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  calibrationError?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  agreement?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type DeleteLabelSetPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DeleteLabelSetPayload'] =
    ResolversParentTypes['DeleteLabelSetPayload'],
> = {
  deletedId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type ModelResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['Model'] = ResolversParentTypes['Model'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  dtype?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  dimensions?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  logitScale?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  fingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  active?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['ModelState'], ParentType, ContextType>;
  progress?: Resolver<Maybe<ResolversTypes['ModelProgress']>, ParentType, ContextType>;
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['VectorIndex'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type VectorIndexResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['VectorIndex'] = ResolversParentTypes['VectorIndex'],
> = {
  state?: Resolver<ResolversTypes['VectorIndexState'], ParentType, ContextType>;
  progress?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  byteSize?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ModelProgressResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelProgress'] = ResolversParentTypes['ModelProgress'],
> = {
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  embedded?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  imagesPerSecond?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  secondsLeft?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ModelOverlapResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelOverlap'] = ResolversParentTypes['ModelOverlap'],
> = {
  a?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  b?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  k?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  mean?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  queries?: Resolver<ReadonlyArray<ResolversTypes['QueryOverlap']>, ParentType, ContextType>;
};

export type QueryOverlapResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['QueryOverlap'] = ResolversParentTypes['QueryOverlap'],
> = {
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  image?: Resolver<Maybe<ResolversTypes['Image']>, ParentType, ContextType>;
  overlap?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  both?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
  onlyA?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
  onlyB?: Resolver<ReadonlyArray<ResolversTypes['Image']>, ParentType, ContextType>;
};

export type CollectionStatsResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['CollectionStats'] = ResolversParentTypes['CollectionStats'],
> = {
  imageCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pendingCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  readyCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failedCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  byteSize?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  textCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  activeModel?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
};

export type IngestProgressResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['IngestProgress'] = ResolversParentTypes['IngestProgress'],
> = {
  pending?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ready?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  running?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imagesPerSecond?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  secondsLeft?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type AddImagesPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['AddImagesPayload'] = ResolversParentTypes['AddImagesPayload'],
> = {
  results?: Resolver<ReadonlyArray<ResolversTypes['AddImageResult']>, ParentType, ContextType>;
};

export type AddImageResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['AddImageResult'] = ResolversParentTypes['AddImageResult'],
> = {
  __resolveType: TypeResolveFn<'ImageAccepted' | 'ImageDuplicate' | 'ImageRejected', ParentType, ContextType>;
};

export type ImageAcceptedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageAccepted'] = ResolversParentTypes['ImageAccepted'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageDuplicateResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageDuplicate'] = ResolversParentTypes['ImageDuplicate'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageRejectedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageRejected'] = ResolversParentTypes['ImageRejected'],
> = {
  code?: Resolver<ResolversTypes['ImageRejectionCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UpdateImageResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['UpdateImageResult'] = ResolversParentTypes['UpdateImageResult'],
> = {
  __resolveType: TypeResolveFn<'ImageUpdated' | 'ImageNotFound' | 'InvalidInput', ParentType, ContextType>;
};

export type UpdateImagePayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['UpdateImagePayload'] = ResolversParentTypes['UpdateImagePayload'],
> = {
  result?: Resolver<ResolversTypes['UpdateImageResult'], ParentType, ContextType>;
};

export type ImageUpdatedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageUpdated'] = ResolversParentTypes['ImageUpdated'],
> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageNotFoundResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ImageNotFound'] = ResolversParentTypes['ImageNotFound'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type InvalidInputResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['InvalidInput'] = ResolversParentTypes['InvalidInput'],
> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteImagesPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DeleteImagesPayload'] =
    ResolversParentTypes['DeleteImagesPayload'],
> = {
  deletedIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
  notFoundIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type RetryFailedImagesPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['RetryFailedImagesPayload'] =
    ResolversParentTypes['RetryFailedImagesPayload'],
> = {
  retriedCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SavedSearchResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SavedSearch'] = ResolversParentTypes['SavedSearch'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  query?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  filter?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  minSimilarity?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  minStandardScore?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  comparable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  matches?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<SavedSearchMatchesArgs, 'first' | 'mode' | 'effort'>
  >;
  newSince?: Resolver<
    ResolversTypes['ImageMatchConnection'],
    ParentType,
    ContextType,
    RequireFields<SavedSearchNewSinceArgs, 'time' | 'first'>
  >;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SavedSearchConnectionResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SavedSearchConnection'] =
    ResolversParentTypes['SavedSearchConnection'],
> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SavedSearchEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['SavedSearch']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SavedSearchEdgeResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SavedSearchEdge'] = ResolversParentTypes['SavedSearchEdge'],
> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['SavedSearch'], ParentType, ContextType>;
};

export type SaveSearchPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SaveSearchPayload'] = ResolversParentTypes['SaveSearchPayload'],
> = {
  result?: Resolver<ResolversTypes['SaveSearchResult'], ParentType, ContextType>;
};

export type SaveSearchResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SaveSearchResult'] = ResolversParentTypes['SaveSearchResult'],
> = {
  __resolveType: TypeResolveFn<
    'SearchSaved' | 'SavedSearchNameTaken' | 'InvalidInput',
    ParentType,
    ContextType
  >;
};

export type SearchSavedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SearchSaved'] = ResolversParentTypes['SearchSaved'],
> = {
  search?: Resolver<ResolversTypes['SavedSearch'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SavedSearchNameTakenResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SavedSearchNameTaken'] =
    ResolversParentTypes['SavedSearchNameTaken'],
> = {
  search?: Resolver<ResolversTypes['SavedSearch'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteSavedSearchPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['DeleteSavedSearchPayload'] =
    ResolversParentTypes['DeleteSavedSearchPayload'],
> = {
  deletedId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type SearchLogResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SearchLog'] = ResolversParentTypes['SearchLog'],
> = {
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  retentionDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  perDay?: Resolver<
    ReadonlyArray<ResolversTypes['SearchLogDay']>,
    ParentType,
    ContextType,
    RequireFields<SearchLogPerDayArgs, 'days'>
  >;
  popular?: Resolver<
    ReadonlyArray<ResolversTypes['LoggedText']>,
    ParentType,
    ContextType,
    RequireFields<SearchLogPopularArgs, 'first' | 'days'>
  >;
  empty?: Resolver<
    ReadonlyArray<ResolversTypes['LoggedText']>,
    ParentType,
    ContextType,
    RequireFields<SearchLogEmptyArgs, 'first' | 'days'>
  >;
};

export type SearchLogDayResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['SearchLogDay'] = ResolversParentTypes['SearchLogDay'],
> = {
  day?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  searches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  emptySearches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  averageMs?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type LoggedTextResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['LoggedText'] = ResolversParentTypes['LoggedText'],
> = {
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  searches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  emptySearches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bestSimilarity?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  lastSearchedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type RegisterModelPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['RegisterModelPayload'] =
    ResolversParentTypes['RegisterModelPayload'],
> = {
  result?: Resolver<ResolversTypes['RegisterModelResult'], ParentType, ContextType>;
};

export type RegisterModelResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['RegisterModelResult'] =
    ResolversParentTypes['RegisterModelResult'],
> = {
  __resolveType: TypeResolveFn<'ModelRegistered' | 'ModelRefused' | 'InvalidInput', ParentType, ContextType>;
};

export type ModelRegisteredResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelRegistered'] = ResolversParentTypes['ModelRegistered'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelRefusedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelRefused'] = ResolversParentTypes['ModelRefused'],
> = {
  code?: Resolver<ResolversTypes['ModelRefusalCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ActivateModelPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ActivateModelPayload'] =
    ResolversParentTypes['ActivateModelPayload'],
> = {
  result?: Resolver<ResolversTypes['ActivateModelResult'], ParentType, ContextType>;
};

export type ActivateModelResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ActivateModelResult'] =
    ResolversParentTypes['ActivateModelResult'],
> = {
  __resolveType: TypeResolveFn<
    'ModelActivated' | 'ModelIncomplete' | 'ModelUnavailable' | 'ModelNotFound',
    ParentType,
    ContextType
  >;
};

export type ModelActivatedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelActivated'] = ResolversParentTypes['ModelActivated'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  previous?: Resolver<Maybe<ResolversTypes['Model']>, ParentType, ContextType>;
  notice?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelIncompleteResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelIncomplete'] = ResolversParentTypes['ModelIncomplete'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  missingCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failedCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelUnavailableResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelUnavailable'] = ResolversParentTypes['ModelUnavailable'],
> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelNotFoundResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelNotFound'] = ResolversParentTypes['ModelNotFound'],
> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ModelIsActiveResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelIsActive'] = ResolversParentTypes['ModelIsActive'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PauseModelPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['PauseModelPayload'] = ResolversParentTypes['PauseModelPayload'],
> = {
  result?: Resolver<ResolversTypes['PauseModelResult'], ParentType, ContextType>;
};

export type PauseModelResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['PauseModelResult'] = ResolversParentTypes['PauseModelResult'],
> = {
  __resolveType: TypeResolveFn<'ModelPaused' | 'ModelIsActive' | 'ModelNotFound', ParentType, ContextType>;
};

export type ModelPausedResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelPaused'] = ResolversParentTypes['ModelPaused'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RetireModelPayloadResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['RetireModelPayload'] = ResolversParentTypes['RetireModelPayload'],
> = {
  result?: Resolver<ResolversTypes['RetireModelResult'], ParentType, ContextType>;
};

export type RetireModelResultResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['RetireModelResult'] = ResolversParentTypes['RetireModelResult'],
> = {
  __resolveType: TypeResolveFn<'ModelRetired' | 'ModelIsActive' | 'ModelNotFound', ParentType, ContextType>;
};

export type ModelRetiredResolvers<
  ContextType = Context,
  ParentType extends ResolversParentTypes['ModelRetired'] = ResolversParentTypes['ModelRetired'],
> = {
  model?: Resolver<ResolversTypes['Model'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  DateTime?: GraphQLScalarType;
  JSON?: GraphQLScalarType;
  Upload?: GraphQLScalarType;
  Node?: NodeResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Image?: ImageResolvers<ContextType>;
  GeoPoint?: GeoPointResolvers<ContextType>;
  ImageFailure?: ImageFailureResolvers<ContextType>;
  ImageConnection?: ImageConnectionResolvers<ContextType>;
  ImageEdge?: ImageEdgeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  ImageMatchConnection?: ImageMatchConnectionResolvers<ContextType>;
  SearchBackground?: SearchBackgroundResolvers<ContextType>;
  ImageMatchEdge?: ImageMatchEdgeResolvers<ContextType>;
  MatchSource?: MatchSourceResolvers<ContextType>;
  DuplicateGroupConnection?: DuplicateGroupConnectionResolvers<ContextType>;
  DuplicateGroupEdge?: DuplicateGroupEdgeResolvers<ContextType>;
  DuplicateGroup?: DuplicateGroupResolvers<ContextType>;
  SearchPlan?: SearchPlanResolvers<ContextType>;
  FusionPlan?: FusionPlanResolvers<ContextType>;
  ImageClusters?: ImageClustersResolvers<ContextType>;
  ImageCluster?: ImageClusterResolvers<ContextType>;
  Vocabulary?: VocabularyResolvers<ContextType>;
  LabelScore?: LabelScoreResolvers<ContextType>;
  LabelSet?: LabelSetResolvers<ContextType>;
  Label?: LabelResolvers<ContextType>;
  LabelImageConnection?: LabelImageConnectionResolvers<ContextType>;
  LabelImageEdge?: LabelImageEdgeResolvers<ContextType>;
  Classification?: ClassificationResolvers<ContextType>;
  LabelSetCalibration?: LabelSetCalibrationResolvers<ContextType>;
  LabelSetEvaluation?: LabelSetEvaluationResolvers<ContextType>;
  LabelEvaluation?: LabelEvaluationResolvers<ContextType>;
  ConfusionCell?: ConfusionCellResolvers<ContextType>;
  ClassificationProgress?: ClassificationProgressResolvers<ContextType>;
  LabelDistribution?: LabelDistributionResolvers<ContextType>;
  LabelCount?: LabelCountResolvers<ContextType>;
  LabelSetDiff?: LabelSetDiffResolvers<ContextType>;
  LabelChange?: LabelChangeResolvers<ContextType>;
  SettingChange?: SettingChangeResolvers<ContextType>;
  LabelSetImageDiff?: LabelSetImageDiffResolvers<ContextType>;
  ImageLabelChange?: ImageLabelChangeResolvers<ContextType>;
  LabelSetConnection?: LabelSetConnectionResolvers<ContextType>;
  LabelSetEdge?: LabelSetEdgeResolvers<ContextType>;
  TemplatePresetTemplates?: TemplatePresetTemplatesResolvers<ContextType>;
  CreateLabelSetPayload?: CreateLabelSetPayloadResolvers<ContextType>;
  CreateLabelSetResult?: CreateLabelSetResultResolvers<ContextType>;
  LabelSetCreated?: LabelSetCreatedResolvers<ContextType>;
  LabelSetNameTaken?: LabelSetNameTakenResolvers<ContextType>;
  UpdateLabelSetPayload?: UpdateLabelSetPayloadResolvers<ContextType>;
  UpdateLabelSetResult?: UpdateLabelSetResultResolvers<ContextType>;
  LabelSetUpdated?: LabelSetUpdatedResolvers<ContextType>;
  LabelSetNotFound?: LabelSetNotFoundResolvers<ContextType>;
  FeedbackPayload?: FeedbackPayloadResolvers<ContextType>;
  FeedbackResult?: FeedbackResultResolvers<ContextType>;
  FeedbackStored?: FeedbackStoredResolvers<ContextType>;
  LabelNotFound?: LabelNotFoundResolvers<ContextType>;
  CalibrateLabelSetPayload?: CalibrateLabelSetPayloadResolvers<ContextType>;
  CalibrateLabelSetResult?: CalibrateLabelSetResultResolvers<ContextType>;
  LabelSetCalibrated?: LabelSetCalibratedResolvers<ContextType>;
  CalibrationWithoutGain?: CalibrationWithoutGainResolvers<ContextType>;
  TooFewExamples?: TooFewExamplesResolvers<ContextType>;
  LabelSetNotReady?: LabelSetNotReadyResolvers<ContextType>;
  CalibrationReport?: CalibrationReportResolvers<ContextType>;
  CalibrationQuality?: CalibrationQualityResolvers<ContextType>;
  DeleteLabelSetPayload?: DeleteLabelSetPayloadResolvers<ContextType>;
  Model?: ModelResolvers<ContextType>;
  VectorIndex?: VectorIndexResolvers<ContextType>;
  ModelProgress?: ModelProgressResolvers<ContextType>;
  ModelOverlap?: ModelOverlapResolvers<ContextType>;
  QueryOverlap?: QueryOverlapResolvers<ContextType>;
  CollectionStats?: CollectionStatsResolvers<ContextType>;
  IngestProgress?: IngestProgressResolvers<ContextType>;
  AddImagesPayload?: AddImagesPayloadResolvers<ContextType>;
  AddImageResult?: AddImageResultResolvers<ContextType>;
  ImageAccepted?: ImageAcceptedResolvers<ContextType>;
  ImageDuplicate?: ImageDuplicateResolvers<ContextType>;
  ImageRejected?: ImageRejectedResolvers<ContextType>;
  UpdateImageResult?: UpdateImageResultResolvers<ContextType>;
  UpdateImagePayload?: UpdateImagePayloadResolvers<ContextType>;
  ImageUpdated?: ImageUpdatedResolvers<ContextType>;
  ImageNotFound?: ImageNotFoundResolvers<ContextType>;
  InvalidInput?: InvalidInputResolvers<ContextType>;
  DeleteImagesPayload?: DeleteImagesPayloadResolvers<ContextType>;
  RetryFailedImagesPayload?: RetryFailedImagesPayloadResolvers<ContextType>;
  SavedSearch?: SavedSearchResolvers<ContextType>;
  SavedSearchConnection?: SavedSearchConnectionResolvers<ContextType>;
  SavedSearchEdge?: SavedSearchEdgeResolvers<ContextType>;
  SaveSearchPayload?: SaveSearchPayloadResolvers<ContextType>;
  SaveSearchResult?: SaveSearchResultResolvers<ContextType>;
  SearchSaved?: SearchSavedResolvers<ContextType>;
  SavedSearchNameTaken?: SavedSearchNameTakenResolvers<ContextType>;
  DeleteSavedSearchPayload?: DeleteSavedSearchPayloadResolvers<ContextType>;
  SearchLog?: SearchLogResolvers<ContextType>;
  SearchLogDay?: SearchLogDayResolvers<ContextType>;
  LoggedText?: LoggedTextResolvers<ContextType>;
  RegisterModelPayload?: RegisterModelPayloadResolvers<ContextType>;
  RegisterModelResult?: RegisterModelResultResolvers<ContextType>;
  ModelRegistered?: ModelRegisteredResolvers<ContextType>;
  ModelRefused?: ModelRefusedResolvers<ContextType>;
  ActivateModelPayload?: ActivateModelPayloadResolvers<ContextType>;
  ActivateModelResult?: ActivateModelResultResolvers<ContextType>;
  ModelActivated?: ModelActivatedResolvers<ContextType>;
  ModelIncomplete?: ModelIncompleteResolvers<ContextType>;
  ModelUnavailable?: ModelUnavailableResolvers<ContextType>;
  ModelNotFound?: ModelNotFoundResolvers<ContextType>;
  ModelIsActive?: ModelIsActiveResolvers<ContextType>;
  PauseModelPayload?: PauseModelPayloadResolvers<ContextType>;
  PauseModelResult?: PauseModelResultResolvers<ContextType>;
  ModelPaused?: ModelPausedResolvers<ContextType>;
  RetireModelPayload?: RetireModelPayloadResolvers<ContextType>;
  RetireModelResult?: RetireModelResultResolvers<ContextType>;
  ModelRetired?: ModelRetiredResolvers<ContextType>;
};
