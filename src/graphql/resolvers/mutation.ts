import { RejectedImageError, type AddResult, type ImageDetails } from '../../images/images.js';
import { MAX_ITEMS, checkLength } from '../arguments.js';
import { mapConcurrently } from '../concurrency.js';
import type { Context } from '../context.js';
import type { AddImageInput, MutationResolvers, ResolversTypes } from '../generated/types.js';
import { parseGlobalId, parseImageId, requireImageId, toGlobalId } from '../global-ids.js';
import { parseByteSource } from '../image-source.js';
import { calibrateLabelSet, giveFeedback } from '../label-feedback.js';
import { createLabelSet, parseLabelSetId, updateLabelSet } from '../label-set-input.js';
import { modelMutations } from '../model-mutations.js';
import { saveSearch } from '../save-search.js';

/** Enough to overlap fetching with decoding; decoding more at once would only take memory. */
const SOURCES_AT_ONCE = 4;

type AddImageResult = Awaited<ResolversTypes['AddImageResult']>;

export const Mutation: Required<MutationResolvers> = {
  ...modelMutations,

  addImages: async (_, { input }, context) => {
    checkLength(input.images, 'input.images', 1);
    return {
      results: await mapConcurrently(input.images, SOURCES_AT_ONCE, (image) => addImage(image, context)),
    };
  },

  updateImage: async (_, { input }, context) => {
    const id = parseImageId(input.id);
    if (id === undefined) return { result: { __typename: 'ImageNotFound', id: input.id } };
    const updated = await context.images.update(id, {
      ...(input.filename !== undefined && { filename: input.filename }),
      ...(input.title !== undefined && { title: input.title }),
      ...(input.takenAt !== undefined && { takenAt: input.takenAt }),
      ...(input.location !== undefined && { location: input.location }),
      ...details(input),
    });
    switch (updated.outcome) {
      case 'updated':
        return { result: { __typename: 'ImageUpdated', image: updated.image } };
      case 'not-found':
        return { result: { __typename: 'ImageNotFound', id: input.id } };
      case 'invalid':
        return {
          result: { __typename: 'InvalidInput', field: `input.${updated.field}`, message: updated.message },
        };
    }
  },

  deleteImages: async (_, { ids }, context) => {
    checkLength(ids, 'ids', 1);
    const given = [...new Set(ids)];
    const rows = given.flatMap((id) => parseImageId(id) ?? []);
    const { deleted } = rows.length === 0 ? { deleted: [] } : await context.images.delete(rows);
    const deletedIds = new Set(deleted.map((id) => toGlobalId('Image', id)));
    return {
      deletedIds: given.filter((id) => deletedIds.has(id)),
      notFoundIds: given.filter((id) => !deletedIds.has(id)),
    };
  },

  retryFailedImages: async (_, { ids }, context) => {
    if (!ids) return { retriedCount: await context.images.retryFailed(undefined) };
    checkLength(ids, 'ids', 0, MAX_ITEMS);
    const rows = ids.map((id) => requireImageId(id, 'ids'));
    return { retriedCount: rows.length === 0 ? 0 : await context.images.retryFailed(rows) };
  },

  saveSearch: async (_, { input }, context) => ({ result: await saveSearch(input, context) }),

  deleteSavedSearch: async (_, { id }, context) => {
    const parsed = parseGlobalId(id);
    const deleted = parsed?.type === 'SavedSearch' && (await context.savedSearches.delete(parsed.id));
    return { deletedId: deleted ? id : null };
  },

  createLabelSet: async (_, { input }, context) => ({ result: await createLabelSet(input, context) }),
  updateLabelSet: async (_, { input }, context) => ({ result: await updateLabelSet(input, context) }),

  deleteLabelSet: async (_, { id }, context) => {
    const row = parseLabelSetId(id);
    const deleted = row !== undefined && (await context.labelSets.delete(row));
    return { deletedId: deleted ? id : null };
  },

  acceptClassification: async (_, args, context) => ({
    result: await giveFeedback(args, 'ACCEPTED', context),
  }),
  rejectClassification: async (_, args, context) => ({
    result: await giveFeedback(args, 'REJECTED', context),
  }),
  withdrawFeedback: async (_, args, context) => ({ result: await giveFeedback(args, null, context) }),
  calibrateLabelSet: async (_, { id }, context) => ({ result: await calibrateLabelSet(id, context) }),
};

/** Never rejects for what is wrong with the source: that is a result, and the other sources go on. */
async function addImage(input: AddImageInput, context: Context): Promise<AddImageResult> {
  if (input.source.id !== undefined) {
    return rejected(
      'INVALID_INPUT',
      '`source.id` names an image that is in the collection already. Give `url`, `base64` or `upload`.',
    );
  }
  try {
    const source = await parseByteSource(input.source);
    return toResult(
      await context.images.add(source, {
        filename: input.filename ?? undefined,
        title: input.title ?? undefined,
        takenAt: input.takenAt ?? undefined,
        location: input.location ?? undefined,
        ...details(input),
      }),
    );
  } catch (error) {
    if (error instanceof RejectedImageError) return rejected(error.code, error.message);
    throw error;
  }
}

function toResult(result: AddResult): AddImageResult {
  switch (result.outcome) {
    case 'accepted':
      return { __typename: 'ImageAccepted', image: result.image };
    case 'duplicate':
      return { __typename: 'ImageDuplicate', image: result.image };
    case 'rejected':
      return rejected(result.code, result.message);
  }
}

function rejected(code: RejectedImageError['code'], message: string): AddImageResult {
  return { __typename: 'ImageRejected', code, message };
}

/** Tags and metadata cannot be null: null counts as left out. */
function details(input: Pick<AddImageInput, 'tags' | 'metadata'>): ImageDetails {
  return {
    ...(input.tags && { tags: input.tags }),
    ...(input.metadata !== null && input.metadata !== undefined && { metadata: input.metadata }),
  };
}
