import { loadingFailure } from '../clip/lazy-encoder.js';
import type { LazyEncoder } from '../clip/lazy-encoder.js';
import type { ModelEmbedding } from '../db/image-status.js';
import type { Logger } from '../log.js';

/**
 * The embeddings of a new image by the models that the whole collection is being embedded with: an image is READY under all of them
 * at the same moment, so that a model that is complete stays complete while many images are added. A model that cannot embed it
 * now, or would have to be loaded first, is left out: the image is not to wait, and is queued for it.
 */
export function createAlsoEmbed(
  others: () => readonly {
    readonly model: { readonly id: number; readonly name: string };
    readonly encoder: LazyEncoder;
  }[],
  log: Logger,
): (raster: () => Promise<Uint8Array>) => Promise<readonly ModelEmbedding[]> {
  return async (raster) => {
    const embeddings = await Promise.all(
      others()
        .filter(({ encoder }) => encoder.isLoaded)
        .map(async ({ model, encoder }): Promise<ModelEmbedding[]> => {
          try {
            const [embedding] = await encoder.encodeImages([await raster()]);
            return embedding === undefined ? [] : [{ modelId: model.id, embedding }];
          } catch (error) {
            log.warn(
              { model: model.name, reason: loadingFailure(error) },
              'A new image could not be embedded with another model at once; it is queued for that',
            );
            return [];
          }
        }),
    );
    return embeddings.flat();
  };
}
