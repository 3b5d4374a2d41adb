import type { Dtype } from '../config.js';
import type { ModelConfig } from './model-config.js';

/** What transformers.js appends to the names of the weights. */
const SUFFIXES: Readonly<Record<Dtype, string>> = {
  fp32: '',
  // Converted from fp32, under the same name in another folder.
  int8: '',
  fp16: '_fp16',
  q8: '_quantized',
  'hub-int8': '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

export const CONFIG_FILE = 'config.json';
export const PREPROCESSOR_FILE = 'preprocessor_config.json';
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];

/** What transformers.js calls a dtype. */
export function fileDtype(dtype: Dtype): Exclude<Dtype, 'hub-int8'> {
  if (dtype === 'int8') return 'fp32';
  return dtype === 'hub-int8' ? 'int8' : dtype;
}

/** Whether the vector of a picture or a text does not depend, to the last bit, on what is encoded beside it. */
export function isSameInAnyBatch(dtype: Dtype): boolean {
  return dtype === 'fp32' || dtype === 'int8';
}

export type TowerName = 'text' | 'vision';

/** The file that holds a tower's weights, in the layout of transformers.js. */
export function weightsFile(tower: TowerName, dtype: Dtype): string {
  return `onnx/${tower}_model${SUFFIXES[dtype]}.onnx`;
}

/** Exactly the files that are loaded, and so decide what an embedding is: paths from the model's folder, sorted. */
export function modelFiles(config: ModelConfig, dtype: Dtype): string[] {
  const weights = (['text', 'vision'] as const).flatMap((tower) => {
    const file = weightsFile(tower, dtype);
    return [file, ...externalData(config, tower, file)];
  });
  return [CONFIG_FILE, PREPROCESSOR_FILE, ...TOKENIZER_FILES, ...weights].sort();
}

/** Dtypes whose weights are among these files, both towers. */
export function availableDtypes(files: ReadonlySet<string>): Dtype[] {
  return (Object.keys(SUFFIXES) as Dtype[]).filter(
    (dtype) => files.has(weightsFile('text', dtype)) && files.has(weightsFile('vision', dtype)),
  );
}

/** Weights of 2 GB and more lie in files of their own; the configuration tells how many. */
function externalData(config: ModelConfig, tower: TowerName, file: string): string[] {
  const declared = config['transformers.js_config'].use_external_data_format;
  const chunks =
    typeof declared === 'object'
      ? (declared[file.replace('onnx/', '')] ?? declared[`${tower}_model`] ?? false)
      : declared;
  return Array.from({ length: Number(chunks) }, (_, i) => `${file}_data${i === 0 ? '' : `_${i}`}`);
}
