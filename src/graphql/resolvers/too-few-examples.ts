import { FEWEST_EXAMPLES, FEWEST_OF_A_KIND } from '../../classification/label-feedback.js';
import type { TooFewExamplesResolvers } from '../generated/types.js';

export const TooFewExamples: TooFewExamplesResolvers = {
  message: ({ accepted, rejected }) =>
    `${accepted} accepted and ${rejected} rejected examples are too few: calibration takes ${FEWEST_EXAMPLES} in all, and ` +
    `${FEWEST_OF_A_KIND} of each kind. Accept and reject more with \`acceptClassification\` and \`rejectClassification\`.`,
};
