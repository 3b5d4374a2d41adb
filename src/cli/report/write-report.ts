import type { Database, Queryable } from '../../db/database.js';
import { findImagesByIds } from '../../db/images.js';
import { activeModel } from '../../db/models.js';
import { classifiedLabelSets, countLabels, sampleForReport } from '../../db/report.js';
import { OperatorError } from '../../errors.js';
import type { ImageStorage } from '../../images/storage.js';
import { createDuplicates } from '../../search/create-duplicates.js';
import { DEFAULT_SIMILARITY } from '../../search/duplicates.js';
import { projectEmbeddings } from '../../search/projection.js';
import { fileOutput } from '../export/output.js';
import { readFilterOption } from '../filter-option.js';
import { loneImages } from './outliers.js';
import { reportPage, type Shown } from './page.js';

/** More would overlap on a map, and make a page of more than a few megabytes. */
const ON_MAP = 1_000;
const LABELS = 30;
const GROUPS = 20;
const IN_GROUP = 8;
const OUTLIERS = 16;
/** Pixels: the smallest that is kept. */
const THUMBNAIL_WIDTH = 80;

/** Gathers what a report shows, and writes it as one page. */
export async function writeReport(
  { database, storage }: { readonly database: Database; readonly storage: ImageStorage },
  options: {
    readonly out: string;
    readonly filter?: string | undefined;
    readonly labelSet?: string | undefined;
    readonly title: string;
  },
): Promise<{ readonly shown: number; readonly bytes: number }> {
  const { pool } = database;
  const model = await activeModel(pool);
  if (model === undefined) {
    throw new OperatorError(
      'The collection is empty: no model has embedded anything yet. Add images first (pictograph ingest).',
    );
  }
  const filter = await readFilterOption(options.filter, database, model);
  const labelSet = await chosenLabelSet(pool, options.labelSet);
  await projectEmbeddings(database, model);
  const sample = await sampleForReport(pool, { modelId: model.id, filter, labelSet }, ON_MAP);
  const labels = await countLabels(pool, { filter, labelSet }, LABELS);
  const { groups, totalCount } = await createDuplicates({ database, model }).groups({
    filter,
    limit: GROUPS,
    minSimilarity: DEFAULT_SIMILARITY,
  });
  const grouped = new Map(
    (
      await findImagesByIds(
        pool,
        groups.flatMap(({ imageIds }) => imageIds.slice(0, IN_GROUP)),
      )
    ).map((image) => [image.id, image]),
  );

  /** The picture as it stands in the page; none where it cannot be made, as for an original that is away. */
  const thumbnail = async (sha256: string) => {
    const bytes = await storage.thumbnails.make(sha256, THUMBNAIL_WIDTH, 'webp').catch(() => undefined);
    return bytes === undefined ? undefined : `data:image/webp;base64,${bytes.toString('base64')}`;
  };
  const shown = async (image: {
    readonly sha256: string;
    readonly filename: string | null;
    readonly title: string | null;
  }): Promise<Shown> => ({
    name: image.title ?? image.filename ?? image.sha256.slice(0, 12),
    picture: await thumbnail(image.sha256),
  });

  const mapped = [];
  for (const image of sample)
    mapped.push({ ...(await shown(image)), label: image.label, x: image.x, y: image.y });
  const duplicates = [];
  for (const { imageIds, imageCount, bestSimilarity } of groups) {
    const images = imageIds.slice(0, IN_GROUP).flatMap((id) => grouped.get(id) ?? []);
    duplicates.push({ imageCount, bestSimilarity, images: await Promise.all(images.map(shown)) });
  }
  const outliers = [];
  for (const { image, similarity } of loneImages(sample, OUTLIERS)) {
    outliers.push({ ...(await shown(image)), similarity });
  }
  const page = reportPage({
    title: options.title,
    modelName: model.name,
    madeAt: new Date(),
    labelSet,
    mapped,
    labels,
    duplicates,
    duplicateGroupCount: totalCount,
    outliers,
  });
  const output = await fileOutput(options.out);
  try {
    await output.write(page);
  } catch (error) {
    await output.abandon();
    throw error;
  }
  await output.finish();
  return { shown: sample.length, bytes: Buffer.byteLength(page) };
}

/** The label set that was asked for, or the first; undefined where there is none. */
async function chosenLabelSet(database: Queryable, asked: string | undefined): Promise<string | undefined> {
  const names = await classifiedLabelSets(database);
  if (asked === undefined) return names[0];
  if (names.includes(asked)) return asked;
  const there =
    names.length === 0
      ? 'None has yet: createLabelSet makes one.'
      : `There are: ${names.map((name) => JSON.stringify(name)).join(', ')}.`;
  throw new OperatorError(`No label set "${asked}" has classified the collection. ${there}`);
}
