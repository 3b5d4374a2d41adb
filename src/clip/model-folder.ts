import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ZodError } from 'zod';
import type { Dtype } from '../config.js';
import { OperatorError, messageOf } from '../errors.js';
import { parseModelConfig, type ModelConfig } from './model-config.js';
import { availableDtypes, CONFIG_FILE, modelFiles, PREPROCESSOR_FILE } from './model-files.js';
import { outputSize, parsePreprocessing, type Preprocessing, type Size } from './preprocessing.js';

/** A folder that holds all of a model, checked as far as that goes without loading it. */
export interface ModelFolder {
  readonly folder: string;
  /** What decides an embedding: paths from the folder, sorted. */
  readonly files: readonly string[];
  readonly config: ModelConfig;
  readonly preprocessing: Preprocessing;
  /** Of the pictures that the vision tower takes. */
  readonly pictureSize: Size;
}

/**
 * Reads and checks a model's folder.
 *
 * @throws OperatorError when it is no CLIP, or files are missing; they are named
 */
export async function openModelFolder(folder: string, dtype: Dtype): Promise<ModelFolder> {
  const config = await readModelConfig(folder);
  const present = await listFiles(folder);
  const files = modelFiles(config, dtype);
  const missing = files.filter((file) => !present.has(file));
  if (missing.length > 0) throw missingFiles(folder, missing, availableDtypes(present), dtype);

  const preprocessing = await readJson(folder, PREPROCESSOR_FILE, parsePreprocessing);
  const pictureSize = outputSize(preprocessing);
  const { image_size: edge } = config.vision_config;
  if (
    pictureSize === undefined ||
    (edge !== undefined && (pictureSize.width !== edge || pictureSize.height !== edge))
  ) {
    const made = pictureSize ? `${pictureSize.width} × ${pictureSize.height} pixels` : 'pictures of any size';
    throw new OperatorError(
      `The model in ${folder} contradicts itself: ${PREPROCESSOR_FILE} makes ${made}, ${CONFIG_FILE} wants ` +
        `${edge ?? 'one size'}. Take both files from the same model.`,
    );
  }
  // Files that the weights refer to although the configuration does not declare them decide embeddings, too.
  const undeclared = [...present].filter((file) => files.some((known) => isDataOf(file, known)));
  return {
    folder,
    files: [...new Set([...files, ...undeclared])].sort(),
    config,
    preprocessing,
    pictureSize,
  };
}

/** @throws OperatorError when the folder holds no CLIP */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  return readJson(folder, CONFIG_FILE, parseModelConfig);
}

async function readJson<T>(folder: string, file: string, parse: (json: unknown) => T): Promise<T> {
  const whole = path.join(folder, file);
  try {
    return parse(JSON.parse(await readFile(whole, 'utf8')));
  } catch (error) {
    if (
      file === CONFIG_FILE &&
      error instanceof ZodError &&
      error.issues.some(({ path: [key] }) => key === 'model_type')
    ) {
      throw new OperatorError(
        `The model in ${folder} is no CLIP: its ${CONFIG_FILE} does not say "model_type": "clip". Pictograph works with ` +
          'CLIP models in the layout of transformers.js, for instance Xenova/clip-vit-base-patch32.',
      );
    }
    const why =
      error instanceof ZodError
        ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
        : messageOf(error);
    throw new OperatorError(
      `The model's file ${whole} cannot be used: ${why}. Copy or download the model anew.`,
      1,
      {
        cause: error,
      },
    );
  }
}

async function listFiles(folder: string): Promise<Set<string>> {
  const list = async (sub: string) => {
    const entries = await readdir(path.join(folder, sub), { withFileTypes: true }).catch(() => []);
    // Links count as files: the hub's own cache is made of them.
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.posix.join(sub, entry.name));
  };
  return new Set([...(await list('')), ...(await list('onnx'))]);
}

function missingFiles(
  folder: string,
  missing: readonly string[],
  dtypes: readonly Dtype[],
  dtype: Dtype,
): OperatorError {
  const weightsOnly = missing.every((file) => file.startsWith('onnx/'));
  const advice =
    weightsOnly && dtypes.length > 0
      ? `It has weights for CLIP_DTYPE=${dtypes.join(' or ')}, not for ${dtype}.`
      : 'A model needs all of them, in the layout of transformers.js (docs/models.md).';
  return new OperatorError(`The model in ${folder} lacks ${missing.join(', ')}. ${advice}`, 78);
}

function isDataOf(file: string, weights: string): boolean {
  return weights.endsWith('.onnx') && (file.startsWith(`${weights}_data`) || file === `${weights}.data`);
}
