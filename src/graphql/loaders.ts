import DataLoader from 'dataloader';
import type { StoredClassifications } from '../classification/classifications.js';
import type { LabelFeedback } from '../classification/label-feedback.js';
import type { LabelSets } from '../classification/label-sets.js';
import type { Images } from '../images/images.js';
import type { ModelProgress, Models } from '../models/models.js';
import type { SavedSearches } from '../search/saved-searches.js';
import type { ModelSummary, Search } from '../search/search.js';
import { createLabelLoaders, type LabelLoaders } from './label-loaders.js';
import type { ImageParent, SavedSearchParent } from './mappers.js';

/** Gather what an operation's resolvers ask for one by one into one statement each, and remember it for that operation. */
export interface Loaders extends LabelLoaders {
  /** By row id; null where there is no such image. */
  readonly image: DataLoader<number, ImageParent | null>;
  /** By image id; null where the image has no embedding under the active model. */
  readonly embedding: DataLoader<number, Float32Array | null>;
  /** By image id; null where the original is kept. */
  readonly referenceState: DataLoader<number, 'PRESENT' | 'MISSING' | 'CHANGED' | null>;
  /** By row id; null where there is no such saved search. */
  readonly savedSearch: DataLoader<number, SavedSearchParent | null>;
  models(): Promise<readonly ModelSummary[]>;
  vectorIndexes(): ReturnType<Search['vectorIndexes']>;
  /** By row id; null where there is no such model. */
  readonly modelProgress: DataLoader<number, ModelProgress | null>;
}

/** Loaders for one operation: they cache, so they must not outlive it. */
export function createLoaders(services: {
  readonly images: Images;
  readonly search: Search;
  readonly savedSearches: SavedSearches;
  readonly labelSets: LabelSets;
  readonly classifications: StoredClassifications;
  readonly labelFeedback: LabelFeedback;
  readonly models: Models;
}): Loaders {
  const { images, search, savedSearches } = services;
  let indexes: ReturnType<Search['vectorIndexes']> | undefined;
  let models: Promise<readonly ModelSummary[]> | undefined;
  return {
    ...createLabelLoaders(services),
    image: new DataLoader(async (ids) => {
      const found = await images.byIds(ids);
      return ids.map((id) => found.get(id) ?? null);
    }),
    embedding: new DataLoader(async (imageIds) => {
      const found = await search.embeddings(imageIds);
      return imageIds.map((id) => found.get(id) ?? null);
    }),
    referenceState: new DataLoader(async (ids) => {
      const found = await images.referenceStates(ids);
      return ids.map((id) => found.get(id) ?? null);
    }),
    savedSearch: new DataLoader(async (ids) => {
      const found = await savedSearches.byIds(ids);
      return ids.map((id) => found.get(id) ?? null);
    }),
    models: () => (models ??= search.models()),
    vectorIndexes: () => (indexes ??= search.vectorIndexes()),
    modelProgress: new DataLoader(async (ids) => {
      const found = await services.models.progress(ids);
      return ids.map((id) => found.get(id) ?? null);
    }),
  };
}
