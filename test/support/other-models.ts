import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import { narrowed, quantised } from './onnx.js';

/** Dimensions of the model that `makeNarrowModel` makes. */
export const NARROW_DIMENSIONS = 96;

const TOWERS = { text: 'text_embeds', vision: 'image_embeds' } as const;

/**
 * Makes two models out of the bundled one: in fp32 one of fewer dimensions, and in q8 its twin with coarser weights.
 *
 * @returns the folder
 */
export async function makeNarrowModel(folder: string): Promise<string> {
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  for (const file of ['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await cp(path.join(bundledModelFolder(), file), path.join(folder, file));
  const config = JSON.parse(await readFile(path.join(bundledModelFolder(), 'config.json'), 'utf8')) as object;
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, projection_dim: NARROW_DIMENSIONS }),
  );
  for (const [tower, output] of Object.entries(TOWERS)) {
    const wide = await readFile(path.join(bundledModelFolder(), 'onnx', `${tower}_model.onnx`));
    const narrow = narrowed(wide, output, NARROW_DIMENSIONS);
    await writeFile(path.join(folder, 'onnx', `${tower}_model.onnx`), narrow);
    const { model, weights } = quantised(narrow);
    if (weights === 0) throw new Error(`No weights were found in the ${tower} tower.`);
    await writeFile(path.join(folder, 'onnx', `${tower}_model_quantized.onnx`), model);
  }
  return folder;
}
