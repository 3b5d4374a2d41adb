import { readFile, writeFile } from 'node:fs/promises';
import { workerData } from 'node:worker_threads';
import { quantiseModel } from './int8-graph.js';
import { readOnnx, writeOnnx } from './onnx-file.js';
import type { Size } from './preprocessing.js';

/** What the thread is started with: weights in float32, and where those of 8 bits go. */
export type Int8WorkerData = readonly Conversion[];

interface Conversion {
  readonly from: string;
  readonly to: string;
  /** Undefined for a text tower. */
  readonly pictureSize: Size | undefined;
}

for (const { from, to, pictureSize } of workerData as Int8WorkerData) {
  await writeFile(to, writeOnnx(quantiseModel(readOnnx(await readFile(from)), pictureSize)));
}
