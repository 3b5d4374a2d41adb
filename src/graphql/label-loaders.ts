import DataLoader from 'dataloader';
import type {
  LabelImages,
  LabelImagesRequest,
  StoredClassifications,
} from '../classification/classifications.js';
import type { Evaluation, LabelFeedback } from '../classification/label-feedback.js';
import type { LabelSets } from '../classification/label-sets.js';
import type {
  ClassificationParent,
  ClassificationProgressParent,
  LabelDistributionParent,
  LabelParent,
  LabelSetParent,
} from './mappers.js';

/** What is asked of label sets one by one, in one statement each. */
export interface LabelLoaders {
  /** By row id; null where there is no such set. */
  readonly labelSet: DataLoader<number, LabelSetParent | null>;
  /** By row id; null where there is no such label. */
  readonly label: DataLoader<number, LabelParent | null>;
  /**
   * The labels of all `classifications` that were loaded are there at once: a page has hundreds of classifications of a few labels,
   * and a promise for each of them is most of the garbage that it makes.
   */
  knownLabel(id: number): LabelParent | undefined;
  /** By the set's row id: the labels of its newest version. */
  readonly labelsOfSet: DataLoader<number, readonly LabelParent[]>;
  /** By the set's row id; null where there is no such set. */
  readonly labelProgress: DataLoader<number, ClassificationProgressParent | null>;
  /** By the set's row id. */
  readonly evaluation: DataLoader<number, Evaluation>;
  /** By the set's row id; null where it is not classified yet. */
  readonly distribution: DataLoader<number, LabelDistributionParent | null>;
  /** By the label's row id. */
  readonly labelImageCount: DataLoader<number, number | null>;
  readonly labelImages: DataLoader<LabelImagesRequest, LabelImages, string>;
  /** By image and name of a set; undefined: all sets. What belongs to a set that was deleted at this moment is left out. */
  readonly classifications: DataLoader<ImageOfSet, readonly ClassificationParent[], string>;
}

interface ImageOfSet {
  readonly imageId: number;
  readonly labelSet: string | undefined;
}

export function createLabelLoaders(services: {
  readonly labelSets: LabelSets;
  readonly classifications: StoredClassifications;
  readonly labelFeedback: LabelFeedback;
}): LabelLoaders {
  const { labelSets, classifications, labelFeedback } = services;
  const label = byKey((ids) => labelSets.labels(ids));
  const known = new Map<number, LabelParent>();
  const remember = async (id: number) => {
    const found = await label.load(id);
    if (found !== null) known.set(id, found);
  };
  return {
    labelSet: byKey((ids) => labelSets.byIds(ids)),
    label,
    knownLabel: (id) => known.get(id),
    labelsOfSet: new DataLoader(async (ids) => {
      const found = await labelSets.labelsOf(ids);
      return ids.map((id) => found.get(id) ?? []);
    }),
    labelProgress: byKey((ids) => labelSets.progress(ids)),
    evaluation: new DataLoader(async (ids) => {
      const found = await labelFeedback.evaluations(ids);
      return ids.map((id) => found.get(id) ?? { labels: [], confusion: [] });
    }),
    distribution: byKey((ids) => classifications.distributions(ids)),
    labelImageCount: byKey((ids) => classifications.imageCounts(ids)),
    labelImages: new DataLoader((requests) => classifications.labelImages(requests), {
      cacheKeyFn: (request) => JSON.stringify(request),
    }),
    classifications: new DataLoader(
      async (wanted) => {
        const names = [...new Set(wanted.map(({ labelSet }) => labelSet))];
        const found = new Map(
          await Promise.all(
            names.map(async (name) => {
              const ids = wanted.filter(({ labelSet }) => labelSet === name).map(({ imageId }) => imageId);
              return [name, await classifications.ofImages(ids, name)] as const;
            }),
          ),
        );
        const rows = wanted.map(({ imageId, labelSet }) => found.get(labelSet)?.get(imageId) ?? []);
        await Promise.all(labelIdsOf(rows).map(remember));
        return rows.map((each) => each.filter(({ labelId }) => known.has(labelId)));
      },
      { cacheKeyFn: ({ imageId, labelSet }) => JSON.stringify([imageId, labelSet]) },
    ),
  };
}

function labelIdsOf(rows: readonly (readonly ClassificationParent[])[]): readonly number[] {
  const ids = new Set<number>();
  for (const each of rows) for (const { labelId } of each) ids.add(labelId);
  return [...ids];
}

/** Null where nothing is found. */
function byKey<V>(
  find: (ids: readonly number[]) => Promise<ReadonlyMap<number, V>>,
): DataLoader<number, V | null> {
  return new DataLoader(async (ids) => {
    const found = await find(ids);
    return ids.map((id) => found.get(id) ?? null);
  });
}
