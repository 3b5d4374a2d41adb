import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { hasVnni } from '../src/clip/vnni.js';

/** A session of onnxruntime with nothing around it: what an encoder can reach at best. */
const { file, threads } = z.object({ file: z.string(), threads: z.int() }).parse(workerData);

const request = z.object({
  /** Pictures of a run, each `edge` pixels high and wide; or one text of so many tokens. */
  batch: z.int(),
  edge: z.int().optional(),
  tokens: z.array(z.int()).optional(),
  runs: z.int(),
});

const session = await InferenceSession.create(file, {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' }, ...(!hasVnni() && { x64quantprecision: '1' }) } },
});

function inputOf({ batch, edge, tokens }: z.infer<typeof request>): Record<string, Tensor> {
  if (tokens !== undefined) {
    return { input_ids: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]) };
  }
  const side = edge ?? 224;
  const pixels = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => Math.sin(i));
  return { pixel_values: new Tensor('float32', pixels, [batch, 3, side, side]) };
}

parentPort?.on('message', (message: unknown) => {
  const asked = request.parse(message);
  const input = inputOf(asked);
  void (async () => {
    const milliseconds: number[] = [];
    for (let i = 0; i < asked.runs; i++) {
      const started = performance.now();
      await session.run(input);
      milliseconds.push(performance.now() - started);
    }
    parentPort?.postMessage(milliseconds);
  })();
});
parentPort?.postMessage('ready');
