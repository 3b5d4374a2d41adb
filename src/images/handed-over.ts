import type { Encoder, ModelPicture } from '../clip/encoder.js';

/** Some 440 pictures of ViT-B/32: further ahead than adding is of embedding while there is no backlog. */
const ROOM_BYTES = 64 * 1024 * 1024;
/** What another process has embedded meanwhile is never asked for. */
const KEPT_MS = 10 * 60_000;

/**
 * Pictures that were decoded when they were added, for the worker of the same process: reading a photograph of 12 megapixels takes longer
 * than anything else that is done for it but the model. What does not fit is decoded again from the original, as after a
 * start.
 */
export interface HandedOver {
  /** For whom a picture is worth decoding now; undefined when nobody works here, or there is no room. */
  readonly taker: Encoder | undefined;
  keep(sha256: string, picture: ModelPicture): void;
  /** Gives a picture away; undefined when it is not there, or was made for another model than the one with this fingerprint. */
  take(sha256: string, fingerprint: string): ModelPicture | undefined;
}

/** @param encoder what this process embeds images with, asked each time; undefined while it embeds none */
export function createHandedOver(encoder: () => Encoder | undefined): HandedOver {
  // In the order in which they were added, which is the order of the queue too.
  const pictures = new Map<string, { readonly picture: ModelPicture; readonly keptAt: number }>();
  let bytes = 0;

  const remove = (sha256: string): ModelPicture | undefined => {
    const found = pictures.get(sha256)?.picture;
    pictures.delete(sha256);
    bytes -= found?.pixels.byteLength ?? 0;
    return found;
  };
  const forgetOld = () => {
    const oldest = performance.now() - KEPT_MS;
    for (const [sha256, { keptAt }] of pictures) {
      if (keptAt > oldest) return;
      remove(sha256);
    }
  };

  return {
    get taker() {
      forgetOld();
      return bytes < ROOM_BYTES ? encoder() : undefined;
    },
    keep(sha256, picture) {
      remove(sha256);
      pictures.set(sha256, { picture, keptAt: performance.now() });
      bytes += picture.pixels.byteLength;
    },
    take(sha256, fingerprint) {
      const found = remove(sha256);
      return found?.fingerprint === fingerprint ? found : undefined;
    },
  };
}
