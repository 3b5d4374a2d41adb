import { stat } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.js';
import { BUNDLED_MODEL_NAME, bundledModelFolder } from './bundled-model.js';

/** Where a model comes from. */
export type ModelSource =
  | { readonly kind: 'folder'; readonly name: string; readonly source: string; readonly folder: string }
  | { readonly kind: 'hub'; readonly name: string };

// As the hub names models: two parts of letters, digits, '-', '_' and '.'. No part may be made of dots alone, since the
// name becomes a path in the cache.
const PART = /(?!\.+(?:\/|$))[\w.-]{1,96}/.source;
const HUB_NAME = new RegExp(`^${PART}/${PART}$`);

const ACCEPTED =
  `CLIP_MODEL takes '${BUNDLED_MODEL_NAME}' (the bundled model), a name of the Hugging Face hub such as ` +
  `'Xenova/clip-vit-base-patch32', or the path of a folder that holds a model (with its config.json).`;

/**
 * Tells what CLIP_MODEL means: the bundled model, a folder that exists, or a name of the hub, in this order.
 *
 * @param allowFolder false: a folder is not looked for
 * @throws OperatorError when it is none of them
 */
export async function resolveModelSource(given: string, allowFolder = true): Promise<ModelSource> {
  if (given === BUNDLED_MODEL_NAME) {
    return { kind: 'folder', name: given, source: given, folder: bundledModelFolder() };
  }
  const folder = path.resolve(given);
  if (allowFolder && given !== '' && (await isFile(path.join(folder, 'config.json')))) {
    return { kind: 'folder', name: path.basename(folder), source: folder, folder };
  }
  if (HUB_NAME.test(given)) return { kind: 'hub', name: given };
  const found = (await isFolder(folder)) ? 'this folder has no config.json' : 'there is no such folder';
  throw new OperatorError(
    `The model '${given}' cannot be loaded: ${found}, and it is no name of the hub. ${ACCEPTED}`,
    78,
  );
}

/** Whether this can be nothing but the bundled model or a name of the hub, whatever folders there are. */
export function isPublicModelName(given: string): boolean {
  return given === BUNDLED_MODEL_NAME || HUB_NAME.test(given);
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
