import type { Dirent, Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { errorCode, messageOf } from '../errors.js';
import type { IngestFile, IngestItem, Unusable } from './ingest-item.js';

/** Folders, told by device and inode whatever they are called, that a walk does not enter (again). */
export type SeenFolders = Set<string>;

const IMAGE_EXTENSIONS = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .avif .gif .tif .tiff .svg .heic .heif .bmp'.split(' '),
);

/**
 * The files of a folder and of the folders in it, in the order of the file system, one at a time, so that a folder of any
 * size takes no memory. Hidden files and folders are left out. A link to a folder is not followed, since it may lead
 * anywhere; a link to a file is. One folder is open at a time, however deep they lie.
 *
 * Never throws: what cannot be read or is no file is an item that says so.
 *
 * @param seen folders that were entered before; this walk adds its own
 */
export async function* walkFolder(root: string, seen: SeenFolders): AsyncGenerator<IngestItem> {
  yield* walk(root, seen, undefined);
}

/** The static folder that a glob begins with, and the rest; undefined when the text is no glob. */
export function parseGlob(text: string): { base: string; glob: string } | undefined {
  const { base, glob, isGlob } = picomatch.scan(text);
  // The scan leaves escapes in: `photos\[1\]/*` means the folder `photos[1]`.
  return isGlob ? { base: base.replace(/\\(.)/g, '$1') || '.', glob } : undefined;
}

/** The files that a glob matches, and those of folders that it matches; see `walkFolder`. */
export async function* walkGlob(
  { base, glob }: { base: string; glob: string },
  seen: SeenFolders,
): AsyncGenerator<IngestItem> {
  yield* walk(base, seen, {
    matches: picomatch(glob),
    // Patterns in parentheses may match any number of levels; otherwise each slash is one.
    maxDepth: /\*\*|\(/.test(glob) ? Infinity : glob.split('/').length - 1,
    hidden: /(^|\/)\./.test(glob),
  });
}

interface Selection {
  matches(relative: string): boolean;
  /** How many levels below the base a match may lie. */
  readonly maxDepth: number;
  /** Whether hidden names may match. */
  readonly hidden: boolean;
}

interface Waiting {
  readonly folder: string;
  /** From the base of the walk. */
  readonly relative: string;
  readonly depth: number;
  /** Undefined: everything in it is wanted. */
  readonly selection: Selection | undefined;
}

async function* walk(
  root: string,
  seen: SeenFolders,
  selected: Selection | undefined,
): AsyncGenerator<IngestItem> {
  const waiting: Waiting[] = [{ folder: root, relative: '', depth: 0, selection: selected }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, selection, depth } = next;
    try {
      const identity = identityOf(await stat(folder));
      if (seen.has(identity)) continue;
      seen.add(identity);
      for await (const entry of await opendir(folder)) {
        if (entry.name.startsWith('.') && selection?.hidden !== true) continue;
        const relative = next.relative === '' ? entry.name : `${next.relative}/${entry.name}`;
        const full = path.join(folder, entry.name);
        const wanted = selection?.matches(relative) ?? true;
        if (entry.isDirectory()) {
          if (wanted) waiting.push({ folder: full, relative, depth: depth + 1, selection: undefined });
          else if (selection !== undefined && depth < selection.maxDepth)
            waiting.push({ folder: full, relative, depth: depth + 1, selection });
        } else if (wanted) {
          yield entry.isFile() && !mayBeMisnamed(entry.name) ? found(full) : await lookAt(full, entry);
        }
      }
    } catch (error) {
      if (mayBeMisnamed(path.basename(folder)) && errorCode(error) === 'ENOENT') {
        yield invalidName(folder);
        continue;
      }
      yield {
        source: folder,
        outcome: 'rejected',
        code: 'UNREADABLE_FOLDER',
        message: `The folder cannot be read to its end (${errorCode(error) ?? messageOf(error)}). Check that it may be read and entered.`,
      };
    }
  }
}

export function identityOf({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** Whether people who see this name expect an image behind it. */
export function isImageName(name: string): boolean {
  return IMAGE_EXTENSIONS.has(path.extname(name).toLowerCase());
}

function found(file: string): IngestFile {
  return { path: file, expected: isImageName(file) };
}

/** Node replaces bytes that are no UTF-8 by this character, and then does not find the file. */
function mayBeMisnamed(name: string): boolean {
  return name.includes('\u{fffd}');
}

/** What an entry is that is not plainly a file. */
async function lookAt(full: string, entry: Dirent): Promise<IngestItem> {
  if (!entry.isFile() && !entry.isSymbolicLink()) {
    return skipped(full, 'NOT_A_FILE', `It is ${kindOf(entry)}, which has no image to read.`);
  }
  try {
    const target = await stat(full);
    if (target.isFile()) return found(full);
    if (target.isDirectory()) {
      return skipped(
        full,
        'LINKED_FOLDER',
        'Links to folders are not followed. Name the folder itself to have it in.',
      );
    }
    return skipped(full, 'NOT_A_FILE', `It is a link to ${kindOf(target)}, which has no image to read.`);
  } catch (error) {
    const outcome = isImageName(full) ? 'rejected' : 'skipped';
    if (mayBeMisnamed(entry.name)) return invalidName(full);
    const message = `The link leads nowhere or in a circle (${errorCode(error) ?? messageOf(error)}). Mend or delete it.`;
    return { source: full, outcome, code: 'BROKEN_LINK', message };
  }
}

function invalidName(source: string): Unusable {
  const message = 'Its name is not UTF-8, so that it cannot be opened. Rename it.';
  return { source, outcome: 'rejected', code: 'INVALID_NAME', message };
}

function skipped(source: string, code: string, message: string): Unusable {
  return { source, outcome: 'skipped', code, message };
}

function kindOf(what: Dirent | Stats): string {
  if (what.isFIFO()) return 'a pipe';
  if (what.isSocket()) return 'a socket';
  return what.isBlockDevice() || what.isCharacterDevice() ? 'a device' : 'no regular file';
}
