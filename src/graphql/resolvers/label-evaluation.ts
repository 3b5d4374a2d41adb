import type { LabelEvaluationResolvers } from '../generated/types.js';
import { requireLabel } from './classification.js';

export const LabelEvaluation: LabelEvaluationResolvers = {
  label: ({ labelId }, _args, context) => requireLabel(labelId, context),
  precision: ({ truePositives, falsePositives }) => share(truePositives, truePositives + falsePositives),
  recall: ({ truePositives, falseNegatives }) => share(truePositives, truePositives + falseNegatives),
};

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
