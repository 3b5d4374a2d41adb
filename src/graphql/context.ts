import type { Classification, LabelEmbedding, LabelRequest } from '../classification/classification.js';
import type { StoredClassifications } from '../classification/classifications.js';
import type { LabelFeedback } from '../classification/label-feedback.js';
import type { LabelSets } from '../classification/label-sets.js';
import type { Suggestions } from '../classification/suggestions.js';
import type { Images } from '../images/images.js';
import type { Models } from '../models/models.js';
import type { SavedSearches } from '../search/saved-searches.js';
import type { SearchLog } from '../search/search-log.js';
import type { Clusters } from '../search/clusters.js';
import type { Duplicates } from '../search/duplicates.js';
import type { Search } from '../search/search.js';
import { createBudget, type Budget } from './budget.js';
import { createLoaders, type Loaders } from './loaders.js';
import type { Role } from './roles.js';

/** What the resolvers ask for everything they do not know themselves. */
export interface Services {
  readonly images: Images;
  readonly search: Search;
  readonly savedSearches: SavedSearches;
  readonly searchLog: SearchLog;
  readonly duplicates: Duplicates;
  readonly clusters: Clusters;
  readonly suggestions: Suggestions;
  readonly classification: Classification;
  readonly labelSets: LabelSets;
  readonly classifications: StoredClassifications;
  readonly labelFeedback: LabelFeedback;
  readonly models: Models;
}

/** Who asks, and by which address they reach this server. */
export interface Caller {
  readonly role: Role;
  /** Without a slash at the end: what `Image.url` and `Image.thumbnailUrl` begin with. */
  readonly baseUrl: string;
}

/** Everything a resolver may use. Made anew for each operation, and for each event of a subscription. */
export interface Context extends Services, Caller {
  readonly loaders: Loaders;
  readonly budget: Budget;
  /** Embeds the same labels once for all images of the operation. */
  embedLabels(request: LabelRequest): Promise<readonly LabelEmbedding[]>;
}

/** A fresh context: nothing that was loaded for one operation is seen by another. */
export function createContext(services: Services, caller: Caller): Context {
  const budget = createBudget();
  const embedded = new Map<string, Promise<readonly LabelEmbedding[]>>();
  return {
    images: services.images,
    search: services.search,
    savedSearches: services.savedSearches,
    searchLog: services.searchLog,
    duplicates: services.duplicates,
    clusters: services.clusters,
    suggestions: services.suggestions,
    classification: services.classification,
    labelSets: services.labelSets,
    classifications: services.classifications,
    labelFeedback: services.labelFeedback,
    models: services.models,
    role: caller.role,
    baseUrl: caller.baseUrl,
    loaders: createLoaders(services),
    budget,
    embedLabels(request) {
      const key = JSON.stringify([request.labels, request.templates]);
      let embeddings = embedded.get(key);
      if (embeddings === undefined) {
        budget.spend('prompts', request.labels.length * request.templates.length);
        embeddings = services.classification.embedLabels(request);
        embedded.set(key, embeddings);
      }
      return embeddings;
    },
  };
}
