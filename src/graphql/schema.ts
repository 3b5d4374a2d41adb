import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { defaultFieldResolver, isScalarType, type GraphQLSchema } from 'graphql';
import { RequestError } from '../errors.js';
import type { Context } from './context.js';
import type { Resolvers } from './generated/types.js';
import { Classification } from './resolvers/classification.js';
import { ClassificationProgress } from './resolvers/classification-progress.js';
import { modelMutations } from './model-mutations.js';
import { CollectionStats } from './resolvers/collection-stats.js';
import { ConfusionCell } from './resolvers/confusion-cell.js';
import { DuplicateGroup } from './resolvers/duplicate-group.js';
import { DuplicateGroupConnection } from './resolvers/duplicate-group-connection.js';
import { DuplicateGroupEdge } from './resolvers/duplicate-group-edge.js';
import { Image } from './resolvers/image.js';
import { ImageCluster } from './resolvers/image-cluster.js';
import { ImageConnection } from './resolvers/image-connection.js';
import { ImageLabelChange } from './resolvers/image-label-change.js';
import { ImageMatchConnection } from './resolvers/image-match-connection.js';
import { ImageMatchEdge } from './resolvers/image-match-edge.js';
import { ImageNotFound } from './resolvers/image-not-found.js';
import { Label } from './resolvers/label.js';
import { LabelDistribution } from './resolvers/label-distribution.js';
import { LabelEvaluation } from './resolvers/label-evaluation.js';
import { LabelImageConnection } from './resolvers/label-image-connection.js';
import { LabelImageEdge } from './resolvers/label-image-edge.js';
import { LabelNotFound } from './resolvers/label-not-found.js';
import { LabelSet } from './resolvers/label-set.js';
import { LabelSetConnection } from './resolvers/label-set-connection.js';
import { LabelSetDiff } from './resolvers/label-set-diff.js';
import { LabelSetEvaluation } from './resolvers/label-set-evaluation.js';
import { LabelSetImageDiff } from './resolvers/label-set-image-diff.js';
import { LabelSetNotFound } from './resolvers/label-set-not-found.js';
import { LabelSetNotReady } from './resolvers/label-set-not-ready.js';
import { Model } from './resolvers/model.js';
import { Mutation } from './resolvers/mutation.js';
import { Node } from './resolvers/node.js';
import { Query } from './resolvers/query.js';
import { QueryOverlap } from './resolvers/query-overlap.js';
import { SavedSearch } from './resolvers/saved-search.js';
import { SavedSearchConnection } from './resolvers/saved-search-connection.js';
import { SearchLog } from './resolvers/search-log.js';
import { SearchPlan } from './resolvers/search-plan.js';
import { Subscription } from './resolvers/subscription.js';
import { TooFewExamples } from './resolvers/too-few-examples.js';
import { Vocabulary } from './resolvers/vocabulary.js';
import { allows } from './roles.js';
import { scalars } from './scalars.js';

const resolvers: Resolvers = {
  ...scalars,
  Classification,
  ClassificationProgress,
  CollectionStats,
  ConfusionCell,
  DuplicateGroup,
  DuplicateGroupConnection,
  DuplicateGroupEdge,
  Image,
  ImageCluster,
  ImageConnection,
  ImageLabelChange,
  ImageMatchConnection,
  ImageMatchEdge,
  ImageNotFound,
  Label,
  LabelDistribution,
  LabelEvaluation,
  LabelImageConnection,
  LabelImageEdge,
  LabelNotFound,
  LabelSet,
  LabelSetConnection,
  LabelSetDiff,
  LabelSetEvaluation,
  LabelSetImageDiff,
  LabelSetNotFound,
  LabelSetNotReady,
  Model,
  Mutation,
  Node,
  Query,
  QueryOverlap,
  SavedSearch,
  SavedSearchConnection,
  SearchLog,
  SearchPlan,
  Subscription,
  TooFewExamples,
  Vocabulary,
};

/** The executable schema: schema.graphql of the package's root with the resolvers. */
export function createSchema(): GraphQLSchema {
  // As far from src/graphql as from dist/graphql.
  const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  const schema = makeExecutableSchema<Context>({
    typeDefs,
    resolvers,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
  // The contract's words, not those of the libraries that implement its scalars.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && type.astNode?.description) type.description = type.astNode.description.value;
  }
  return guardMutations(schema);
}

/** What takes hundreds of megabytes, or changes what everybody finds. */
const ADMIN_MUTATIONS: ReadonlySet<string> = new Set(Object.keys(modelMutations));

/** Here, not in each resolver: a mutation that is added later cannot forget it. */
function guardMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    const needed = ADMIN_MUTATIONS.has(field.name) ? 'admin' : 'write';
    field.resolve = (parent, args, context: Context, info) => {
      if (!allows(context.role, needed)) {
        throw new RequestError(
          'FORBIDDEN',
          `\`${field.name}\` changes the collection, but this API key has the role ${context.role}. Use a key with the role ${needed}.`,
        );
      }
      return resolve(parent, args, context, info);
    };
  }
  return schema;
}
