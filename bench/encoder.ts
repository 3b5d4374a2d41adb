/**
 * The encoder against what it stands on, in the same run: pictures (JPEG files of 1 megapixel, to vectors) and texts, in fp32 and in
 * int8, against bare onnxruntime sessions at their best split of threads and batch, and against what people write today, a loop around
 * transformers.js; and how long somebody waits for a text while pictures are encoded. With random weights in the shape of CLIP ViT-B/32, written to a temporary folder (1.9 GB with its int8), or another
 * model.
 *
 *     npx tsx bench/encoder.ts [--model FOLDER] [--rounds 5] [--pictures 48]
 *
 * Contenders take turns in every round; printed are the median of the rounds and the least and the greatest of them. Ratios are
 * formed within a round, so that other work on the machine meets both sides.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { env, pipeline, RawImage } from '@huggingface/transformers';
import { z } from 'zod';
import type { Encoder } from '../src/clip/encoder.js';
import { int8FolderOf } from '../src/clip/int8-model.js';
import { loadEncoder } from '../src/clip/load-encoder.js';
import { openModelFolder } from '../src/clip/model-folder.js';
import { loadTokenizer } from '../src/clip/tokens.js';
import { createLogger } from '../src/log.js';
import { startWorkerThread } from '../src/worker-thread.js';
import { writeClipShape } from './clip-shape.js';
import { drawPhotograph } from './photograph.js';
import { Rates } from './rates.js';
import { quantile, timed } from './timing.js';

const CORES = os.availableParallelism();
const BATCHES = [1, 4, 8, 16];
const TEXT = 'a photo of a small red car in the snow';
const LABELS = ['red car', 'cat in the snow', 'bowl of fruit'];
const TEXTS_A_ROUND = 40;
const WAITING: Readonly<Record<string, string>> = {
  bare: 'bare session',
  alone: 'encodeTexts',
  busy: 'encodeTexts while all cores encode pictures',
};
const TEXT_THREADS = Math.min(2, CORES);

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    pictures: { type: 'string', default: '48' },
  },
});
const rounds = Number(options.rounds);
const files = await Promise.all(
  Array.from({ length: Number(options.pictures) }, (_, i) => drawPhotograph(i, 1152, 864)),
);
const log = createLogger('warn');
env.allowRemoteModels = false;

const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
try {
  const source = options.model ?? path.join(folder, 'clip-vit-b32-shape');
  if (options.model === undefined) await writeClipShape(source, { together: true });
  const model = await openModelFolder(source, 'fp32');
  const int8 = await int8FolderOf(model, path.basename(source), folder, log);
  const [load] = os.loadavg();
  console.log(
    `${os.cpus()[0]?.model ?? ''}, ${CORES} cores, load average ${load?.toFixed(1) ?? ''} at the start`,
  );
  await measurePictures(source, int8, model.pictureSize.width);
  await measureClassifying(source);
  const context = model.config.text_config.max_position_embeddings;
  await measureTexts(source, int8, context);
  await measureWaiting(source, context);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measurePictures(fp32: string, int8: string, edge: number): Promise<void> {
  const rates = new Rates();
  const exact = await open(fp32, 'fp32');
  const whole = await open(fp32, 'int8');
  const bare = { fp32: await bestBare(fp32, edge), int8: await bestBare(int8, edge) };
  const loop = await pipeline('image-feature-extraction', fp32, { dtype: 'fp32', device: 'cpu' });
  try {
    // Further vision threads start when there are pictures to share.
    await Promise.all([exact.encodeImages(files), whole.encodeImages(files)]);
    for (let round = 0; round < rounds; round++) {
      await rates.take('fp32, bare session', files.length, () => bare.fp32.run(files.length));
      await rates.take('fp32, encodeImages', files.length, () => exact.encodeImages(files));
      await rates.take('int8, bare session', files.length, () => bare.int8.run(files.length));
      await rates.take('int8, encodeImages', files.length, () => whole.encodeImages(files));
      const some = files.slice(0, Math.ceil(files.length / 4));
      await rates.take('a loop around transformers.js', some.length, async () => {
        for (const file of some) await loop(await RawImage.fromBlob(new Blob([new Uint8Array(file)])));
      });
    }
  } finally {
    await Promise.all([exact.close(), whole.close(), bare.fp32.close(), bare.int8.close(), loop.dispose()]);
  }
  console.log(`\nPictures a second, JPEGs of 1 megapixel (bare sessions: pixels that are ready)`);
  rates.print();
  console.log(`   bare fp32 at its best: ${bare.fp32.what}; int8: ${bare.int8.what}`);
  rates.printRatio('fp32, encodeImages', 'fp32, bare session');
  rates.printRatio('int8, encodeImages', 'int8, bare session');
  rates.printRatio('int8, bare session', 'fp32, bare session');
  rates.printRatio('int8, encodeImages', 'fp32, encodeImages');
  rates.printRatio('fp32, encodeImages', 'a loop around transformers.js');
  rates.printRatio('int8, encodeImages', 'a loop around transformers.js');
}

/** Three labels for each picture, as people write it and as Pictograph does: labels are encoded once, and not for each picture. */
async function measureClassifying(source: string): Promise<void> {
  if (!existsSync(path.join(source, 'onnx/model.onnx'))) {
    console.log(
      '\nThe model has no file with both towers, so the loop for zero-shot classification is left out.',
    );
    return;
  }
  const encoder = await open(source, 'fp32');
  const loop = await pipeline('zero-shot-image-classification', source, { dtype: 'fp32', device: 'cpu' });
  const rates = new Rates();
  try {
    await encoder.encodeImages(files);
    for (let round = 0; round < rounds; round++) {
      await rates.take('fp32, labels once, then encodeImages', files.length, async () => {
        await encoder.encodeTexts(LABELS.map((label) => `a photo of a ${label}`));
        await encoder.encodeImages(files);
      });
      const some = files.slice(0, Math.ceil(files.length / 4));
      await rates.take('a zero-shot loop', some.length, async () => {
        for (const file of some)
          await loop(await RawImage.fromBlob(new Blob([new Uint8Array(file)])), [...LABELS]);
      });
    }
  } finally {
    await Promise.all([encoder.close(), loop.dispose()]);
  }
  console.log('\nPictures a second with three labels each; the loop is transformers.js’s pipeline');
  rates.print();
  rates.printRatio('fp32, labels once, then encodeImages', 'a zero-shot loop');
}

