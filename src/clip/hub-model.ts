import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Dtype } from '../config.js';
import { OperatorError } from '../errors.js';
import { downloadFile, PARTIAL } from './hub-download.js';
import { askHub, type Hub } from './hub-request.js';
import { readModelConfig } from './model-folder.js';
import { CONFIG_FILE, modelFiles } from './model-files.js';

/** How far the download of a model is. */
export interface DownloadProgress {
  /** The file that the last bytes belong to. */
  readonly file: string;
  /** Of all files that have to be downloaded, together. */
  readonly loadedBytes: number;
  /** As far as the hub tells it beforehand; never less than `loadedBytes`. */
  readonly totalBytes: number;
}

/** Names of branches, tags and commits; they become part of an address. */
const REVISION = /^(?!.*\.\.)[\w][\w./-]{0,199}$/;

/** A partial file that nobody wrote to for so long belongs to a process that was killed. */
const ABANDONED_MS = 10 * 60_000;

/**
 * Brings a model of the hub into the cache, and returns its folder there: `CACHE/owner/name/revision`, in the layout of
 * the hub, so that it can be copied to another machine and loaded from there as it is. What is in the cache already is
 * not asked for again: a start with a complete cache needs no network.
 *
 * transformers.js could download by itself, but never gives up on a hub that falls silent, does not notice every file
 * that is cut, keeps on when it cannot store one, and tells little of what went wrong.
 *
 * @throws HubUnreachableError · ModelNotFoundError · IncompleteDownloadError · OperatorError
 */
export async function fetchModel(
  hub: Hub,
  cacheFolder: string,
  model: string,
  revision: string,
  dtype: Dtype,
  onProgress: (progress: DownloadProgress) => void = () => undefined,
): Promise<string> {
  if (!REVISION.test(revision)) {
    throw new OperatorError(
      `CLIP_REVISION=${revision} is no revision: give a branch, a tag or a commit of ${model}, such as main.`,
      78,
    );
  }
  const folder = path.join(cacheFolder, ...model.split('/'), encodeURIComponent(revision));
  const source = { model, revision };
  await removeAbandoned(folder);

  // The configuration comes first: it tells what else there is.
  if (!(await isCached(folder, CONFIG_FILE))) {
    await downloadFile(
      hub,
      { ...source, file: CONFIG_FILE },
      path.join(folder, CONFIG_FILE),
      () => undefined,
    );
  }
  const wanted = modelFiles(await readModelConfig(folder), dtype);
  const cached = await Promise.all(wanted.map((file) => isCached(folder, file)));
  const missing = wanted.filter((_, i) => !cached[i]);

  // All are asked for before the first is downloaded: the sizes make the progress, and what is not there is told at once.
  const sizes = await Promise.all(missing.map((file) => sizeOnHub(hub, { ...source, file })));
  let loadedBytes = 0;
  let announced = sizes.reduce((sum: number, size) => sum + (size ?? 0), 0);
  for (const [i, file] of missing.entries()) {
    await downloadFile(hub, { ...source, file, size: sizes[i] }, path.join(folder, file), (count) => {
      loadedBytes += count;
      announced = Math.max(announced, loadedBytes);
      onProgress({ file, loadedBytes, totalBytes: announced });
    });
  }
  return folder;
}

async function sizeOnHub(hub: Hub, target: Parameters<typeof askHub>[1]): Promise<number | undefined> {
  const answer = await askHub(hub, target, 'HEAD');
  answer.done();
  return answer.size;
}

async function isCached(folder: string, file: string): Promise<boolean> {
  return stat(path.join(folder, file)).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const sub of ['', 'onnx']) {
    const names = await readdir(path.join(folder, sub)).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(PARTIAL))) {
      const file = path.join(folder, sub, name);
      const found = await stat(file).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
    }
  }
}
