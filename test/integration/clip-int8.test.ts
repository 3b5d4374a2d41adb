import { cp, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeClipShape } from '../../bench/clip-shape.js';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import type { Encoder } from '../../src/clip/encoder.js';
import { int8FolderOf } from '../../src/clip/int8-model.js';
import { loadEncoder, type LoadEncoderOptions } from '../../src/clip/load-encoder.js';
import { openModelFolder } from '../../src/clip/model-folder.js';
import { loadingOptions } from '../../src/clip/serve-tower.js';
import { createLogger } from '../../src/log.js';
import { encoderOptions } from '../support/clip-options.js';

const SAMPLES = fileURLToPath(new URL('../../samples/pictures/', import.meta.url));
const TEXTS = [
  'a red car',
  'a photo of a dog',
  'pizza',
  'červené auto',
  'something to eat',
  'house',
  'a cat',
  'tree',
];

let temporary: string;
let cacheFolder: string;
let exact: Encoder;
let small: Encoder;
let pictures: Buffer[];

const load = (overrides: Partial<LoadEncoderOptions>) =>
  loadEncoder(encoderOptions({ cacheFolder, ...overrides }));

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'pictograph-int8-'));
  cacheFolder = path.join(temporary, 'cache');
  const names = (await readdir(SAMPLES)).sort().slice(0, 60);
  pictures = await Promise.all(names.map((name) => readFile(path.join(SAMPLES, name))));
  [exact, small] = await Promise.all([load({}), load({ dtype: 'int8', visionWorkers: 2 })]);
});
afterAll(async () => {
  await Promise.all([exact.close(), small.close()]);
  await rm(temporary, { recursive: true });
});

function dot(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((sum, value, i) => sum + value * (b?.[i] ?? NaN), 0);
}

/** The best ten of the pictures, by number. */
function firstTen(text: Float32Array, all: readonly Float32Array[]): number[] {
  const scores = all.map((picture, i) => ({ i, score: dot(text, picture) }));
  return scores
    .sort((a, b) => b.score - a.score)
    .slice(0, 10)
    .map(({ i }) => i);
}

