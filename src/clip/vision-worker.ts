import os from 'node:os';
import { workerData } from 'node:worker_threads';
import { CLIPVisionModelWithProjection, Tensor } from '@huggingface/transformers';
import { isSameInAnyBatch } from './model-files.js';
import { toTensorData } from './preprocessing.js';
import {
  loadingOptions,
  readEmbeddings,
  serveTower,
  useFoldersOnly,
  type LoadedTower,
} from './serve-tower.js';
import type { VisionTowerData } from './tower-protocol.js';

const data = workerData as VisionTowerData;

async function loadVisionTower(tower: VisionTowerData): Promise<LoadedTower<Uint8Array>> {
  const { folder, dtype, threads, preprocessing, pictureSize } = tower;
  useFoldersOnly();
  const model = await CLIPVisionModelWithProjection.from_pretrained(folder, loadingOptions(dtype, threads));
  const { width, height } = pictureSize;

  const run = async (pictures: readonly Uint8Array[]): Promise<Float32Array<ArrayBuffer>[]> => {
    const pixels = toTensorData(pictures, preprocessing, pictureSize);
    const pixelValues = new Tensor('float32', pixels, [pictures.length, 3, height, width]);
    return readEmbeddings(await model({ pixel_values: pixelValues }), 'image_embeds');
  };

  return {
    async encode(pictures) {
      if (isSameInAnyBatch(dtype)) return run(pictures);
      // What is quantised elsewhere is scaled by the whole batch: vectors would depend on who shares it.
      const vectors = [];
      for (const picture of pictures) vectors.push(...(await run([picture])));
      return vectors;
    },
    dispose: () => model.dispose(),
  };
}

/**
 * Somebody waits for a search, and nobody for one picture of many: where both want a core, a thread of the usual priority gets nine
 * times as much of it. While all cores encoded pictures, a text took 1.0 to 1.2 instead of 2.1 times as long as alone (bench/encoder.ts).
 */
const NICENESS = 10;
// Linux alone gives a thread a priority of its own: elsewhere this would be the whole program's.
if (process.platform === 'linux') os.setPriority(NICENESS);

const { width, height } = data.pictureSize;
await serveTower(() => loadVisionTower(data), new Uint8Array(width * height * 3));
