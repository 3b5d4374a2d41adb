import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError, messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { startWorkerThread } from '../worker-thread.js';
import type { Int8WorkerData } from './int8-worker.js';
import { weightsFile } from './model-files.js';
import type { ModelFolder } from './model-folder.js';

/** Counted up when the conversion gives other weights: converted models are then converted again. */
const CONVERSION = 1;
/** What a converted folder was made from. */
const ORIGIN_FILE = 'converted-from.json';
/** In the cache of models. No owner on the hub begins with a dot. */
const CACHE = '.int8';
const PARTIAL = '.part';
/** No conversion takes so long. */
const ABANDONED_MS = 60 * 60_000;
const TOWERS = ['text', 'vision'] as const;

/**
 * The folder of the same model with weights of 8 bits: converted on the first call, and kept in the cache until the files
 * that it was made from change. Whole or not there: it is written beside its place, and moved.
 *
 * @throws OperatorError when the model cannot be converted
 */
export async function int8FolderOf(
  model: ModelFolder,
  name: string,
  cacheFolder: string,
  log: Logger,
): Promise<string> {
  const place = createHash('sha256').update(path.resolve(model.folder)).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder, CACHE, `${name.replaceAll('/', '--')}-${place}`);
  const origin = await originOf(model);
  if (await isMadeFrom(folder, origin)) return folder;

  log.info({ model: name, folder }, 'The model is converted to 8 bits, once.');
  await removeAbandoned(folder);
  const partial = `${folder}.${randomUUID()}${PARTIAL}`;
  try {
    await mkdir(path.join(partial, 'onnx'), { recursive: true });
    await convertTowers(model, partial);
    const converted = TOWERS.map((tower) => weightsFile(tower, 'int8'));
    for (const file of model.files.filter((each) => !converted.includes(each))) {
      await copyFile(path.join(model.folder, file), path.join(partial, file));
    }
    await writeFile(path.join(partial, ORIGIN_FILE), origin);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return folder;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have been faster: its result is the same.
    if (await isMadeFrom(folder, origin)) return folder;
    throw new OperatorError(
      `${name} cannot be converted to CLIP_DTYPE=int8 (${messageOf(error)}). Use CLIP_DTYPE=fp32.`,
      1,
      { cause: error },
    );
  }
}

/** What a process that was killed left behind. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(path.dirname(folder)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${path.basename(folder)}.`))) {
    const left = path.join(path.dirname(folder), name);
    const found = await stat(left).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(left, { recursive: true });
  }
}

async function isMadeFrom(folder: string, origin: string): Promise<boolean> {
  return (await readFile(path.join(folder, ORIGIN_FILE), 'utf8').catch(() => undefined)) === origin;
}

/** Sizes and times instead of contents, which would be read at every start; a copy that looks new is converted again. */
async function originOf({ folder, files }: ModelFolder): Promise<string> {
  const listed = [];
  for (const file of files) {
    const { size, mtimeMs } = await stat(path.join(folder, file));
    listed.push({ file, size, changed: mtimeMs });
  }
  return JSON.stringify({ conversion: CONVERSION, folder: path.resolve(folder), files: listed });
}

/** In a thread of its own: it computes for seconds, and its memory goes back to the system afterwards. */
async function convertTowers(model: ModelFolder, to: string): Promise<void> {
  const workerData: Int8WorkerData = TOWERS.map((tower) => ({
    from: path.join(model.folder, weightsFile(tower, 'fp32')),
    to: path.join(to, weightsFile(tower, 'int8')),
    pictureSize: tower === 'vision' ? model.pictureSize : undefined,
  }));
  await once(startWorkerThread(import.meta.url, 'int8-worker', { workerData, name: 'int8' }), 'exit');
}
