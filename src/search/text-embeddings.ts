import type { Encoder } from '../clip/encoder.js';
import type { Database } from '../db/database.js';
import { findTextEmbeddings, storeTextEmbeddings } from '../db/text-embeddings.js';
import { normaliseText } from './normalise-text.js';
import { createRecent } from './recent.js';

/** Embeddings of texts: each text is encoded once ever, and always has the same embedding. */
export interface TextEmbeddings {
  /**
   * @param texts are normalised (see `normaliseText`) before they are looked up
   * @returns one unit vector a text, in order; shared with other callers, so not to be changed
   * @throws RequestError BAD_USER_INPUT for a text that is empty, too long or not storable; UNAVAILABLE
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** A repeated query then needs no statement; 2,000 vectors of 512 dimensions are 4 MB. */
const REMEMBERED_TEXTS = 2_000;

export function createTextEmbeddings(dependencies: {
  readonly database: Database;
  readonly encoder: Encoder;
  readonly modelId: number;
}): TextEmbeddings {
  const { database, encoder, modelId } = dependencies;
  const remembered = createRecent<string, Float32Array>(REMEMBERED_TEXTS);
  const inFlight = new Map<string, Promise<Float32Array>>();

  /** Looks the texts up, encodes and stores those that are new. */
  async function load(texts: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    const found = await findTextEmbeddings(database.pool, modelId, texts);
    const missing = texts.filter((text) => !found.has(text));
    if (missing.length === 0) return found;
    const encoded = await encoder.encodeTexts(missing);
    const fresh = new Map(missing.flatMap((text, index) => pair(text, encoded[index])));
    // Another process may have stored a text first: what counts is what is stored, so that cursors stay valid.
    const stored = await storeTextEmbeddings(database.pool, modelId, fresh);
    return new Map([...found, ...fresh, ...stored]);
  }

  /** Begins to load texts; whoever asks for one of them meanwhile waits for the same promise. */
  function start(texts: readonly string[]): void {
    const batch = load(texts);
    for (const text of texts) {
      const one = batch
        .then((loaded) => {
          const embedding = loaded.get(text);
          if (embedding === undefined) throw new Error('The encoder returned fewer vectors than texts.');
          remembered.set(text, embedding);
          return embedding;
        })
        .finally(() => inFlight.delete(text));
      inFlight.set(text, one);
    }
  }

  return {
    async embed(texts) {
      const normal = texts.map((text) => normaliseText(text, 'The text'));
      const known = new Map<string, Float32Array>();
      const unknown: string[] = [];
      for (const text of new Set(normal)) {
        const embedding = remembered.get(text);
        if (embedding !== undefined) known.set(text, embedding);
        else if (!inFlight.has(text)) unknown.push(text);
      }
      if (unknown.length > 0) start(unknown);
      return Promise.all(
        normal.map(async (text) => {
          const embedding = known.get(text) ?? (await inFlight.get(text));
          if (embedding === undefined) throw new Error('A text that is neither known nor in flight.');
          return embedding;
        }),
      );
    },
  };
}

function pair<V>(key: string, value: V | undefined): [string, V][] {
  return value === undefined ? [] : [[key, value]];
}
