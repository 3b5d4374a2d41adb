import type { LabelSetResolvers } from '../generated/types.js';
import { toGlobalId } from '../global-ids.js';

export const LabelSet: LabelSetResolvers = {
  id: (labelSet) => toGlobalId('LabelSet', labelSet.id),
  readyVersion: (labelSet) => labelSet.ready?.version ?? null,
  labels: (labelSet, _args, context) => context.loaders.labelsOfSet.load(labelSet.id),

  progress: async (labelSet, _args, context) => {
    const progress = await context.loaders.labelProgress.load(labelSet.id);
    if (progress === null) throw new Error('A label set was deleted at this moment.');
    return progress;
  },

  distribution: (labelSet, _args, context) => {
    context.budget.spend('searches', 1);
    return context.loaders.distribution.load(labelSet.id);
  },

  evaluation: async (labelSet, _args, context) => {
    context.budget.spend('searches', 1);
    return {
      ...(await context.loaders.evaluation.load(labelSet.id)),
      version: labelSet.ready?.version ?? null,
    };
  },

  calibration: async (labelSet, _args, context) => {
    const active = (await context.loaders.models()).find((model) => model.active);
    return labelSet.calibration?.modelId === active?.id ? labelSet.calibration : null;
  },

  diff: async (labelSet, { from, to }, context) => {
    context.budget.spend('searches', 1);
    return (await context.classifications.diff(labelSet.id, from, to)) ?? null;
  },
};
