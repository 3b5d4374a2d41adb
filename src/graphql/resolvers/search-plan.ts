import { RequestError } from '../../errors.js';
import type { SearchPlanResolvers } from '../generated/types.js';

const DEFAULT_SAMPLE = 10;
/** Each query is compared with every image of the filter. */
const MAX_SAMPLE = 20;

export const SearchPlan: SearchPlanResolvers = {
  estimatedRecall: async (plan, args, context) => {
    const sample = args.sample ?? DEFAULT_SAMPLE;
    if (sample < 1 || sample > MAX_SAMPLE) {
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`sample\` is ${sample}, but from 1 to ${MAX_SAMPLE} queries can be tried.`,
      );
    }
    if (plan.estimateRecall === undefined) return null;
    context.budget.spend('searches', 2 * sample);
    return plan.estimateRecall(sample);
  },
};
