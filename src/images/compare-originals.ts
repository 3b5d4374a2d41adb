import { findImagesByHash, markOriginalsMissing, type StoredImageRow } from '../db/consistency.js';
import { findUsedContents, lockContents } from '../db/images.js';
import { removeUnused } from './delete-images.js';
import { BATCH, processAgain, type Examination, type Finding } from './examination.js';
import type { StoredOriginal } from './storage.js';

/** Contents that are locked in one transaction: others wait for them. */
const LOCKED_AT_ONCE = 100;
/** Files that are looked at in the storage at the same time. */
const LOOKS_AT_ONCE = 16;
const MISSING =
  'The original is missing from storage, or not whole. Restore it from a backup and run `pictograph doctor --mend`, or add the same file again.';

/** Originals whose names are held in memory at once, where they are not more: about 20 MB. */
const IN_ONE_PART = 50_000;

/** How much was compared so far. */
export interface Compared {
  originals: number;
  images: number;
}

/**
 * Compares rows and originals both ways, part by part. Listing is by far the cheapest way to know of many files in a
 * bucket; what the listing says against an image or a file is asked again before it counts, because both sides change
 * meanwhile: when mending, under the lock that adding and deleting take.
 */
export async function* compareOriginals(
  examination: Examination,
  compared: Compared = { originals: 0, images: 0 },
): AsyncGenerator<Finding> {
  for await (const { digits, files } of partsOf(examination)) {
    compared.originals += files.size;
    for await (const rows of imagesOf(examination, digits)) {
      const lost = [];
      const back = [];
      for (const row of rows) {
        compared.images += row.isReferenced ? 0 : 1;
        const isWhole = files.get(row.sha256)?.size === row.byteSize;
        files.delete(row.sha256);
        if (row.isReferenced) continue;
        if (row.lacksOriginal && isWhole) back.push(row);
        else if (!row.lacksOriginal && !isWhole) lost.push(row);
      }
      yield* reportLost(examination, lost);
      yield* reportBack(examination, back);
    }
    yield* reportUnused(examination, [...files.values()]);
  }
}

/** The originals by the first digits of their hash: all in one part where they are few, in 256 parts where they are many. */
async function* partsOf({ storage }: Examination): AsyncGenerator<{
  readonly digits: string;
  readonly files: Map<string, StoredOriginal>;
}> {
  const all = await filesOf(storage, '', IN_ONE_PART);
  if (all !== undefined) {
    yield { digits: '', files: all };
    return;
  }
  for (let pair = 0; pair < 256; pair++) {
    const digits = pair.toString(16).padStart(2, '0');
    yield { digits, files: (await filesOf(storage, digits)) ?? new Map<string, StoredOriginal>() };
  }
}

/** @returns undefined when there are more than the limit */
async function filesOf(
  { originals }: Examination['storage'],
  digits: string,
  limit = Infinity,
): Promise<Map<string, StoredOriginal> | undefined> {
  const files = new Map<string, StoredOriginal>();
  for await (const file of originals.list(digits)) {
    if (files.size >= limit) return undefined;
    files.set(file.sha256, file);
  }
  return files;
}

async function* imagesOf({ database }: Examination, digits: string): AsyncGenerator<StoredImageRow[]> {
  const upTo = digits.padEnd(64, 'f');
  // A beginning is less than all that begin with it.
  let after = digits;
  for (;;) {
    const rows = await findImagesByHash(database.pool, { after, upTo }, BATCH);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.sha256;
    yield rows;
  }
}

async function* reportLost(
  examination: Examination,
  suspects: readonly StoredImageRow[],
): AsyncGenerator<Finding> {
  const { database, mend } = examination;
  for (const some of chunks(suspects, LOCKED_AT_ONCE)) {
    const found = mend
      ? await database.transaction(async (client) => {
          // Whoever adds the same bytes again at this moment is done before, or comes after.
          await lockContents(client, contentsOf(some));
          const lost = await withoutFile(examination, some);
          return { lost, marked: await markOriginalsMissing(client, idsOf(lost), MISSING) };
        })
      : { lost: await withoutFile(examination, some), marked: new Set<number>() };
    const present = await findUsedContents(database.pool, contentsOf(found.lost));
    for (const row of found.lost) {
      if (present.has(row.sha256)) {
        yield { problem: 'ORIGINAL_MISSING', ...describe(row), mended: found.marked.has(row.id) };
      }
    }
  }
}

async function* reportBack(
  examination: Examination,
  rows: readonly StoredImageRow[],
): AsyncGenerator<Finding> {
  if (rows.length === 0) return;
  const queued = examination.mend ? await processAgain(examination, idsOf(rows)) : undefined;
  for (const row of rows) {
    yield { problem: 'ORIGINAL_BACK', ...describe(row), mended: queued?.has(row.id) ?? false };
  }
}

async function* reportUnused(
  { database, storage, mend, graceMs }: Examination,
  files: readonly StoredOriginal[],
): AsyncGenerator<Finding> {
  const old = files.filter(({ modifiedAt }) => modifiedAt.getTime() <= Date.now() - graceMs);
  for (const some of chunks(old, LOCKED_AT_ONCE)) {
    const used = await findUsedContents(database.pool, contentsOf(some));
    const unused = await stillThere(
      storage,
      some.filter(({ sha256 }) => !used.has(sha256)),
    );
    if (unused.length === 0) continue;
    const removed = mend
      ? await removeUnused(database, unused, (sha256s) => storage.remove(sha256s))
      : new Set<string>();
    for (const sha256 of unused) {
      yield { problem: 'ORIGINAL_WITHOUT_IMAGE', sha256, mended: removed.has(sha256) };
    }
  }
}

/** Those that nobody has removed since they were listed. */
async function stillThere(
  { originals }: Examination['storage'],
  files: readonly StoredOriginal[],
): Promise<string[]> {
  const there = [];
  for (const some of chunks(files, LOOKS_AT_ONCE)) {
    const whole = await Promise.all(some.map(({ sha256, size }) => originals.isWhole(sha256, size)));
    there.push(...contentsOf(some.filter((_, index) => whole[index])));
  }
  return there;
}

/** Those whose original is really not there, or not whole. */
async function withoutFile(
  { storage }: Examination,
  rows: readonly StoredImageRow[],
): Promise<StoredImageRow[]> {
  const lost = [];
  for (const some of chunks(rows, LOOKS_AT_ONCE)) {
    const whole = await Promise.all(
      some.map(({ sha256, byteSize }) => storage.originals.isWhole(sha256, byteSize)),
    );
    lost.push(...some.filter((_, index) => whole[index] === false));
  }
  return lost;
}

function describe({ id, sha256, filename }: StoredImageRow) {
  return { imageId: id, sha256, ...(filename !== null && { name: filename }) };
}

function contentsOf(items: readonly { readonly sha256: string }[]): string[] {
  return items.map(({ sha256 }) => sha256);
}

function idsOf(rows: readonly StoredImageRow[]): number[] {
  return rows.map(({ id }) => id);
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
