import type { Database } from '../db/database.js';
import {
  deleteFeedback,
  findConfusion,
  findExamples,
  findOutcomes,
  storeFeedback,
  type Examples,
} from '../db/label-feedback.js';
import { findLabelSets, findLabelsOfSets, type LabelRow, type LabelSetRow } from '../db/label-sets.js';
import { defineVersion, lockLabelSet } from '../db/label-versions.js';
import { enqueueClassification } from '../jobs/queue.js';
import { thresholdOf } from './embed-run.js';
import {
  fitScores,
  fitThresholds,
  qualityOf,
  splitExamples,
  type Example,
  type ScoreParameters,
} from './fit-calibration.js';
import { keptLabel } from './label-definition.js';
import {
  FEWEST_EXAMPLES,
  FEWEST_OF_A_KIND,
  type CalibrateResult,
  type Calibration,
  type Evaluation,
  type LabelFeedback,
} from './label-feedback.js';
import { SCORING_RULES } from './scoring-rules.js';

const MOST_EXAMPLES = 2_000;
/** Examples times labels: fitting holds up everything else in this process, 0.2 s for so many. */
const MOST_COMPARISONS = 400_000;

/** Feedback on label sets, and calibration for one model. */
export function createLabelFeedback(dependencies: {
  readonly database: Database;
  readonly model: { readonly id: number; readonly logitScale: number };
  readonly jobMaxAttempts: number;
}): LabelFeedback {
  const { database, model, jobMaxAttempts } = dependencies;
  const { pool } = database;

  return {
    give: (word) => storeFeedback(pool, word),
    withdraw: (word) => deleteFeedback(pool, word),

    async calibrate(labelSetId) {
      const [labelSet] = await findLabelSets(pool, [labelSetId]);
      if (labelSet === undefined) return { outcome: 'not-found' };
      const { ready } = labelSet;
      if (ready?.version !== labelSet.version || ready.modelId !== model.id) return { outcome: 'not-ready' };
      const labels = await findLabelsOfSets(pool, [labelSetId]);
      const limit = Math.max(200, Math.min(MOST_EXAMPLES, Math.floor(MOST_COMPARISONS / labels.length)));
      const examples = toExamples(await findExamples(pool, ready.runId, limit), labelSet.independent);
      const accepted = examples.filter((example) => example.accepted).length;
      const rejected = examples.length - accepted;
      if (examples.length < FEWEST_EXAMPLES || Math.min(accepted, rejected) < FEWEST_OF_A_KIND) {
        return { outcome: 'too-few', accepted, rejected };
      }
      const { calibration, thresholds } = learn(examples, labelSet, labels);
      if (calibration.after.logLoss >= calibration.before.logLoss) return { outcome: 'no-gain', calibration };
      return apply(labelSet, calibration, thresholds);
    },

    async evaluations(labelSetIds) {
      const [outcomes, confusion] = await Promise.all([
        findOutcomes(pool, labelSetIds),
        findConfusion(pool, labelSetIds),
      ]);
      return new Map(
        labelSetIds.map((id): [number, Evaluation] => [
          id,
          {
            labels: outcomes.filter(({ labelSetId }) => labelSetId === id),
            confusion: confusion.filter(({ labelSetId }) => labelSetId === id),
          },
        ]),
      );
    },
  };

  function learn(examples: readonly Example[], labelSet: LabelSetRow, labels: readonly LabelRow[]) {
    const { learned, heldOut } = splitExamples(examples);
    const current = labelSet.calibration?.modelId === model.id ? labelSet.calibration : undefined;
    const start: ScoreParameters = {
      independent: labelSet.independent,
      logitScale: model.logitScale,
      temperature: current?.temperature ?? 1,
      bias: current?.bias ?? Math.log(SCORING_RULES.priorOdds),
    };
    const parameters = fitScores(learned, start);
    const thresholds = fitThresholds(learned, parameters);
    const was = new Map(labels.map((label) => [label.id, thresholdOf(label, labelSet, model.id)]));
    const fixed = new Map(
      labels.flatMap(({ id, threshold }) => (threshold === null ? [] : [[id, threshold]])),
    );
    const calibration: Calibration = {
      temperature: parameters.temperature,
      bias: labelSet.independent ? parameters.bias : null,
      learnedExamples: learned.length,
      heldOutExamples: heldOut.length,
      before: qualityOf(heldOut, start, (id) => was.get(id) ?? 0),
      after: qualityOf(heldOut, parameters, (id) => fixed.get(id) ?? thresholds.get(id) ?? was.get(id) ?? 0),
    };
    return { calibration, thresholds };
  }

  /** Unless somebody has changed the set meanwhile. */
  function apply(
    labelSet: LabelSetRow,
    calibration: Calibration,
    thresholds: ReadonlyMap<number, number>,
  ): Promise<CalibrateResult> {
    const { id, version } = labelSet;
    return database.transaction(async (transaction) => {
      const newest = await lockLabelSet(transaction, id);
      if (newest === undefined) return { outcome: 'not-found' };
      if (newest !== version) return { outcome: 'not-ready' };
      const labels = await findLabelsOfSets(transaction, [id]);
      await defineVersion(transaction, id, version + 1, {
        ...labelSet,
        labels: labels.map((label) => ({
          ...keptLabel(label),
          calibratedThreshold: thresholds.get(label.id) ?? null,
        })),
        calibration: { modelId: model.id, temperature: calibration.temperature, bias: calibration.bias },
      });
      await enqueueClassification(transaction, [id], jobMaxAttempts);
      const [calibrated] = await findLabelSets(transaction, [id]);
      if (calibrated === undefined) return { outcome: 'not-found' };
      return { outcome: 'calibrated', labelSet: calibrated, calibration };
    });
  }
}

function toExamples({ labels, rows }: Examples, independent: boolean): Example[] {
  const places = new Map(labels.map(({ labelId }, index) => [labelId, index]));
  const neutral = labels.findIndex(({ labelId }) => labelId === null);
  return rows.map(({ labelId, imageId, accepted, similarities }) => {
    const place = places.get(labelId) ?? -1;
    return {
      labelId,
      imageId,
      accepted,
      similarity: similarities[place] ?? 0,
      others: independent ? [] : similarities.filter((_, index) => index !== place),
      neutral: similarities[neutral] ?? 0,
    };
  });
}
