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
  // At once, not at the first `next`: from now on no image is missed.
  const ids = context.images.processed(unsubscribed.signal);
  const images = load(ids, context, wanted);
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
  ids: AsyncIterable<number>,
  context: Context,
  wanted: ReadonlySet<number> | undefined,
): AsyncGenerator<ImageParent, undefined> {
  for await (const id of ids) {
    if (wanted && !wanted.has(id)) continue;
    const image = (await context.images.byIds([id])).get(id);
    if (image !== undefined) yield image;
  }
  return undefined;
}
