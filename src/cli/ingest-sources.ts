import { stat } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError, errorCode } from '../errors.js';
import type { ImageDetails } from '../images/images.js';
import type { IngestItem } from './ingest-item.js';
import { readManifest, STANDARD_INPUT } from './manifest.js';
import { LEDGER_FOLDER } from './watch-ledger.js';
import { identityOf, parseGlob, walkFolder, walkGlob, type SeenFolders } from './walk.js';

/** What a command line names, looked at once before anything is taken. */
export interface IngestSources {
  /** Everything that is named, streamed. */
  items(stop: AbortSignal): AsyncGenerator<IngestItem>;
  /** Items with what the options say of every one. */
  tagged(items: AsyncIterable<IngestItem>): AsyncGenerator<IngestItem>;
  /** Whether `items` may be gone through twice: not so when something comes from standard input or a pipe. */
  readonly repeatable: boolean;
  /** The folders among the paths. */
  readonly folders: readonly string[];
}

export interface SourceOptions {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
  readonly manifests: readonly string[];
  /** For every image. */
  readonly tags: readonly string[];
  /** Whether files are to be indexed where they lie. */
  readonly byReference: boolean;
  /** Its own folders are left out: the originals are in the collection already, and thumbnails do not belong there. */
  readonly dataFolder: string;
}

/** Folders of the data folder that Pictograph fills itself. */
export const OWN_FOLDERS = ['originals', 'thumbnails', 'models', 'postgres', LEDGER_FOLDER] as const;

type Given =
  { kind: 'file' | 'folder'; path: string } | { kind: 'glob'; text: string; base: string; glob: string };

/** @throws OperatorError with exit code 66 when a path or manifest does not exist, so that a slip is told at once */
export async function openSources(options: SourceOptions): Promise<IngestSources> {
  const own = await identitiesOf(OWN_FOLDERS.map((name) => path.join(options.dataFolder, name)));
  const given = await Promise.all(options.paths.map((each) => look(each)));
  const files = options.manifests.filter((each) => each !== STANDARD_INPUT);
  const regular = await Promise.all(files.map((each) => isRegularFile(each)));

  const tagged = async function* (items: AsyncIterable<IngestItem>) {
    for await (const item of items) {
      const each = withTags(item, options.tags);
      yield options.byReference ? asReference(each) : each;
    }
  };

  return {
    tagged,
    repeatable: files.length === options.manifests.length && regular.every(Boolean),
    folders: given.flatMap((each) => (each.kind === 'folder' ? [each.path] : [])),
    async *items(stop) {
      const seen: SeenFolders = new Set(own);
      for (const each of given) yield* tagged(itemsOf(each, own, seen));
      for (const manifest of options.manifests) yield* tagged(readManifest(manifest, stop));
    },
  };
}

async function* itemsOf(given: Given, own: SeenFolders, seen: SeenFolders): AsyncGenerator<IngestItem> {
  switch (given.kind) {
    case 'file':
      yield { path: given.path, expected: true };
      return;
    case 'folder':
      yield* walkFolder(given.path, seen);
      return;
    case 'glob': {
      let matched = false;
      // A glob takes some files of a folder and leaves others, so that it must not count as seen for other paths.
      for await (const item of walkGlob(given, new Set(own))) {
        matched = true;
        yield item;
      }
      if (!matched) {
        const message = 'No file or folder matches. Hidden ones only do where the pattern has the dot.';
        yield { source: given.text, outcome: 'rejected', code: 'NO_MATCH', message };
      }
    }
  }
}

/** What exists under the very name is that, whatever the name looks like; otherwise it may be a glob. */
async function look(given: string): Promise<Given> {
  try {
    const found = await stat(given);
    return { kind: found.isDirectory() ? 'folder' : 'file', path: given };
  } catch (error) {
    const glob = parseGlob(given);
    if (glob !== undefined) return { kind: 'glob', text: given, ...glob };
    throw missing(given, error);
  }
}

async function isRegularFile(manifest: string): Promise<boolean> {
  try {
    return (await stat(manifest)).isFile();
  } catch (error) {
    throw missing(manifest, error);
  }
}

function missing(given: string, error: unknown): OperatorError {
  const code = errorCode(error);
  return new OperatorError(
    code === 'ENOENT'
      ? `There is no file or folder ${given}. Nothing was ingested.`
      : `${given} cannot be read (${code ?? 'unknown cause'}). Nothing was ingested.`,
    66,
    { cause: error },
  );
}

async function identitiesOf(folders: readonly string[]): Promise<SeenFolders> {
  const found = await Promise.all(folders.map((folder) => stat(folder).catch(() => undefined)));
  return new Set(found.flatMap((each) => (each === undefined ? [] : [identityOf(each)])));
}

function asReference(item: IngestItem): IngestItem {
  if ('path' in item) return { ...item, byReference: true };
  if ('source' in item) return item;
  const message = 'What an address gives lies nowhere here: ingest it without --by-reference.';
  const line = item.line === undefined ? {} : { line: item.line };
  return { source: item.url, ...line, outcome: 'rejected', code: 'NO_FILE', message };
}

function withTags(item: IngestItem, tags: readonly string[]): IngestItem {
  if (tags.length === 0 || 'source' in item) return item;
  const details: ImageDetails = { ...item.details, tags: [...tags, ...(item.details?.tags ?? [])] };
  return { ...item, details };
}
