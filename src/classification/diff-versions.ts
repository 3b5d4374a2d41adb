import type { Queryable } from '../db/database.js';
import { countChangedImages, findChangedImages, findWholeRuns } from '../db/label-diff.js';
import { findLabelsOfVersion, findLabelSetDefinition, type VersionDefinition } from '../db/label-sets.js';
import type { LabelSetDiff, SettingChange } from './classifications.js';
import type { Label } from './label-sets.js';

/** What has changed between two versions of a set; undefined where there is no such version. */
export async function diffVersions(
  db: Queryable,
  modelId: number,
  labelSetId: number,
  from: number,
  to: number,
): Promise<LabelSetDiff | undefined> {
  const [before, after, labelsBefore, labelsAfter, whole] = await Promise.all([
    findLabelSetDefinition(db, labelSetId, from),
    findLabelSetDefinition(db, labelSetId, to),
    findLabelsOfVersion(db, labelSetId, from),
    findLabelsOfVersion(db, labelSetId, to),
    findWholeRuns(db, labelSetId, modelId, [from, to]),
  ]);
  if (before === undefined || after === undefined) return undefined;
  const earlier = new Map(labelsBefore.map((label) => [label.id, label]));
  const later = new Set(labelsAfter.map(({ id }) => id));
  const fromRun = whole.get(from);
  const toRun = whole.get(to);
  const runs = fromRun === undefined || toRun === undefined ? undefined : { from: fromRun, to: toRun };
  const kept = () => {
    if (runs === undefined) throw new Error('The classifications of these versions are not kept.');
    return runs;
  };
  return {
    labelSetId,
    from,
    to,
    added: labelsAfter.filter(({ id }) => !earlier.has(id)),
    removed: labelsBefore.filter(({ id }) => !later.has(id)),
    changed: labelsAfter.flatMap((label) => {
      const was = earlier.get(label.id);
      return was === undefined || isSame(was, label) ? [] : [{ before: was, after: label }];
    }),
    settings: settingsOf(before, after),
    runs,
    countImages: async () => countChangedImages(db, kept()),
    images: async (afterId, limit) => findChangedImages(db, kept(), afterId, limit),
  };
}

function isSame(one: Label, other: Label): boolean {
  const essence = ({ name, prompts, threshold, calibratedThreshold }: Label) =>
    JSON.stringify([name, prompts, threshold, calibratedThreshold]);
  return essence(one) === essence(other);
}

function settingsOf(before: VersionDefinition, after: VersionDefinition): SettingChange[] {
  const values = ({ templates, independent, background, threshold, calibration }: VersionDefinition) =>
    ({
      TEMPLATES: templates,
      INDEPENDENT: independent,
      BACKGROUND: background,
      THRESHOLD: threshold,
      CALIBRATION: calibration && { temperature: calibration.temperature, bias: calibration.bias },
    }) as const;
  const [old, next] = [values(before), values(after)];
  const names = ['TEMPLATES', 'INDEPENDENT', 'BACKGROUND', 'THRESHOLD', 'CALIBRATION'] as const;
  return names
    .filter((setting) => JSON.stringify(old[setting]) !== JSON.stringify(next[setting]))
    .map((setting) => ({ setting, before: old[setting], after: next[setting] }));
}
