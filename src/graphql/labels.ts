import type { LabelRequest, LabelScore } from '../classification/classification.js';
import { DEFAULT_TEMPLATES } from '../classification/prompts.js';
import { MAX_TEMPLATES } from '../search/templates.js';
import { checkLength } from './arguments.js';
import type { Context } from './context.js';
import type { InputMaybe } from './generated/types.js';

/** The arguments that every field that classifies has, as a request gives them. */
export interface LabelArguments {
  readonly labels: readonly string[];
  readonly templates?: InputMaybe<readonly string[]>;
  readonly independent?: InputMaybe<boolean>;
}

/**
 * Scores labels for one image. The labels are embedded once for all images of the operation.
 *
 * @param readEmbedding is called once the labels' number has been checked
 * @throws RequestError as Classification.embedLabels does
 */
export async function scoreLabels(
  args: LabelArguments,
  readEmbedding: () => Promise<Float32Array>,
  context: Context,
): Promise<readonly LabelScore[]> {
  const request: LabelRequest = {
    labels: args.labels,
    templates: args.templates ?? DEFAULT_TEMPLATES,
    independent: args.independent ?? false,
  };
  checkLength(request.labels, 'labels', 1);
  checkLength(request.templates, 'templates', 1, MAX_TEMPLATES);
  // Both at once: the loaders gather only what is asked for in the same turn of the event loop.
  const [embedding, labels] = await Promise.all([readEmbedding(), context.embedLabels(request)]);
  return context.classification.score(embedding, labels, request.independent);
}
