import type { ConfusionRow, LabelOutcomeRow } from '../db/label-feedback.js';
import type { CalibrationQuality } from './fit-calibration.js';
import type { LabelSet } from './label-sets.js';

/** What calibration takes: so many examples, and so many of each kind, because fewer say nothing of where it ends. */
export const FEWEST_EXAMPLES = 20;
export const FEWEST_OF_A_KIND = 5;

/** What people say of labels on images, and what is learned from it. */
export interface LabelFeedback {
  /** Changes no classification. What was said before of the same label on the same image is replaced. */
  give(word: {
    readonly labelId: number;
    readonly imageId: number;
    readonly accepted: boolean;
  }): Promise<'stored' | 'no-label' | 'no-image'>;
  /** @returns whether anything had been said */
  withdraw(word: { readonly labelId: number; readonly imageId: number }): Promise<boolean>;
  /** Learns temperature, bias and thresholds, and makes a new version with them if it agrees better with what people said. */
  calibrate(labelSetId: number): Promise<CalibrateResult>;
  /** How classifications agree with what people said, in two statements. Sets that nothing was said of have empty ones. */
  evaluations(labelSetIds: readonly number[]): Promise<ReadonlyMap<number, Evaluation>>;
}

export interface Evaluation {
  readonly labels: readonly LabelOutcomeRow[];
  /** Of an exclusive set. */
  readonly confusion: readonly ConfusionRow[];
}

/** What calibration has found. */
export interface Calibration {
  readonly temperature: number;
  /** Of independent labels alone. */
  readonly bias: number | null;
  readonly learnedExamples: number;
  readonly heldOutExamples: number;
  /** Of the examples held out: as the set was, and with what was learned. */
  readonly before: CalibrationQuality;
  readonly after: CalibrationQuality;
}

export type CalibrateResult =
  | { readonly outcome: 'calibrated'; readonly labelSet: LabelSet; readonly calibration: Calibration }
  /** What was learned is no better on the examples held out: nothing was changed. */
  | { readonly outcome: 'no-gain'; readonly calibration: Calibration }
  | { readonly outcome: 'too-few'; readonly accepted: number; readonly rejected: number }
  /** The newest version is not what readers see yet. */
  | { readonly outcome: 'not-ready' }
  | { readonly outcome: 'not-found' };
