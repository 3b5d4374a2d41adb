import type { Encoder } from '../clip/encoder.js';
import { encodeFile } from '../search/encode-file.js';
import { fillTemplates, parseTemplates } from '../search/templates.js';
import type { TextEmbeddings } from '../search/text-embeddings.js';
import { meanDirection } from '../search/unit-vector.js';
import type { Classification } from './classification.js';
import { parseLabels } from './prompts.js';
import { scoreLabels } from './scores.js';

/** What stands for "anything at all" in a template. Three words, so that no single word's quirks decide. */
export const NEUTRAL_LABELS: readonly string[] = ['something', 'thing', 'object'];

/** Zero-shot classification with CLIP. */
export function createClassification(dependencies: {
  readonly textEmbeddings: TextEmbeddings;
  readonly encoder: Encoder;
  /** What the model was trained to multiply similarities with. */
  readonly logitScale: number;
}): Classification {
  const { textEmbeddings, encoder, logitScale } = dependencies;
  return {
    async embedLabels(request) {
      const labels = parseLabels(request.labels);
      const templates = parseTemplates(request.templates);
      const prompts = labels.map((label) => fillTemplates(templates, label));
      const neutral = NEUTRAL_LABELS.flatMap((label) => fillTemplates(templates, label));

      const embeddings = await textEmbeddings.embed([...neutral, ...prompts.flat()]);
      const background = meanDirection(embeddings.slice(0, neutral.length));
      return request.labels.map((label, index) => {
        const start = neutral.length + index * templates.length;
        return {
          label,
          embedding: meanDirection(embeddings.slice(start, start + templates.length)),
          background,
        };
      });
    },

    score: (image, labels, independent) => scoreLabels(image, labels, logitScale, independent),

    embedImage: (bytes) => encodeFile(encoder, bytes),
  };
}