async function measureTexts(fp32: string, int8: string, context: number): Promise<void> {
  const tokens = (await loadTokenizer(fp32, context))(TEXT);
  const rates = new Rates();
  const [exact, whole] = [await open(fp32, 'fp32'), await open(fp32, 'int8')];
  const bare = {
    fp32: await startBare(path.join(fp32, 'onnx/text_model.onnx'), TEXT_THREADS),
    int8: await startBare(path.join(int8, 'onnx/text_model.onnx'), 1),
  };
  const runs = 20;
  const oneByOne = async (encoder: Encoder) => {
    for (let i = 0; i < runs; i++) await encoder.encodeTexts([TEXT]);
  };
  try {
    for (let round = 0; round < rounds; round++) {
      await rates.take('fp32, bare session', runs, () => bare.fp32.ask({ batch: 1, tokens, runs }));
      await rates.take('fp32, encodeTexts', runs, () => oneByOne(exact));
      await rates.take('int8, bare session', runs, () => bare.int8.ask({ batch: 1, tokens, runs }));
      await rates.take('int8, encodeTexts', runs, () => oneByOne(whole));
    }
  } finally {
    await Promise.all([exact.close(), whole.close(), bare.fp32.close(), bare.int8.close()]);
  }
  console.log(
    `\nTexts a second, one after the other, ${tokens.length} tokens; fp32 on ${TEXT_THREADS} threads, int8 on one`,
  );
  rates.print();
  rates.printRatio('fp32, encodeTexts', 'fp32, bare session');
  rates.printRatio('int8, encodeTexts', 'int8, bare session');
  rates.printRatio('int8, encodeTexts', 'fp32, encodeTexts');
}