describe('the bundled model in 8 bits', () => {
  it('says what fp32 says, and finds what it finds', async () => {
    const [inFp32, inInt8] = [await exact.encodeImages(pictures), await small.encodeImages(pictures)];
    const [texts, textsInInt8] = [await exact.encodeTexts(TEXTS), await small.encodeTexts(TEXTS)];
    for (const [i, vector] of inFp32.entries())
      expect(dot(vector, inInt8[i]), `picture ${i}`).toBeGreaterThan(0.99);
    for (const [i, vector] of texts.entries())
      expect(dot(vector, textsInInt8[i]), TEXTS[i]).toBeGreaterThan(0.99);
    // It would be nothing to speak of if the weights had stayed what they were.
    expect(inInt8[0]).not.toEqual(inFp32[0]);

    const shared = texts.map((text, i) => {
      const own = firstTen(textsInInt8[i] ?? text, inInt8);
      return firstTen(text, inFp32).filter((picture) => own.includes(picture)).length / 10;
    });
    expect(shared.reduce((a, b) => a + b) / shared.length).toBeGreaterThanOrEqual(0.95);
  });

  it('gives a picture and a text the same vector, to the last bit, alone and among others', async () => {
    const together = await small.encodeImages(pictures.slice(0, 24));
    for (const i of [0, 7, 23])
      expect(await small.encodeImages([pictures[i] ?? Buffer.alloc(0)])).toEqual([together[i]]);
    const texts = await small.encodeTexts([...TEXTS, 'a photo of a cat', 'a photo of a hat']);
    expect(await small.encodeTexts(['a photo of a hat'])).toEqual(texts.slice(-1));
  });

  it('has the vectors of the exact way, to the last bit, by the fast way that processors with VNNI take', async () => {
    const model = await openModelFolder(bundledModelFolder(), 'int8');
    const folder = await int8FolderOf(model, 'ways', cacheFolder, createLogger('silent'));
    const file = path.join(folder, 'onnx', 'vision_model.onnx');
    const own = loadingOptions('int8', 1).session_options;
    const exactly = { ...own, extra: { session: { ...own.extra.session, x64quantprecision: '1' } } };
    const { width, height } = model.pictureSize;
    const values = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i * i) * 3);
    const input = { pixel_values: new Tensor('float32', values, [1, 3, height, width]) };
    const [byOwn, byExact] = await Promise.all(
      [own, exactly].map(async (options) => (await InferenceSession.create(file, options)).run(input)),
    );
    expect(byOwn?.['image_embeds']?.dims).toEqual([1, small.card.dimensions]);
    expect(byOwn?.['image_embeds']?.data).toEqual(byExact?.['image_embeds']?.data);
  });

  it('is another model to the database, and the same wherever its files lie', async () => {
    expect(small.card).toMatchObject({ name: 'pictogram-clip', dtype: 'int8', dimensions: 256 });
    expect(small.card.fingerprint).not.toBe(exact.card.fingerprint);
    const source = path.join(temporary, 'copy');
    await cp(bundledModelFolder(), source, { recursive: true });
    const elsewhere = await load({ source, dtype: 'int8' });
    await elsewhere.close();
    expect(elsewhere.card.fingerprint).toBe(small.card.fingerprint);
  });

  it('is converted once, and again when its files change', async () => {
    const source = path.join(temporary, 'changing');
    await cp(bundledModelFolder(), source, { recursive: true });
    const convert = async () => {
      const model = await openModelFolder(source, 'int8');
      const folder = await int8FolderOf(model, 'changing', cacheFolder, createLogger('silent'));
      return (await stat(path.join(folder, 'onnx', 'vision_model.onnx'))).mtimeMs;
    };
    const first = await convert();
    expect(await convert()).toBe(first);
    const later = new Date(Date.now() + 60_000);
    await utimes(path.join(source, 'onnx', 'text_model.onnx'), later, later);
    expect(await convert()).toBeGreaterThan(first);
    // Neither half of a model nor an old one is left behind.
    const folders = await readdir(path.join(cacheFolder, '.int8'));
    expect(folders.filter((name) => name.startsWith('changing-'))).toHaveLength(1);
  });

  it('refuses weights that are no ONNX file, and says what to do', async () => {
    const source = path.join(temporary, 'damaged');
    await cp(bundledModelFolder(), source, { recursive: true });
    await cp(path.join(source, 'tokenizer.json'), path.join(source, 'onnx', 'text_model.onnx'));
    await expect(load({ source, dtype: 'int8' })).rejects.toThrow(
      /damaged cannot be converted to CLIP_DTYPE=int8 .*Use CLIP_DTYPE=fp32/,
    );
    const left = await readdir(path.join(cacheFolder, '.int8'));
    expect(left.filter((name) => name.startsWith('damaged'))).toEqual([]);
  });
});

describe('a vision transformer in 8 bits', () => {
  it('cuts pictures into patches as its convolution did', async () => {
    const source = path.join(temporary, 'tiny');
    const shape = {
      image: 64,
      patch: 16,
      vision: { width: 96, heads: 4, layers: 2 },
      text: { width: 96, heads: 4, layers: 2, context: 32, vocabulary: 8600 },
      dimensions: 64,
    };
    await writeClipShape(source, { shape });
    const few = pictures.slice(0, 12);
    const [fp32, int8] = await Promise.all([load({ source }), load({ source, dtype: 'int8' })]);
    try {
      const [expected, found] = [await fp32.encodeImages(few), await int8.encodeImages(few)];
      for (const [i, vector] of expected.entries())
        expect(dot(vector, found[i]), `picture ${i}`).toBeGreaterThan(0.99);
      const [texts, textsInInt8] = [await fp32.encodeTexts(TEXTS), await int8.encodeTexts(TEXTS)];
      for (const [i, vector] of texts.entries())
        expect(dot(vector, textsInInt8[i]), TEXTS[i]).toBeGreaterThan(0.99);
    } finally {
      await Promise.all([fp32.close(), int8.close()]);
    }
  });
});
