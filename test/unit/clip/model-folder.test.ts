import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModelFolder } from '../../../src/clip/bundled-model.js';
import { fingerprintOf } from '../../../src/clip/fingerprint.js';
import { openModelFolder } from '../../../src/clip/model-folder.js';
import { resolveModelSource } from '../../../src/clip/model-source.js';
import type { Dtype } from '../../../src/config.js';
import { OperatorError } from '../../../src/errors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictograph-model-'));
  await cp(bundledModelFolder(), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function change(file: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Record<string, unknown>;
  edit(json);
  await writeFile(path.join(folder, file), JSON.stringify(json));
}

async function refusal(dtype: Dtype = 'fp32'): Promise<string> {
  const error: unknown = await openModelFolder(folder, dtype).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OperatorError);
  return (error as OperatorError).message;
}

describe('a folder with a model', () => {
  it('is opened', async () => {
    const model = await openModelFolder(folder, 'fp32');
    expect(model.pictureSize).toEqual({ width: 48, height: 48 });
    expect(model.config.projection_dim).toBe(256);
    expect(model.files).not.toContain('README.md');
  });

  it('that lacks files is refused by their names', async () => {
    await rm(path.join(folder, 'tokenizer.json'));
    await rm(path.join(folder, 'onnx/vision_model.onnx'));
    expect(await refusal()).toMatch(/lacks onnx\/vision_model\.onnx, tokenizer\.json/);
  });

  it('that has no weights of this dtype is refused with those that it has', async () => {
    expect(await refusal('q8')).toMatch(/text_model_quantized\.onnx.*CLIP_DTYPE=fp32 or int8, not for q8/);
  });

  it('of another kind of model is refused', async () => {
    await change('config.json', (json) => (json['model_type'] = 'siglip'));
    expect(await refusal()).toMatch(/is no CLIP/);
  });

  it('with a file that is no JSON, or makes no sense, is refused by its name', async () => {
    await change('preprocessor_config.json', (json) => (json['resample'] = 17));
    expect(await refusal()).toMatch(/preprocessor_config\.json cannot be used: resample/);
    await writeFile(path.join(folder, 'config.json'), '{ "model_type": "cl');
    expect(await refusal()).toMatch(/config\.json cannot be used/);
  });

  it('whose pictures do not fit its vision tower is refused', async () => {
    await change('preprocessor_config.json', (json) => (json['crop_size'] = { width: 224, height: 224 }));
    expect(await refusal()).toMatch(/makes 224 × 224 pixels, config\.json wants 48/);
    await change('preprocessor_config.json', (json) => (json['do_center_crop'] = false));
    expect(await refusal()).toMatch(/any size/);
  });
});

describe('the fingerprint', () => {
  const fingerprint = async (dtype: Dtype = 'fp32') => {
    const { files } = await openModelFolder(folder, dtype);
    return fingerprintOf(folder, files, dtype);
  };

  it('does not depend on where the files are, nor on files that decide nothing', async () => {
    const before = await fingerprint();
    await writeFile(path.join(folder, 'README.md'), 'changed');
    await writeFile(path.join(folder, 'onnx', 'text_model_q4.onnx'), 'other weights');
    expect(await fingerprint()).toBe(before);
    const { files } = await openModelFolder(bundledModelFolder(), 'fp32');
    expect(await fingerprintOf(bundledModelFolder(), files, 'fp32')).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])(
    'depends on %s',
    async (file) => {
      const before = await fingerprint();
      const content = await readFile(path.join(folder, file), 'utf8');
      await writeFile(path.join(folder, file), `${content}\n`);
      expect(await fingerprint()).not.toBe(before);
    },
  );

  it('depends on the weights, on data beside them, and on the dtype', async () => {
    const seen = new Set([await fingerprint()]);
    await writeFile(path.join(folder, 'onnx', 'text_model.onnx'), 'x');
    seen.add(await fingerprint());
    await writeFile(path.join(folder, 'onnx', 'text_model.onnx_data'), 'x');
    seen.add(await fingerprint());
    const { files } = await openModelFolder(folder, 'fp32');
    seen.add(await fingerprintOf(folder, files, 'fp16'));
    expect(seen.size).toBe(4);
  });
});

describe('CLIP_MODEL', () => {
  it('names the bundled model', async () => {
    expect(await resolveModelSource('pictogram-clip')).toEqual({
      kind: 'folder',
      name: 'pictogram-clip',
      source: 'pictogram-clip',
      folder: bundledModelFolder(),
    });
  });

  it('names a folder, absolute or relative', async () => {
    const expected = { kind: 'folder', name: path.basename(folder), source: folder, folder };
    expect(await resolveModelSource(folder)).toEqual(expected);
    expect(await resolveModelSource(`${folder}/`)).toEqual(expected);
    expect(await resolveModelSource(path.relative(process.cwd(), folder))).toEqual(expected);
  });

  it.each(['Xenova/clip-vit-base-patch32', 'a/b', 'some_one/model-1.5'])(
    'names a model of the hub: %s',
    async (name) => {
      expect(await resolveModelSource(name)).toEqual({ kind: 'hub', name });
    },
  );

  it.each([
    'clip-vit-base-patch32',
    '../model',
    './a/b',
    '/nowhere/at/all',
    'a/b/c',
    '../..',
    'a/..',
    'a b/c',
    '',
    'https://x/y',
  ])('is refused, with what is allowed: %s', async (given) => {
    const error: unknown = await resolveModelSource(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as OperatorError).message).toMatch(
      /pictogram-clip.*Xenova\/clip-vit-base-patch32.*config\.json/,
    );
  });

  it('is refused with the reason when the folder holds no model', async () => {
    await mkdir(path.join(folder, 'empty'));
    await expect(resolveModelSource(path.join(folder, 'empty'))).rejects.toThrow('has no config.json');
  });
});
