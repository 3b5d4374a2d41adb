import type { GraphQLSchema } from 'graphql';
import type { LabelScore } from '../classification/classification.js';
import { DEFAULT_VOCABULARY } from '../classification/suggestions.js';
import { RequestError } from '../errors.js';
import type { Context } from './context.js';
import type { ImageFilter, ImageSource, InputMaybe } from './generated/types.js';
import { sourceEmbedding } from './image-embedding.js';
import { readImageFilter } from './read-image-filter.js';

interface SuggestArguments {
  readonly vocabulary?: InputMaybe<string>;
  readonly first?: InputMaybe<number>;
}

/** @throws RequestError as Suggestions.suggest does */
export function suggest(
  vector: Float32Array,
  { vocabulary, first }: SuggestArguments,
  context: Context,
  usually = 10,
): Promise<readonly LabelScore[]> {
  context.budget.spend('suggestions', 1);
  return context.suggestions.suggest(vector, vocabulary ?? DEFAULT_VOCABULARY, first ?? usually);
}

/** @throws RequestError as Suggestions.suggest does, and BAD_USER_INPUT unless exactly one of image and filter is given */
export async function suggestLabels(
  args: SuggestArguments & {
    readonly image?: InputMaybe<ImageSource>;
    readonly filter?: InputMaybe<ImageFilter>;
  },
  context: Context,
  schema: GraphQLSchema,
): Promise<readonly LabelScore[]> {
  const { image, filter } = args;
  if (image && !filter) return suggest(await sourceEmbedding(image, context), args, context);
  if (!filter || image) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'Give either `image` or `filter`, and not both. `filter: {}` stands for the whole collection.',
    );
  }
  context.budget.spend('clusterings', 1);
  const centre = await context.clusters.centre(await readImageFilter(filter, context, schema));
  return centre === undefined ? [] : suggest(centre, args, context);
}
