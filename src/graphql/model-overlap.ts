import { RequestError } from '../errors.js';
import { checkLength, pageSize } from './arguments.js';
import type { Context } from './context.js';
import type { QueryModelOverlapArgs, ResolversTypes } from './generated/types.js';
import type { ModelParent } from './mappers.js';
import { requireModelId } from './global-ids.js';

/** Each query is two searches, and an operation may ask for 50. */
const MAX_QUERIES = 25;
const DEFAULT_SAMPLE = 20;
const DEFAULT_K = 10;

/** @throws RequestError BAD_USER_INPUT, NOT_FOUND, TOO_LARGE, and as a search does */
export async function compareModels(
  args: QueryModelOverlapArgs,
  context: Context,
): Promise<Awaited<ResolversTypes['ModelOverlap']>> {
  const [a, b] = [requireModelId(args.a, 'a'), requireModelId(args.b, 'b')];
  const k = pageSize(args.k ?? DEFAULT_K, 'k');
  const sample = args.sample ?? DEFAULT_SAMPLE;
  if (args.queries) checkLength(args.queries, 'queries', 1, MAX_QUERIES);
  else if (sample < 1 || sample > MAX_QUERIES) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`sample\` is ${sample}, but from 1 to ${MAX_QUERIES} images are drawn.`,
    );
  }
  context.budget.spend('searches', 2 * (args.queries?.length ?? sample));
  const queries = args.queries ? { texts: args.queries } : { sample };
  const overlaps = await context.models.overlap({ a, b, queries, k });
  const sum = overlaps.reduce((total, { overlap }) => total + overlap, 0);
  const models = await context.loaders.models();
  return {
    a: modelOf(a, models),
    b: modelOf(b, models),
    k,
    mean: overlaps.length === 0 ? null : sum / overlaps.length,
    queries: overlaps,
  };
}

function modelOf(id: number, models: readonly ModelParent[]): ModelParent {
  const model = models.find((each) => each.id === id);
  if (model === undefined) throw new RequestError('NOT_FOUND', 'There is no model with this id (any more).');
  return model;
}
