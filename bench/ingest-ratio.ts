/**
 * `ingest` against the bare encoder on the same files in the same run, for JPEGs of 1 and of 12 megapixels, with the peak of resident
 * memory. The encoder reads files that are in memory and gives vectors; `ingest` reads them from the disk, judges, hashes and stores
 * them, parses their metadata, embeds them, draws a thumbnail, and writes rows.
 *
 *     npx tsx bench/ingest-ratio.ts [--photos 300] [--large 72] [--model FOLDER] [--dtype fp32] [--database postgres://…]
 *
 * The model is one of random weights in the shape of CLIP ViT-B/32 unless told. Without --database on an embedded database in a temporary folder. With it, in an empty database, which it leaves with images.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openApp, type App } from '../src/app.js';
import { ingestFiles } from '../src/cli/ingest-files.js';
import type { IngestFile, IngestOutcome } from '../src/cli/ingest-item.js';
import { loadConfig } from '../src/config.js';
import { growHeapFaster } from '../src/heap-growth.js';
import { writeClipShape } from './clip-shape.js';
import { createLogger } from '../src/log.js';
import { drawPhotograph } from './photograph.js';

const KINDS = {
  photos: { width: 1152, height: 864, what: 'JPEGs of 1 megapixel' },
  large: { width: 4000, height: 3000, what: 'JPEGs of 12 megapixels' },
} as const;
type Kind = keyof typeof KINDS;
const WARM_UP = 64;

const { values: options } = parseArgs({
  options: {
    photos: { type: 'string', default: '300' },
    large: { type: 'string', default: '72' },
    model: { type: 'string' },
    dtype: { type: 'string', default: 'fp32' },
    database: { type: 'string' },
    kind: { type: 'string' },
    data: { type: 'string' },
  },
});

// As the program does.
growHeapFaster();

if (options.kind === 'photos' || options.kind === 'large') await measure(options.kind);
else {
  // A server's images want the folder with their originals to be there, also when it is the next kind's turn.
  const data = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
  try {
    const model = options.model ?? path.join(data, 'clip-vit-b32-shape');
    if (options.model === undefined) await writeClipShape(model);
    // A process of its own for each: a peak of memory stays for good.
    for (const kind of Object.keys(KINDS)) {
      const again = [
        ...process.execArgv,
        ...process.argv.slice(1),
        '--kind',
        kind,
        '--data',
        data,
        '--model',
        model,
      ];
      const { status } = spawnSync(process.execPath, again, { stdio: 'inherit' });
      if (status !== 0) throw new Error(`The measurement of ${kind} pictures ended with ${String(status)}.`);
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function measure(kind: Kind): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
  const config = loadConfig({
    PICTOGRAPH_DATA: options.data ?? path.join(folder, 'data'),
    DATABASE_URL: options.database,
    CLIP_MODEL: options.model,
    CLIP_DTYPE: options.dtype,
    LOG_LEVEL: 'warn',
  });
  try {
    const paths = await writePictures(path.join(folder, 'pictures'), kind);
    const app = await openApp(config, createLogger(config.logLevel));
    try {
      await app.work();
      await compare(app, paths.slice(0, WARM_UP), paths.slice(WARM_UP), KINDS[kind].what);
    } finally {
      await app.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writePictures(folder: string, kind: Kind): Promise<string[]> {
  await mkdir(folder);
  const { width, height } = KINDS[kind];
  const paths: string[] = [];
  for (let i = 0; i < WARM_UP + Number(options[kind]); i++) {
    const file = path.join(folder, `${i}.jpg`);
    await writeFile(file, await drawPhotograph(i, width, height));
    paths.push(file);
  }
  return paths;
}

/** @param warmUp are added first, until V8 has compiled what runs often and all vision threads have loaded */
async function compare(
  { images, encoder }: App,
  warmUp: readonly string[],
  paths: readonly string[],
  what: string,
): Promise<void> {
  const files = await Promise.all(paths.map((file) => readFile(file)));
  const bytes = files.reduce((sum, file) => sum + file.length, 0) / files.length;
  const encode = () => perSecond(files.length, () => encoder.encodeImages(files));
  const outcomes: IngestOutcome[] = [];
  const found = async function* (some: readonly string[]): AsyncGenerator<IngestFile> {
    for (const file of some) yield Promise.resolve({ path: file, expected: true });
  };
  const add = (some: readonly string[]) =>
    ingestFiles(images, found(some), (outcome) => outcomes.push(outcome), new AbortController().signal);
  await encoder.ready();
  await add(warmUp);

  // Before and after, since other things may run on the machine.
  const before = await encode();
  const ingest = await perSecond(files.length, () => add(paths));
  const after = await encode();
  if (outcomes.some(({ outcome }) => outcome !== 'added')) throw new Error('Not all files were added.');

  const bare = (before + after) / 2;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${files.length} ${what} (${(bytes / 1e3).toFixed(0)} kB each): ingest ${ingest.toFixed(1)} images/s, ` +
      `bare encoder ${before.toFixed(1)} before and ${after.toFixed(1)} after, ratio ${(ingest / bare).toFixed(2)}, ` +
      `peak ${peak.toFixed(0)} MiB resident with all files in memory`,
  );
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count * 1000) / (performance.now() - started);
}
