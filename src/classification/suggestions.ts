import { setTimeout as delay } from 'node:timers/promises';
import { RequestError } from '../errors.js';
import type { TextEmbeddings } from '../search/text-embeddings.js';
import { dotProduct } from '../search/unit-vector.js';
import type { LabelScore } from './classification.js';
import { softmax } from './scores.js';
import type { Vocabulary } from './vocabularies.js';

/** Finds the words that fit best. */
export interface Suggestions {
  readonly vocabularies: readonly Vocabulary[];
  /**
   * The best words of a vocabulary for a unit vector of images, best first. The words stand by themselves, without a template.
   *
   * @throws RequestError NOT_FOUND for a vocabulary that there is not; UNAVAILABLE while its words are still being encoded
   */
  suggest(vector: Float32Array, vocabulary: string, limit: number): Promise<LabelScore[]>;
}

export const DEFAULT_VOCABULARY = 'english';
export const MAX_SUGGESTIONS = 100;

/**
 * Texts that are encoded in one go. Searches take turns with these: a text in between waits for one batch of the encoder and
 * not for a thousand words.
 */
const BATCH = 32;
/** How long a request waits for the first encoding of a vocabulary, which goes on without it. */
const PATIENCE_MS = 10_000;

interface Encoding {
  /** One vector a word, in order. */
  readonly vectors: Promise<readonly Float32Array[]>;
  encoded: number;
}

/** Suggestions under one model. A vocabulary is encoded when it is first asked for, once ever, and then kept in memory. */
export function createSuggestions(dependencies: {
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly textEmbeddings: TextEmbeddings;
  readonly logitScale: number;
}): Suggestions {
  const { vocabularies, textEmbeddings, logitScale } = dependencies;
  const encodings = new Map<string, Encoding>();

  function encode({ name, words }: Vocabulary): Encoding {
    const known = encodings.get(name);
    if (known !== undefined) return known;
    const load = async () => {
      const vectors: Float32Array[] = [];
      for (let start = 0; start < words.length; start += BATCH) {
        vectors.push(...(await textEmbeddings.embed(words.slice(start, start + BATCH))));
        encoding.encoded = vectors.length;
      }
      return vectors;
    };
    const encoding: Encoding = { encoded: 0, vectors: Promise.resolve().then(load) };
    encodings.set(name, encoding);
    // What failed is tried again by the next request; whoever waits for it now is told.
    encoding.vectors.catch(() => encodings.delete(name));
    return encoding;
  }

  return {
    vocabularies: [...vocabularies.values()],

    async suggest(vector, name, limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SUGGESTIONS) {
        throw new RequestError(
          'BAD_USER_INPUT',
          `From 1 to ${MAX_SUGGESTIONS} words can be suggested, not ${limit}.`,
        );
      }
      const vocabulary = vocabularies.get(name);
      if (vocabulary === undefined) {
        throw new RequestError(
          'NOT_FOUND',
          `There is no vocabulary "${name.slice(0, 64)}". There are: ${[...vocabularies.keys()].join(', ')}.`,
        );
      }
      const encoding = encode(vocabulary);
      const vectors = await withPatience(encoding, vocabulary);
      const similarities = vectors.map((word) => dotProduct(vector, word));
      const scores = softmax(similarities.map((similarity) => logitScale * similarity));
      return vocabulary.words
        .map((label, index) => ({ label, score: scores[index] ?? 0, similarity: similarities[index] ?? 0 }))
        .sort((one, other) => other.similarity - one.similarity)
        .slice(0, limit);
    },
  };
}

async function withPatience(
  encoding: Encoding,
  { name, words }: Vocabulary,
): Promise<readonly Float32Array[]> {
  const stop = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  try {
    const vectors = await Promise.race([encoding.vectors, late]);
    if (vectors !== undefined) return vectors;
  } finally {
    stop.abort();
  }
  throw new RequestError(
    'UNAVAILABLE',
    `The vocabulary "${name}" is being encoded for the first time: ${encoding.encoded} of its ${words.length} words are done. Ask again in a moment.`,
  );
}
