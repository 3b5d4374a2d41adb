import { RequestError } from '../../errors.js';
import { TEMPLATE_PRESETS } from '../../classification/template-presets.js';
import { DEFAULT_SIMILARITY } from '../../search/duplicates.js';
import { filterDigest } from '../../search/position.js';
import { checkLength, checkSimilarity, pageSize } from '../arguments.js';
import type { Context } from '../context.js';
import {
  parseGroupCursor,
  parseImageCursor,
  parseLabelSetCursor,
  parseSavedSearchCursor,
} from '../cursors.js';
import type { QueryResolvers } from '../generated/types.js';
import { parseGlobalId, parseImageId } from '../global-ids.js';
import { sourceEmbedding } from '../image-embedding.js';
import { scoreLabels } from '../labels.js';
import type { ImageOrder, NodeParent } from '../mappers.js';
import { findMatches } from '../matches.js';
import { compareModels } from '../model-overlap.js';
import { readImageFilter } from '../read-image-filter.js';
import { allows } from '../roles.js';
import { readSearchQuery } from '../search-query.js';
import { suggestLabels } from '../suggest-labels.js';

const NEWEST_FIRST: ImageOrder = { field: 'CREATED_AT', direction: 'DESC' };

export const Query: Required<QueryResolvers> = {
  node: (_, { id }, context) => findNode(id, context),

  nodes: (_, { ids }, context) => {
    checkLength(ids, 'ids');
    context.budget.spend('images', ids.length);
    return Promise.all(ids.map((id) => findNode(id, context)));
  },

  image: (_, { id }, context) => {
    const imageId = parseImageId(id);
    return imageId === undefined ? null : context.loaders.image.load(imageId);
  },

  images: async (_, args, context, info) => {
    const backwards = typeof args.last === 'number';
    if (backwards && typeof args.first === 'number') {
      throw new RequestError(
        'BAD_USER_INPUT',
        '`first` and `last` cannot be used together: ask for the first items after a cursor, or for the last ones before one.',
      );
    }
    const filter = await readImageFilter(args.filter, context, info.schema);
    const orderBy = { ...NEWEST_FIRST, ...args.orderBy };
    const digest = filterDigest(filter);
    const position = (cursor: string | null | undefined) =>
      typeof cursor === 'string' ? parseImageCursor(cursor, orderBy, digest) : undefined;
    const limit = backwards ? pageSize(args.last, 'last') : pageSize(args.first);
    context.budget.spend('images', limit);
    const page = await context.images.list({
      filter,
      orderBy,
      limit,
      from: backwards ? 'end' : 'start',
      after: position(args.after),
      before: position(args.before),
    });
    return { page, filter, orderBy };
  },

  search: (_, args, context, info) =>
    findMatches(args, () => readSearchQuery(args.query, context), context, info.schema),

  random: async (_, args, context, info) => {
    const limit = pageSize(args.first);
    context.budget.spend('images', limit);
    return context.images.random(
      await readImageFilter(args.filter, context, info.schema),
      limit,
      args.seed ?? undefined,
    );
  },

  savedSearch: async (_, { id, name }, context) => {
    if ((typeof id === 'string') === (typeof name === 'string')) throw eitherIdOrName();
    if (typeof name === 'string') return (await context.savedSearches.byName(name)) ?? null;
    const parsed = parseGlobalId(id ?? '');
    return parsed?.type === 'SavedSearch' ? context.loaders.savedSearch.load(parsed.id) : null;
  },

  savedSearches: async (_, args, context) => {
    const limit = pageSize(args.first);
    const after = typeof args.after === 'string' ? parseSavedSearchCursor(args.after) : undefined;
    const page = await context.savedSearches.list(after, limit);
    return { page, hasPreviousPage: after !== undefined };
  },

  searchLog: (_, _args, context) => {
    if (allows(context.role, 'admin')) return context.searchLog;
    throw new RequestError(
      'FORBIDDEN',
      `\`searchLog\` shows what others have searched for, but this API key has the role ${context.role}. Use a key with the role admin.`,
    );
  },

  duplicateGroups: async (_, args, context, info) => {
    const request = {
      filter: await readImageFilter(args.filter, context, info.schema),
      limit: pageSize(args.first),
      after: typeof args.after === 'string' ? parseGroupCursor(args.after) : undefined,
      minSimilarity: checkSimilarity(args.minSimilarity) ?? DEFAULT_SIMILARITY,
    };
    context.budget.spend('searches', 1);
    const groups = await context.duplicates.groups(request);
    return { ...groups, hasPreviousPage: request.after !== undefined };
  },

  classify: (_, args, context) => scoreLabels(args, () => sourceEmbedding(args.image, context), context),

  clusters: async (_, args, context, info) => {
    const filter = await readImageFilter(args.filter, context, info.schema);
    context.budget.spend('clusterings', 1);
    return context.clusters.cluster({ k: args.k, filter });
  },

  suggestLabels: (_, args, context, info) => suggestLabels(args, context, info.schema),

  vocabularies: (_, _args, context) => context.suggestions.vocabularies,

  labelSet: async (_, { id, name }, context) => {
    if ((typeof id === 'string') === (typeof name === 'string')) throw eitherIdOrName();
    if (typeof name === 'string') return (await context.labelSets.byName(name)) ?? null;
    const parsed = parseGlobalId(id ?? '');
    return parsed?.type === 'LabelSet' ? context.loaders.labelSet.load(parsed.id) : null;
  },

  labelSets: async (_, args, context) => {
    const limit = pageSize(args.first);
    const after = typeof args.after === 'string' ? parseLabelSetCursor(args.after) : undefined;
    return { page: await context.labelSets.list(after, limit), hasPreviousPage: after !== undefined };
  },

  templatePresets: () => TEMPLATE_PRESETS,

  models: (_, _args, context) => context.loaders.models(),

  modelOverlap: (_, args, context) => compareModels(args, context),

  stats: (_, _args, context) => context.images.stats(),

  ingestProgress: (_, _args, context) => context.images.progress(),
};

function eitherIdOrName(): RequestError {
  return new RequestError('BAD_USER_INPUT', 'Give either `id` or `name`, and not both.');
}

async function findNode(id: string, context: Context): Promise<NodeParent | null> {
  const parsed = parseGlobalId(id);
  switch (parsed?.type) {
    case 'Image':
      return context.loaders.image.load(parsed.id);
    case 'Model': {
      const models = await context.loaders.models();
      return models.find((model) => model.id === parsed.id) ?? null;
    }
    case 'SavedSearch':
      return context.loaders.savedSearch.load(parsed.id);
    case 'LabelSet':
      return context.loaders.labelSet.load(parsed.id);
    case 'Label':
      return context.loaders.label.load(parsed.id);
    case undefined:
      return null;
  }
}
