import type { Database, Queryable } from '../db/database.js';
import {
  countLabelSets,
  deleteLabelSet,
  findLabels,
  findLabelSetByName,
  findLabelSets,
  findLabelsOfSets,
  listLabelSets,
} from '../db/label-sets.js';
import { defineVersion, insertLabelSet, lockLabelSet, renameLabelSet } from '../db/label-versions.js';
import { isStorableText } from '../db/storable-text.js';
import { enqueueClassification } from '../jobs/queue.js';
import type { Logger } from '../log.js';
import { keptLabel, LabelSetMistake, nextDefinition, parseSetName, scoresAlike } from './label-definition.js';
import { createLabelProgress } from './label-progress.js';
import type { InvalidLabelSet, Label, LabelSet, LabelSets } from './label-sets.js';

/** Sets of labels, whose images one model classifies. */
export function createLabelSets(dependencies: {
  readonly database: Database;
  readonly modelId: number;
  readonly jobMaxAttempts: number;
  readonly log: Logger;
}): LabelSets {
  const { database, jobMaxAttempts } = dependencies;
  const { pool } = database;

  return {
    ...createLabelProgress(dependencies),

    async create(input) {
      try {
        const name = parseSetName(input.name);
        const definition = nextDefinition({ ...input, labels: input.labels ?? [] });
        const id = await database.transaction(async (transaction) => {
          const added = await insertLabelSet(transaction, name);
          if (added === undefined) return undefined;
          await defineVersion(transaction, added, 1, definition);
          await enqueueClassification(transaction, [added], jobMaxAttempts);
          return added;
        });
        return id === undefined
          ? { outcome: 'name-taken', labelSet: await byName(name) }
          : { outcome: 'created', labelSet: await byId(pool, id) };
      } catch (error) {
        return invalid(error);
      }
    },

    async update(id, changes) {
      try {
        const name = changes.name === undefined ? undefined : parseSetName(changes.name);
        const updated = await database.transaction(async (transaction) => {
          const version = await lockLabelSet(transaction, id);
          if (version === undefined) return 'not-found';
          if (name !== undefined && !(await renameLabelSet(transaction, id, name))) return 'name-taken';
          const labelSet = await byId(transaction, id);
          const labels = await findLabelsOfSets(transaction, [id]);
          const before = { ...labelSet, labels: labels.map(keptLabel) };
          const next = nextDefinition(changes, { labelSet, labels });
          // What feedback has taught holds as long as scores are made in the same way.
          const alike = scoresAlike(next, before);
          const definition = {
            ...next,
            calibration: alike ? labelSet.calibration : null,
            labels: alike ? withCalibration(next.labels, labels) : next.labels,
          };
          if (isSame(definition, before)) return { isNewVersion: false };
          await defineVersion(transaction, id, version + 1, definition);
          await enqueueClassification(transaction, [id], jobMaxAttempts);
          return { isNewVersion: true };
        });
        if (updated === 'not-found') return { outcome: 'not-found' };
        if (updated === 'name-taken') return { outcome: 'name-taken', labelSet: await byName(name ?? '') };
        return { outcome: 'updated', ...updated, labelSet: await byId(pool, id) };
      } catch (error) {
        return invalid(error);
      }
    },

    delete: (id) => deleteLabelSet(pool, id),

    async byIds(ids) {
      if (ids.length === 0) return new Map();
      return new Map((await findLabelSets(pool, ids)).map((labelSet) => [labelSet.id, labelSet]));
    },

    byName: (name) =>
      isStorableText(name) ? findLabelSetByName(pool, name.trim()) : Promise.resolve(undefined),

    async list(after, limit) {
      // One more than asked for tells whether there are more.
      const rows = await listLabelSets(pool, after, limit + 1);
      return { labelSets: rows.slice(0, limit), hasNextPage: rows.length > limit };
    },

    count: () => countLabelSets(pool),

    async labelsOf(labelSetIds) {
      const labels = new Map<number, Label[]>(labelSetIds.map((id) => [id, []]));
      for (const label of await findLabelsOfSets(pool, labelSetIds))
        labels.get(label.labelSetId)?.push(label);
      return labels;
    },

    labels: async (ids) => new Map((await findLabels(pool, ids)).map((label) => [label.id, label])),
  };

  async function byId(queryable: Queryable, id: number): Promise<LabelSet> {
    const [labelSet] = await findLabelSets(queryable, [id]);
    if (labelSet === undefined) throw new Error('A label set was deleted at this moment.');
    return labelSet;
  }

  async function byName(name: string): Promise<LabelSet> {
    const labelSet = await findLabelSetByName(pool, name);
    if (labelSet === undefined) throw new Error('A label set was deleted at this moment.');
    return labelSet;
  }
}

/** A mistake in a definition as a result. @throws everything else */
function invalid(error: unknown): InvalidLabelSet {
  if (error instanceof LabelSetMistake)
    return { outcome: 'invalid', field: error.field, message: error.message };
  throw error;
}

type Definition = ReturnType<typeof nextDefinition>;

function withCalibration(next: Definition['labels'], labels: readonly Label[]): Definition['labels'] {
  const calibrated = new Map(labels.map((label) => [label.id, label.calibratedThreshold]));
  return next.map((label) => ({
    ...label,
    calibratedThreshold: label.id === undefined ? null : (calibrated.get(label.id) ?? null),
  }));
}

function isSame(one: Definition, other: Definition): boolean {
  const essence = ({ threshold, labels, ...definition }: Definition) => [
    threshold,
    labels.map(({ name, threshold: own }) => [name, own]),
    definition.templates,
  ];
  return scoresAlike(one, other) && JSON.stringify(essence(one)) === JSON.stringify(essence(other));
}
