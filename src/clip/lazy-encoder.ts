import { RequestError, messageOf } from '../errors.js';
import type { Encoder, ModelCard } from './encoder.js';

/** An encoder whose model is in memory only while it is needed. */
export interface LazyEncoder extends Encoder {
  /** Loads the model and keeps it, until `release`. */
  keep(): Promise<void>;
  /** From now on the model leaves memory when nobody has used it for a while. */
  release(): void;
  /** Whether the model is in memory, so that nobody would wait for it. */
  readonly isLoaded: boolean;
  /** Takes an encoder of the same model that is loaded already; closes it where that is not needed. */
  adopt(loaded: Encoder): void;
}

/** Longer than a reader looks at an answer before asking for the next. */
const IDLE_MS = 60_000;

/**
 * An encoder that loads its model when it is first used, and gives the memory back when it was not used for a while: a second
 * model takes as much as the first, hundreds of megabytes mostly. Work that began is finished first.
 *
 * Every method rejects with RequestError UNAVAILABLE when the model cannot be loaded; the cause says why.
 *
 * @param loaded an encoder that is there already
 */
export function createLazyEncoder(options: {
  readonly card: ModelCard;
  readonly load: () => Promise<Encoder>;
  readonly loaded?: Encoder | undefined;
  readonly idleMs?: number;
}): LazyEncoder {
  const { card, load, idleMs = IDLE_MS } = options;
  let loading: Promise<Encoder> | undefined = options.loaded && Promise.resolve(options.loaded);
  let loaded = options.loaded !== undefined;
  let unloading: Promise<void> = Promise.resolve();
  let uses = 0;
  let kept = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const start = async (): Promise<Encoder> => {
    // Never both in memory: the old one's threads end first.
    await unloading;
    try {
      const encoder = await load();
      loaded = true;
      return encoder;
    } catch (error) {
      loading = undefined;
      throw new RequestError(
        'UNAVAILABLE',
        `The model ${card.name} (${card.dtype}) cannot be loaded here at present. Whoever operates the server finds the cause in its log.`,
        { cause: error },
      );
    }
  };

  const unload = (): Promise<void> => {
    clearTimeout(timer);
    const leaving = loading;
    loading = undefined;
    loaded = false;
    unloading = Promise.all([
      unloading,
      leaving?.then(
        (encoder) => encoder.close(),
        () => undefined,
      ),
    ]).then(() => undefined);
    return unloading;
  };

  const rest = (): void => {
    clearTimeout(timer);
    if (uses > 0 || kept || loading === undefined) return;
    timer = setTimeout(() => void unload(), idleMs);
    timer.unref();
  };

  async function use<T>(work: (encoder: Encoder) => Promise<T>): Promise<T> {
    if (closed) throw new RequestError('UNAVAILABLE', 'The server is about to stop.');
    clearTimeout(timer);
    uses += 1;
    try {
      loading ??= start();
      return await work(await loading);
    } finally {
      uses -= 1;
      rest();
    }
  }

  rest();
  return {
    card,
    ready: () => use((encoder) => encoder.ready()),
    encodeTexts: (texts) => use((encoder) => encoder.encodeTexts(texts)),
    encodeImages: (pictures) => use((encoder) => encoder.encodeImages(pictures)),
    decode: (file, header, width) => use((encoder) => encoder.decode(file, header, width)),
    async keep() {
      kept = true;
      try {
        await use((encoder) => encoder.ready());
      } catch (error) {
        kept = false;
        rest();
        throw error;
      }
    },
    release() {
      kept = false;
      rest();
    },
    get isLoaded() {
      return loaded;
    },
    adopt(given) {
      if (loading === undefined && !closed) {
        loading = Promise.resolve(given);
        loaded = true;
        rest();
      } else void given.close();
    },
    close() {
      closed = true;
      return unload();
    },
  };
}

/** What to tell whoever operates the server. */
export function loadingFailure(error: unknown): string {
  return error instanceof RequestError && error.cause !== undefined
    ? messageOf(error.cause)
    : messageOf(error);
}
