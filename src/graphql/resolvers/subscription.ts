import { RequestError } from '../../errors.js';
import { checkLength } from '../arguments.js';
import type { SubscriptionResolvers } from '../generated/types.js';
import { parseGlobalId, requireImageId, requireModelId } from '../global-ids.js';
import { parseLabelSetId } from '../label-set-input.js';
import type {
  ClassificationProgressParent,
  ImageMatchEdgeParent,
  ImageParent,
  IngestProgressParent,
} from '../mappers.js';
import type { ModelProgress } from '../../models/models.js';
import { parseSavedFilter } from '../saved-filter.js';

export const Subscription: Required<SubscriptionResolvers> = {
  imageProcessed: {
    subscribe: (_, { ids }, context) => {
      if (ids) checkLength(ids, 'ids');
      const wanted = ids ? new Set(ids.map((id) => requireImageId(id, 'ids'))) : undefined;
      return mapped(
        (signal) => context.images.processed(signal),
        async (id): Promise<ImageParent | undefined> => {
          if (wanted && !wanted.has(id)) return undefined;
          return (await context.images.byIds([id])).get(id);
        },
      );
    },
    resolve: (image: ImageParent) => image,
  },

  savedSearchMatched: {
    subscribe: async (_, { id }, context, info) => {
      const parsed = parseGlobalId(id);
      const search =
        parsed?.type === 'SavedSearch' ? await context.loaders.savedSearch.load(parsed.id) : null;
      if (search === null) {
        throw new RequestError(
          'NOT_FOUND',
          'There is no saved search with this id (any more). `savedSearches` lists those there are.',
        );
      }
      const filter = parseSavedFilter(search, info.schema);
      return mapped(
        (signal) => context.savedSearches.watch(search, filter, signal),
        async (newMatch): Promise<ImageMatchEdgeParent | undefined> => {
          const image = (await context.images.byIds([newMatch.imageId])).get(newMatch.imageId);
          return image && { image, newMatch };
        },
      );
    },
    resolve: (edge: ImageMatchEdgeParent) => edge,
  },

  classificationProgress: {
    subscribe: async (_, { labelSet }, context) => {
      const id = parseLabelSetId(labelSet);
      if (id === undefined || (await context.loaders.labelSet.load(id)) === null) {
        throw new RequestError('NOT_FOUND', 'There is no label set with this id (any more).');
      }
      return mapped(
        (signal) => context.labelSets.watchProgress(id, signal),
        (progress) => Promise.resolve(progress),
      );
    },
    resolve: (progress: ClassificationProgressParent) => progress,
  },

  ingestProgress: {
    subscribe: (_, _args, context) =>
      mapped(
        (signal) => context.images.watchProgress(signal),
        (progress) => Promise.resolve(progress),
      ),
    resolve: (progress: IngestProgressParent) => progress,
  },

  modelProgress: {
    subscribe: async (_, { id }, context) => {
      const modelId = requireModelId(id, 'id');
      if ((await context.loaders.modelProgress.load(modelId)) === null) {
        throw new RequestError(
          'NOT_FOUND',
          'There is no model with this id. `models` lists those there are.',
        );
      }
      return mapped(
        (signal) => context.models.watchProgress(modelId, signal),
        (progress) => Promise.resolve(progress),
      );
    },
    resolve: (progress: ModelProgress) => progress,
  },
};

/**
 * Events as what they are about, each loaded at that moment; undefined leaves one out. Ends its source when the client
 * unsubscribes: a generator alone would not, because `return` waits for the `next` that waits for an event.
 *
 * @param start is called at once, not at the first `next`: from then on no event is missed
 */
function mapped<E, T>(
  start: (signal: AbortSignal) => AsyncIterable<E>,
  load: (event: E) => Promise<T | undefined>,
): AsyncIterableIterator<T> {
  const unsubscribed = new AbortController();
  const loaded = loadEach(start(unsubscribed.signal), load);
  return {
    next: () => loaded.next(),
    return: () => {
      unsubscribed.abort();
      return loaded.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* loadEach<E, T>(
  events: AsyncIterable<E>,
  load: (event: E) => Promise<T | undefined>,
): AsyncGenerator<T, undefined> {
  for await (const event of events) {
    const item = await load(event);
    if (item !== undefined) yield item;
  }
  return undefined;
}
