import type { Context } from './context.js';
import type { ResolversTypes } from './generated/types.js';
import { parseGlobalId, parseImageId } from './global-ids.js';
import { parseLabelSetId } from './label-set-input.js';

type FeedbackResult = Awaited<ResolversTypes['FeedbackResult']>;
type CalibrateLabelSetResult = Awaited<ResolversTypes['CalibrateLabelSetResult']>;

/**
 * Stores what somebody says of a label on an image, or takes it back. That there is no such image or label is a result.
 *
 * @param feedback null: takes it back
 */
export async function giveFeedback(
  { image, label }: { readonly image: string; readonly label: string },
  feedback: 'ACCEPTED' | 'REJECTED' | null,
  context: Context,
): Promise<FeedbackResult> {
  const imageId = parseImageId(image);
  const parsed = parseGlobalId(label);
  const noImage = { __typename: 'ImageNotFound', id: image } as const;
  const noLabel = { __typename: 'LabelNotFound', id: label } as const;
  if (imageId === undefined) return noImage;
  if (parsed?.type !== 'Label') return noLabel;
  const about = { labelId: parsed.id, imageId };
  if (feedback === null) {
    await context.labelFeedback.withdraw(about);
  } else {
    const given = await context.labelFeedback.give({ ...about, accepted: feedback === 'ACCEPTED' });
    if (given === 'no-image') return noImage;
    if (given === 'no-label') return noLabel;
  }
  const [imageRow, labelRow] = await Promise.all([
    context.loaders.image.load(imageId),
    context.loaders.label.load(parsed.id),
  ]);
  if (imageRow === null) return noImage;
  if (labelRow === null) return noLabel;
  return { __typename: 'FeedbackStored', image: imageRow, label: labelRow, feedback };
}

/** Calibrates a label set. That it cannot be is a result. */
export async function calibrateLabelSet(id: string, context: Context): Promise<CalibrateLabelSetResult> {
  const row = parseLabelSetId(id);
  if (row === undefined) return { __typename: 'LabelSetNotFound', id };
  const calibrated = await context.labelFeedback.calibrate(row);
  switch (calibrated.outcome) {
    case 'calibrated':
      return {
        __typename: 'LabelSetCalibrated',
        labelSet: calibrated.labelSet,
        report: calibrated.calibration,
      };
    case 'no-gain':
      return { __typename: 'CalibrationWithoutGain', report: calibrated.calibration };
    case 'too-few':
      return { __typename: 'TooFewExamples', accepted: calibrated.accepted, rejected: calibrated.rejected };
    case 'not-ready':
      return { __typename: 'LabelSetNotReady' };
    case 'not-found':
      return { __typename: 'LabelSetNotFound', id };
  }
}
