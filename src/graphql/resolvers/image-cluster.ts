import { clusterPage } from '../../search/clusters.js';
import { pageSize } from '../arguments.js';
import { parseMatchCursor } from '../cursors.js';
import type { ImageClusterResolvers } from '../generated/types.js';
import { suggest } from '../suggest-labels.js';

const REPRESENTATIVES = 4;
const SUGGESTED = 5;

export const ImageCluster: ImageClusterResolvers = {
  imageCount: ({ members }) => members.length,

  centroid: ({ centroid }, _args, context) => {
    context.budget.spend('embeddings', 1);
    return Array.from(centroid);
  },

  cohesion: ({ members }) =>
    members.reduce((sum, { similarity }) => sum + similarity, 0) / Math.max(members.length, 1),

  representatives: async ({ members }, { first }, context) => {
    const nearest = members.slice(0, pageSize(first ?? REPRESENTATIVES));
    context.budget.spend('images', nearest.length);
    const images = await Promise.all(nearest.map(({ imageId }) => context.loaders.image.load(imageId)));
    // One that was deleted since it was clustered is left out.
    return images.filter((image) => image !== null);
  },

  images: (cluster, args, context) => {
    const limit = pageSize(args.first);
    const after = typeof args.after === 'string' ? parseMatchCursor(args.after) : undefined;
    context.budget.spend('images', limit);
    return { result: clusterPage(cluster, { limit, after }), hasPreviousPage: after !== undefined };
  },

  suggestedLabels: ({ centroid }, args, context) => suggest(centroid, args, context, SUGGESTED),
};
