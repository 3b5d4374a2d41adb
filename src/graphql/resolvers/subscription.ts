import { checkLength } from '../arguments.js';
import type { Context } from '../context.js';
import type { SubscriptionResolvers } from '../generated/types.js';
import { requireImageId } from '../global-ids.js';
import type { ImageParent } from '../mappers.js';

export const Subscription: Required<SubscriptionResolvers> = {
  imageProcessed: {
    subscribe: (_, { ids }, context) => {
      if (ids) checkLength(ids, 'ids');
      const wanted = ids ? new Set(ids.map((id) => requireImageId(id, 'ids'))) : undefined;
      return processedImages(context, wanted);
    },
    resolve: (image: ImageParent) => image,
  },
};

/**
 * Images as they are READY or FAILED, each loaded at that moment. Ends its source when the client unsubscribes: a
 * generator alone would not, because `return` waits for the `next` that waits for an event.
 */
function processedImages(
  context: Context,
  wanted: ReadonlySet<number> | undefined,
): AsyncIterableIterator<ImageParent> {
  const unsubscribed = new AbortController();
  const images = load(context, wanted, unsubscribed.signal);
  return {
    next: () => images.next(),
    return: () => {
      unsubscribed.abort();
      return images.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* load(
  context: Context,
  wanted: ReadonlySet<number> | undefined,
  signal: AbortSignal,
): AsyncGenerator<ImageParent, undefined> {
  for await (const id of context.images.processed(signal)) {
    if (wanted && !wanted.has(id)) continue;
    const image = (await context.images.byIds([id])).get(id);
    if (image !== undefined) yield image;
  }
  return undefined;
}
