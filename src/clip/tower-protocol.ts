import { z } from 'zod';
import type { Dtype } from '../config.js';
import type { Preprocessing, Size } from './preprocessing.js';

/** What a tower's thread is started with. */
export interface TowerData {
  readonly folder: string;
  readonly dtype: Dtype;
  /** Threads that one run of the model uses. */
  readonly threads: number;
}

export interface TextTowerData extends TowerData {
  /** Tokens that the model takes at most, start and end included. */
  readonly contextLength: number;
}

export interface VisionTowerData extends TowerData {
  readonly preprocessing: Preprocessing;
  readonly pictureSize: Size;
}

/** To the thread. One batch at a time: the next is sent when the answer has come. */
export type ToTower<Item> =
  { readonly kind: 'encode'; readonly items: readonly Item[] } | { readonly kind: 'close' };

/** From the thread. */
const fromTower = z.discriminatedUnion('kind', [
  /** The model is loaded, and ran once. */
  z.object({ kind: z.literal('ready'), dimensions: z.int() }),
  /** The model could not be loaded; the thread ends. */
  z.object({ kind: z.literal('unloadable'), message: z.string() }),
  /** Unit vectors, in the order of the items. */
  z.object({ kind: z.literal('encoded'), vectors: z.array(z.instanceof(Float32Array)) }),
  /** The batch failed; the thread goes on. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);

export type FromTower = z.infer<typeof fromTower>;

export function parseFromTower(message: unknown): FromTower {
  return fromTower.parse(message);
}
