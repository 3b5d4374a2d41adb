import type { Queryable } from '../db/database.js';
import type { RunRow, RunVector } from '../db/label-runs.js';
import {
  findLabelsOfVersion,
  findLabelSetDefinition,
  type LabelRow,
  type VersionDefinition,
} from '../db/label-sets.js';
import { fillTemplates } from '../search/templates.js';
import type { TextEmbeddings } from '../search/text-embeddings.js';
import { meanDirection } from '../search/unit-vector.js';
import { NEUTRAL_LABELS } from './create-classification.js';
import { SCORING_RULES } from './scoring-rules.js';

/** Texts that are embedded together: between two lots others get their turn with the encoder. */
const TEXTS_AT_ONCE = 200;

/**
 * What images are compared with in a run: for each label the mean direction of its prompts in all templates (CLIP paper,
 * 3.1.4); for each background prompt of an exclusive set the same; for an independent set one for "anything at all", which
 * every label is measured against. Texts that were ever encoded are not encoded again.
 *
 * @throws RequestError as TextEmbeddings.embed does
 */
export async function embedRun(
  run: RunRow,
  { pool, textEmbeddings }: { readonly pool: Queryable; readonly textEmbeddings: TextEmbeddings },
): Promise<RunVector[]> {
  const definition = await findLabelSetDefinition(pool, run.labelSetId, run.version);
  const labels = await findLabelsOfVersion(pool, run.labelSetId, run.version);
  if (definition === undefined) throw new Error('A run without its version');
  const { templates, independent, background } = definition;

  const others = independent ? [NEUTRAL_LABELS] : background.map((prompt) => [prompt]);
  const wanted = [
    ...labels.map((label) => ({
      position: label.position,
      labelId: label.id,
      threshold: thresholdOf(label, definition, run.modelId),
      prompts: label.prompts,
    })),
    ...others.map((prompts, index) => ({ position: -(index + 1), labelId: null, threshold: 1, prompts })),
  ].map(({ prompts, ...vector }) => ({
    ...vector,
    texts: prompts.flatMap((prompt) => fillTemplates(templates, prompt)),
  }));

  const vectors: RunVector[] = [];
  for (const lot of lots(wanted)) {
    const embeddings = await textEmbeddings.embed(lot.flatMap(({ texts }) => texts));
    let first = 0;
    for (const { texts, ...vector } of lot) {
      vectors.push({ ...vector, embedding: meanDirection(embeddings.slice(first, first + texts.length)) });
      first += texts.length;
    }
  }
  return vectors;
}

/** Cuts a list into parts of about as many texts as are embedded together; what belongs to one vector stays together. */
function lots<T extends { readonly texts: readonly string[] }>(wanted: readonly T[]): T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (const each of wanted) {
    const last = parts.at(-1);
    if (last === undefined || room < each.texts.length) {
      parts.push([each]);
      room = TEXTS_AT_ONCE;
    } else last.push(each);
    room -= each.texts.length;
  }
  return parts;
}

/** The least score at which an image has the label: what somebody has said of it, or what was learned, or the set's. */
export function thresholdOf(label: LabelRow, definition: VersionDefinition, modelId: number): number {
  const learned = definition.calibration?.modelId === modelId ? label.calibratedThreshold : null;
  const usual = definition.independent ? SCORING_RULES.defaultThreshold : 0;
  return label.threshold ?? learned ?? definition.threshold ?? usual;
}