/** What somebody waits for a search text, alone and while all cores encode pictures, against a bare session that is alone. */
async function measureWaiting(fp32: string, context: number): Promise<void> {
  const tokens = (await loadTokenizer(fp32, context))(TEXT);
  const encoder = await open(fp32, 'fp32');
  const bare = await startBare(path.join(fp32, 'onnx/text_model.onnx'), TEXT_THREADS);
  const times = { bare: [] as number[], alone: [] as number[], busy: [] as number[] };
  const take = async (to: number[], work: () => Promise<unknown>) => {
    for (let i = 0; i < TEXTS_A_ROUND; i++) to.push(await timed(work));
  };
  try {
    await encoder.encodeImages(files);
    for (let round = 0; round < rounds; round++) {
      await take(times.bare, () => bare.ask({ batch: 1, tokens, runs: 1 }));
      await take(times.alone, () => encoder.encodeTexts([TEXT]));
      const pictures = { wanted: true };
      const bulk = (async () => {
        while (pictures.wanted) await encoder.encodeImages(files);
      })();
      await take(times.busy, () => encoder.encodeTexts([TEXT]));
      pictures.wanted = false;
      await bulk;
    }
  } finally {
    await Promise.all([encoder.close(), bare.close()]);
  }
  console.log(
    `\nMilliseconds for one text, fp32: p50 and p95 of ${rounds * TEXTS_A_ROUND}, and how many times the bare session's`,
  );
  const [p50, p95] = [quantile(times.bare, 0.5), quantile(times.bare, 0.95)];
  for (const [name, list] of Object.entries(times)) {
    const [half, most] = [quantile(list, 0.5), quantile(list, 0.95)];
    const cells = [half, most].map((ms) => ms.toFixed(1).padStart(7)).join('');
    const ratios = [half / p50, most / p95].map((ratio) => ratio.toFixed(2).padStart(7)).join('');
    console.log(`   ${WAITING[name]?.padEnd(48) ?? ''}${cells}${ratios}`);
  }
}

function open(source: string, dtype: 'fp32' | 'int8'): Promise<Encoder> {
  return loadEncoder({
    source,
    revision: 'main',
    dtype,
    hubEndpoint: 'http://127.0.0.1:1',
    cacheFolder: folder,
    visionWorkers: CORES,
    logitScale: undefined,
    imagePixels: 100_000_000,
    log,
  });
}

interface Asked {
  readonly batch: number;
  readonly edge?: number;
  readonly tokens?: readonly number[];
  readonly runs: number;
}

async function startBare(file: string, threads: number) {
  const worker = startWorkerThread(import.meta.url, 'bare-session-worker', { workerData: { file, threads } });
  await answerOf(worker);
  return {
    async ask(asked: Asked): Promise<number[]> {
      worker.postMessage(asked);
      return z.array(z.number()).parse(await answerOf(worker));
    },
    close: () => worker.terminate(),
  };
}

async function answerOf(worker: Worker): Promise<unknown> {
  const [message] = z.array(z.unknown()).parse(await once(worker, 'message'));
  return message;
}

/** The vision tower in the split of threads and the batch that are fastest here. */
async function bestBare(model: string, edge: number) {
  const file = path.join(model, 'onnx/vision_model.onnx');
  let best = { what: '', rate: 0, batch: 1, sessions: 1 };
  for (const sessions of new Set([CORES, 1])) {
    const workers = await startSessions(file, sessions);
    for (const batch of BATCHES) {
      const runs = Math.max(2, Math.ceil(16 / batch / sessions));
      const started = performance.now();
      await Promise.all(workers.map((worker) => worker.ask({ batch, edge, runs })));
      const rate = (batch * runs * sessions) / (performance.now() - started);
      const what = `${sessions} sessions × ${CORES / sessions} threads, batches of ${batch}`;
      if (rate > best.rate) best = { what, rate, batch, sessions };
    }
    await Promise.all(workers.map((worker) => worker.close()));
  }
  const workers = await startSessions(file, best.sessions);
  return {
    what: best.what,
    run: (pictures: number) => {
      const runs = Math.ceil(pictures / best.batch / best.sessions);
      return Promise.all(workers.map((worker) => worker.ask({ batch: best.batch, edge, runs })));
    },
    close: () => Promise.all(workers.map((worker) => worker.close())),
  };
}

function startSessions(file: string, sessions: number) {
  return Promise.all(Array.from({ length: sessions }, () => startBare(file, CORES / sessions)));
}
