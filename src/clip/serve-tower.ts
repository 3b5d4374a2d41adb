import { parentPort } from 'node:worker_threads';
import { LogLevel, Tensor, env } from '@huggingface/transformers';
import { z } from 'zod';
import type { Dtype } from '../config.js';
import { messageOf } from '../errors.js';
import { fileDtype } from './model-files.js';
import type { FromTower, ToTower } from './tower-protocol.js';
import { unitVectors } from './unit-vectors.js';
import { hasVnni } from './vnni.js';

/** A loaded tower. */
export interface LoadedTower<Item> {
  /** @returns one unit vector an item, in order */
  encode(items: readonly Item[]): Promise<Float32Array<ArrayBuffer>[]>;
  dispose(): Promise<unknown>;
}

/** Lets transformers.js load from folders and nothing else: downloading is done beforehand, with checks of our own. */
export function useFoldersOnly(): void {
  env.allowRemoteModels = false;
  env.useFSCache = false;
  env.logLevel = LogLevel.ERROR;
}

/** Options with which both towers load: one session, no more threads than told. */
export function loadingOptions(dtype: Dtype, threads: number) {
  return {
    dtype: fileDtype(dtype),
    device: 'cpu' as const,
    session_options: {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: {
        session: {
          // Spinning threads would take the cores from the other towers while they wait.
          intra_op: { allow_spinning: '0' },
          // Without VNNI products of 8 bits overflow; this takes a slower way, which gives the same vectors as VNNI, to the last bit.
          // With VNNI it would be slower as well, by four times. Not for files of the hub: their vectors would no longer be those
          // that are stored under the same fingerprint.
          ...(dtype === 'int8' && !hasVnni() && { x64quantprecision: '1' }),
        },
      },
    },
  };
}

/**
 * Unit vectors out of what a model answered.
 *
 * @throws Error when the model has no such output: it is no tower with a projection
 */
export function readEmbeddings(answer: unknown, output: string): Float32Array<ArrayBuffer>[] {
  const tensor = z.object({ [output]: z.instanceof(Tensor) }).safeParse(answer).data?.[output];
  const [, dimensions] = tensor?.dims ?? [];
  const values: unknown = tensor?.to('float32').data;
  if (!(values instanceof Float32Array) || dimensions === undefined) {
    throw new Error(`The model has no output ${output} of vectors.`);
  }
  return unitVectors(values, dimensions);
}

/**
 * The life of a tower's thread: loads, proves that it runs, answers batch after batch, ends when told to.
 *
 * @param probe an item to run once: an ill-fitting model must fail at the start, not at the first picture
 */
export async function serveTower<Item>(load: () => Promise<LoadedTower<Item>>, probe: Item): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('A tower runs in a worker thread.');
  const post = (message: FromTower, transfer: readonly ArrayBuffer[] = []) => {
    port.postMessage(message, transfer);
  };

  try {
    const tower = await load();
    const [vector] = await tower.encode([probe]);
    port.on('message', (message: ToTower<Item>) => {
      if (message.kind === 'close') {
        void tower.dispose().finally(() => {
          port.close();
        });
        return;
      }
      tower.encode(message.items).then(
        (vectors) => {
          post(
            { kind: 'encoded', vectors },
            vectors.map((each) => each.buffer),
          );
        },
        (error: unknown) => {
          post({ kind: 'failed', message: messageOf(error) });
        },
      );
    });
    post({ kind: 'ready', dimensions: vector?.length ?? 0 });
  } catch (error) {
    post({ kind: 'unloadable', message: messageOf(error) });
    port.close();
  }
}
