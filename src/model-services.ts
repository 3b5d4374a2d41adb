import type { StoredClassifications } from './classification/classifications.js';
import { createClassifyImage, createClassifyLabelSet } from './classification/classify-label-set.js';
import { createClassification } from './classification/create-classification.js';
import { createStoredClassifications } from './classification/create-classifications.js';
import { createLabelFeedback } from './classification/create-label-feedback.js';
import { createLabelSets } from './classification/create-label-sets.js';
import type { Classification } from './classification/classification.js';
import type { LabelFeedback } from './classification/label-feedback.js';
import type { LabelSets } from './classification/label-sets.js';
import { createSuggestions, type Suggestions } from './classification/suggestions.js';
import type { Vocabulary } from './classification/vocabularies.js';
import type { LazyEncoder } from './clip/lazy-encoder.js';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { ModelEmbedding } from './db/image-status.js';
import type { ModelRow } from './db/models.js';
import { moveSavedSearches, type ReencodedSearch } from './db/saved-searches.js';
import { createFindDuplicates } from './images/find-duplicates.js';
import type { HandedOver } from './images/handed-over.js';
import type { Images } from './images/images.js';
import { createProcessImage } from './images/process-image.js';
import type { ImageStorage } from './images/storage.js';
import type { Tasks } from './jobs/jobs.js';
import { enqueueClassification, enqueueDuplicateSearch } from './jobs/queue.js';
import type { Logger } from './log.js';
import type { Clusters } from './search/clusters.js';
import { createClusters } from './search/create-clusters.js';
import { createDuplicates } from './search/create-duplicates.js';
import { createSavedSearches } from './search/create-saved-searches.js';
import { createSearch } from './search/create-search.js';
import type { Duplicates } from './search/duplicates.js';
import { createReencodeSearches } from './search/reencode-searches.js';
import type { SavedSearches } from './search/saved-searches.js';
import { withSearchLog, type WrittenSearchLog } from './search/search-log.js';
import type { Search } from './search/search.js';
import { createTextEmbeddings, type TextEmbeddings } from './search/text-embeddings.js';

/** Everything that works with the embeddings of one model. Each model has its own, so that two can answer side by side. */
export interface ModelServices {
  readonly model: ModelRow;
  readonly textEmbeddings: TextEmbeddings;
  readonly encoder: LazyEncoder;
  readonly search: Search;
  readonly savedSearches: SavedSearches;
  readonly duplicates: Duplicates;
  readonly clusters: Clusters;
  readonly suggestions: Suggestions;
  readonly classification: Classification;
  readonly labelSets: LabelSets;
  readonly classifications: StoredClassifications;
  readonly labelFeedback: LabelFeedback;
  /** What is done in the background while this is the active model. */
  readonly tasks: Tasks;
  /**
   * Queues what the collection lacks under this model: called when a process begins to work, and when this becomes the active
   * model. What is queued already is not queued twice.
   */
  queueWork(): Promise<void>;
  /** The vectors that saved searches of other models have under this one. */
  reencodeSearches(): Promise<readonly ReencodedSearch[]>;
  /** When this has become the active model: queues its work, and takes over saved searches that came too late for the change. */
  catchUp(): Promise<void>;
}

/** What does not depend on a model, and is there once in a process. */
export interface SharedServices {
  readonly config: Config;
  readonly database: Database;
  readonly storage: ImageStorage;
  readonly images: Images;
  readonly searchLog: WrittenSearchLog;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** The embeddings of an image by the models that the whole collection is being embedded with, as far as they can be had. */
  readonly alsoEmbed: (raster: () => Promise<Uint8Array>) => Promise<readonly ModelEmbedding[]>;
  readonly handedOver: HandedOver;
  readonly log: Logger;
}

/** Creates and wires what depends on a model. */
export function createModelServices(
  shared: SharedServices,
  { model, encoder }: { readonly model: ModelRow; readonly encoder: LazyEncoder },
): ModelServices {
  const { config, database, storage, images, searchLog, alsoEmbed, handedOver, vocabularies, log } = shared;
  const textEmbeddings = createTextEmbeddings({ database, encoder, modelId: model.id });
  const search = withSearchLog(createSearch({ database, encoder, textEmbeddings, model, log }), searchLog);
  const savedSearches = createSavedSearches({
    database,
    encoder,
    textEmbeddings,
    model,
    search,
    processed: (signal) => images.processed(signal),
    log,
  });
  const duplicates = createDuplicates({ database, model });
  const clusters = createClusters({ database, model });
  const suggestions = createSuggestions({ vocabularies, textEmbeddings, logitScale: model.logitScale });
  const classification = createClassification({ textEmbeddings, encoder, logitScale: model.logitScale });
  const work = {
    database,
    storage,
    modelId: model.id,
    recordDuplicates: duplicates.record,
    classify: createClassifyImage({ database, modelId: model.id }),
    jobMaxAttempts: config.jobs.maxAttempts,
    log,
  };
  const reencodeSearches = createReencodeSearches({ database, encoder, textEmbeddings, model });
  const queueWork = async () => {
    await enqueueDuplicateSearch(database.pool, config.jobs.maxAttempts);
    await enqueueClassification(database.pool, 'all', config.jobs.maxAttempts);
  };
  return {
    model,
    encoder,
    textEmbeddings,
    search,
    savedSearches,
    duplicates,
    clusters,
    suggestions,
    classification,
    labelSets: createLabelSets(work),
    classifications: createStoredClassifications(work),
    labelFeedback: createLabelFeedback({ ...work, model }),
    tasks: {
      process_image: createProcessImage({ ...work, encoder, limits: config.limits, alsoEmbed, handedOver }),
      find_duplicates: createFindDuplicates(work),
      classify_label_set: createClassifyLabelSet({ ...work, textEmbeddings }),
    },
    queueWork,
    reencodeSearches,
    async catchUp() {
      await queueWork();
      await moveSavedSearches(database.pool, model.id, await reencodeSearches());
    },
  };
}
