/**
 * `pictograph ingest` on very many small files: files a second, the peak of resident memory and the size of what is stored. The
 * first run is interrupted in the middle as by Ctrl-C, the same command takes it up again, and once more when everything is there,
 * which only hashes the files.
 *
 *     npm run build && npx tsx bench/ingest-many.ts [--files 2000] [--database postgres://…]
 *
 * Memory is bounded when the peak does not grow with the number of files. Without --database on an embedded database in a
 * temporary folder. With it, in an empty database. Reads the peak from /proc: Linux only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32, deflateSync } from 'node:zlib';
import pg from 'pg';

const FILES_IN_A_FOLDER = 1000;
const SAMPLE_EVERY_MS = 500;
/** Pixels of a side, in squares of one colour. */
const SIDE = 256;
const SQUARES = 8;
const PROGRAM = fileURLToPath(new URL('../bin/pictograph.js', import.meta.url));

interface Summary {
  readonly added: number;
  readonly duplicate: number;
  readonly waiting: number;
  readonly seconds: number;
  readonly complete: boolean;
}

interface Measured {
  readonly code: number | null;
  readonly summary: Summary;
  readonly peakMegabytes: number;
}

const { values: options } = parseArgs({
  options: { files: { type: 'string', default: '2000' }, database: { type: 'string' } },
});
const files = Number(options.files);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
try {
  const pictures = path.join(folder, 'pictures');
  await writePictures(pictures, files);
  const first = await ingest(pictures, Math.floor(files * 0.4));
  report('interrupted', first, 130);
  const second = await ingest(pictures);
  report('the rest', second, 0);
  const third = await ingest(pictures);
  report('all again', third, 0);

  const { added, waiting } = first.summary;
  check(second.summary.duplicate === added, 'What the first run took is taken once.');
  check(added + second.summary.added === files, 'Everything is taken.');
  check(third.summary.duplicate === files && third.summary.added === 0, 'Nothing is taken twice.');
  console.log(`${added} were taken when it was interrupted, ${waiting} of them not embedded yet`);
  await reportSizes();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Small PNGs, each of other colours: as many different embeddings, which an index takes longer for than for equal ones. */
async function writePictures(target: string, count: number): Promise<void> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  // Eight bits, a palette.
  header.set([8, 3, 0, 0, 0], 8);
  const size = SIDE / SQUARES;
  const rows = Buffer.alloc(SIDE * (SIDE + 1));
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      rows[y * (SIDE + 1) + 1 + x] = Math.floor(y / size) * SQUARES + Math.floor(x / size);
    }
  }
  const start = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header)]);
  const end = Buffer.concat([chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
  let state = 1;
  for (let i = 0; i < count; i++) {
    const inner = path.join(target, String(Math.floor(i / FILES_IN_A_FOLDER)));
    if (i % FILES_IN_A_FOLDER === 0) await mkdir(inner, { recursive: true });
    const palette = Buffer.alloc(3 * SQUARES * SQUARES);
    for (let at = 0; at < palette.length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      palette[at] = state >>> 24;
    }
    await writeFile(path.join(inner, `${i}.png`), Buffer.concat([start, chunk('PLTE', palette), end]));
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8);
  return whole;
}

/** @param interruptAfter sends SIGINT when so many files came to an end */
async function ingest(pictures: string, interruptAfter = Infinity): Promise<Measured> {
  const child = spawn(process.execPath, [PROGRAM, 'ingest', '--json', pictures], {
    env: {
      ...process.env,
      PICTOGRAPH_DATA: path.join(folder, 'data'),
      CLIP_MODEL: 'pictogram-clip',
      ...(options.database !== undefined && { DATABASE_URL: options.database }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let peakMegabytes = 0;
  let residentMegabytes = 0;
  const sampling = setInterval(() => {
    void readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').then(
      (status) => {
        const megabytes = (name: string) =>
          Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
        peakMegabytes = Math.max(peakMegabytes, megabytes('VmHWM'));
        residentMegabytes = megabytes('VmRSS');
      },
      () => undefined,
    );
  }, SAMPLE_EVERY_MS);

  let lines = 0;
  let last = '';
  let since = performance.now();
  const tenth = Math.ceil(files / 10);
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    lines += 1;
    if (lines === interruptAfter) child.kill('SIGINT');
    if (lines % tenth !== 0) continue;
    const now = performance.now();
    // As it goes: whoever ends a long run early has the curve so far.
    console.log(
      `  ${lines} files: ${((tenth * 1000) / (now - since)).toFixed(0)} files/s since the last line, ` +
        `${residentMegabytes.toFixed(0)} MB resident, peak ${peakMegabytes.toFixed(0)} MB`,
    );
    since = now;
  }
  const [code] = await ended;
  clearInterval(sampling);
  if (!last.startsWith('{"summary":'))
    throw new Error(`pictograph ingest ended with ${String(code)}: ${last}`);
  return { code, ...(JSON.parse(last) as { summary: Summary }), peakMegabytes };
}

function report(what: string, { code, summary, peakMegabytes }: Measured, expectedCode: number): void {
  const { added, duplicate, seconds } = summary;
  console.log(
    `${what}: ${added} added, ${duplicate} there already, ${seconds.toFixed(1)} s, ` +
      `${((added + duplicate) / seconds).toFixed(0)} files/s, ` +
      `peak ${peakMegabytes.toFixed(0)} MB resident`,
  );
  check(code === expectedCode, `It ends with ${expectedCode}, not with ${String(code)}.`);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Not so: ${what}`);
}

async function reportSizes(): Promise<void> {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const data = path.join(folder, 'data');
  const database =
    options.database === undefined
      ? await bytesIn(path.join(data, 'postgres'))
      : await databaseBytes(options.database);
  const originals = await bytesIn(path.join(data, 'originals'));
  const thumbnails = await bytesIn(path.join(data, 'thumbnails'));
  console.log(
    `database ${megabytes(database)} (${(database / files).toFixed(0)} bytes a file), originals ${megabytes(originals)}, thumbnails ${megabytes(thumbnails)}`,
  );
}

async function databaseBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return Number(rows[0]?.bytes ?? 0);
  } finally {
    await client.end();
  }
}

async function bytesIn(target: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
