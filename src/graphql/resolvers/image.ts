import { RequestError } from '../../errors.js';
import { THUMBNAIL_WIDTHS } from '../../images/images.js';
import { DEFAULT_SIMILARITY } from '../../search/duplicates.js';
import { checkSimilarity, pageSize } from '../arguments.js';
import { parseMatchCursor } from '../cursors.js';
import type { ImageResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';
import { embeddingOf, storedEmbedding } from '../image-embedding.js';
import { scoreLabels } from '../labels.js';
import { NO_MATCHES, findMatches, lacksEmbedding } from '../matches.js';
import { suggest } from '../suggest-labels.js';

const DEFAULT_THUMBNAIL_WIDTH = 320;

export const Image: ImageResolvers = {
  id: (image) => toGlobalId('Image', image.id),

  failure: (image) =>
    image.failureCode === null
      ? null
      : { code: image.failureCode, message: image.failureMessage ?? '', attempts: image.attempts },

  url: (image, _args, context) => `${context.baseUrl}/originals/${image.sha256}`,

  originalState: async (image, _args, context) => {
    const state = await context.loaders.referenceState.load(image.id);
    if (state !== null) return state === 'PRESENT' ? 'REFERENCED' : state;
    return image.failureCode === 'ORIGINAL_MISSING' ? 'MISSING' : 'KEPT';
  },

  thumbnailUrl: (image, { width }, context) => {
    const wanted = width ?? DEFAULT_THUMBNAIL_WIDTH;
    if (wanted < 1) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`width\` is ${wanted}, but a thumbnail is at least 1 pixel wide.`,
      );
    }
    const served = THUMBNAIL_WIDTHS.find((candidate) => candidate >= wanted) ?? Math.max(...THUMBNAIL_WIDTHS);
    return `${context.baseUrl}/thumbnails/${served}/${image.sha256}`;
  },

  embedding: async (image, _args, context) => {
    context.budget.spend('embeddings', 1);
    const embedding = await storedEmbedding(image, context);
    return embedding === null ? null : Array.from(embedding);
  },

  similar: async (image, args, context, info) => {
    try {
      return await findMatches(args, () => ({ kind: 'image', id: image.id }), context, info.schema, image.id);
    } catch (error) {
      if (!lacksEmbedding(error)) throw error;
      return { result: NO_MATCHES, hasPreviousPage: false };
    }
  },

  duplicates: async (image, args, context) => {
    const request = {
      imageId: image.id,
      limit: pageSize(args.first),
      after: typeof args.after === 'string' ? parseMatchCursor(args.after) : undefined,
      minSimilarity: checkSimilarity(args.minSimilarity) ?? DEFAULT_SIMILARITY,
    };
    context.budget.spend('searches', 1);
    context.budget.spend('images', request.limit);
    const result = await context.duplicates.ofImage(request);
    return { result, hasPreviousPage: request.after !== undefined };
  },

  classifications: (image, { labelSet }, context) =>
    context.loaders.classifications.load({ imageId: image.id, labelSet: labelSet ?? undefined }),
  suggestedLabels: async (image, args, context) => suggest(await embeddingOf(image, context), args, context),

  classify: (image, args, context) => scoreLabels(args, () => embeddingOf(image, context), context),
};
