import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import type { Encoder } from '../../src/clip/encoder.js';
import {
  HubUnreachableError,
  loadEncoder,
  ModelNotFoundError,
  type LoadEncoderOptions,
} from '../../src/clip/load-encoder.js';
import { OperatorError } from '../../src/errors.js';
import { encoderOptions } from '../support/clip-options.js';
import { startTestHub, type TestHub } from '../support/hub.js';

const MODEL = 'somebody/tiny-clip';
const TEXT = 'onnx/text_model.onnx';

let cacheFolder: string;
let hub: TestHub | undefined;
const encoders: Encoder[] = [];

beforeEach(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'pictograph-hub-'));
});
afterEach(async () => {
  await Promise.all(encoders.splice(0).map((encoder) => encoder.close()));
  await hub?.close();
  hub = undefined;
  await rm(cacheFolder, { recursive: true });
});

async function load(overrides: Partial<LoadEncoderOptions> = {}): Promise<Encoder> {
  const options = { source: MODEL, cacheFolder, ...(hub && { hubEndpoint: hub.url }), ...overrides };
  const encoder = await loadEncoder(encoderOptions(options));
  encoders.push(encoder);
  return encoder;
}

it('loads a model of the hub, then the same from the cache, and from a copy of it, without the hub', async () => {
  hub = await startTestHub({ folder: bundledModelFolder(), model: MODEL });
  const files: string[] = [];
  const bundled = await load({ source: 'pictogram-clip' });

  const first = await load({ onProgress: ({ file }) => files.push(file) });
  await hub.close();
  const second = await load({ onProgress: () => expect.unreachable('nothing is downloaded') });
  const folder = path.join(cacheFolder, MODEL, 'main');
  const copy = await load({ source: folder });

  expect(files).toContain(TEXT);
  expect(first.card).toEqual({ ...bundled.card, name: MODEL, source: MODEL, revision: 'main' });
  expect(second.card).toEqual(first.card);
  expect(copy.card).toEqual({ ...first.card, name: 'main', source: folder, revision: 'local' });
  const vectors = await Promise.all(
    [bundled, first, second, copy].map((each) => each.encodeTexts(['a red car'])),
  );
  for (const vector of vectors) expect(vector).toEqual(vectors[0]);
});

it('does not keep weights that turn out to be damaged, where the hub could not tell', async () => {
  hub = await startTestHub({
    folder: bundledModelFolder(),
    model: MODEL,
    withoutStorage: true,
    withoutHead: true,
  });
  hub.fail(TEXT, { shortened: 1000 }, 1);

  const error: unknown = await load().catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(OperatorError);
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(/onnx\/text_model\.onnx.*has been removed/) as string,
  );
  expect(await readdir(path.join(cacheFolder, MODEL, 'main', 'onnx'))).toEqual(['vision_model.onnx']);
  const encoder = await load();
  expect(encoder.card.dimensions).toBe(256);
});

it('tells apart a hub that cannot be reached and one that has no such model', async () => {
  await expect(load()).rejects.toBeInstanceOf(HubUnreachableError);
  hub = await startTestHub({ folder: bundledModelFolder(), model: MODEL });
  await expect(load({ source: 'somebody/else' })).rejects.toBeInstanceOf(ModelNotFoundError);
});
