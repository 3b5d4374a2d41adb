import type { LabelSetNotReadyResolvers } from '../generated/types.js';

export const LabelSetNotReady: LabelSetNotReadyResolvers = {
  message: () =>
    'Images are still being classified with the newest version. Wait until `LabelSet.readyVersion` is `version`, and calibrate then.',
};
