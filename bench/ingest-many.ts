/**
 * `pictograph ingest` on many tiny files: files a second, and the peak of resident memory, for the first run, which embeds each
 * file, and for the same command again, which only hashes them.
 *
 *     npm run build && npx tsx bench/ingest-many.ts [--files 2000] [--database postgres://…]
 *
 * Memory is bounded when the peak does not grow with the number of files. Without --database on an embedded database in a
 * temporary folder. With it, in an empty database. Reads the peak from /proc: Linux only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

const FILES_IN_A_FOLDER = 1000;
const SAMPLE_EVERY_MS = 500;
const PROGRAM = fileURLToPath(new URL('../bin/pictograph.js', import.meta.url));

const { values: options } = parseArgs({
  options: { files: { type: 'string', default: '2000' }, database: { type: 'string' } },
});
const files = Number(options.files);
const folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-bench-'));
try {
  const pictures = path.join(folder, 'pictures');
  await writePictures(pictures, files);
  report('first run', await ingest(pictures));
  report('the same again', await ingest(pictures));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Tiny PNGs of the same pixels and different bytes: a comment tells them apart, so that writing 100,000 takes seconds. */
async function writePictures(target: string, count: number): Promise<void> {
  const background = { r: 200, g: 40, b: 60 };
  const png = await sharp({ create: { width: 16, height: 16, channels: 3, background } })
    .png()
    .toBuffer();
  const end = png.length - 12;
  for (let i = 0; i < count; i++) {
    const inner = path.join(target, String(Math.floor(i / FILES_IN_A_FOLDER)));
    if (i % FILES_IN_A_FOLDER === 0) await mkdir(inner, { recursive: true });
    const body = Buffer.from(`tEXtComment\0${i}`, 'latin1');
    const chunk = Buffer.alloc(body.length + 8);
    chunk.writeUInt32BE(body.length - 4, 0);
    body.copy(chunk, 4);
    chunk.writeUInt32BE(crc32(body), body.length + 4);
    await writeFile(
      path.join(inner, `${i}.png`),
      Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]),
    );
  }
}

interface Measured {
  readonly summary: { readonly added: number; readonly duplicate: number; readonly seconds: number };
  readonly peakMegabytes: number;
}

async function ingest(pictures: string): Promise<Measured> {
  const reportFile = path.join(folder, 'report.jsonl');
  const child = spawn(process.execPath, [PROGRAM, 'ingest', '--report', reportFile, pictures], {
    env: {
      ...process.env,
      PICTOGRAPH_DATA: path.join(folder, 'data'),
      CLIP_MODEL: 'pictogram-clip',
      ...(options.database !== undefined && { DATABASE_URL: options.database }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMegabytes = 0;
  const sampling = setInterval(() => {
    void readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').then(
      (status) => {
        peakMegabytes = Math.max(peakMegabytes, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
      },
      () => undefined,
    );
  }, SAMPLE_EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  const last = (await readFile(reportFile, 'utf8')).trim().split('\n').at(-1) ?? '';
  if (code !== 0) throw new Error(`pictograph ingest ended with ${String(code)}: ${last}`);
  return { ...(JSON.parse(last) as Pick<Measured, 'summary'>), peakMegabytes };
}

function report(what: string, { summary, peakMegabytes }: Measured): void {
  const { added, duplicate, seconds } = summary;
  console.log(
    `${what}: ${added} added, ${duplicate} there already, ${seconds.toFixed(1)} s, ` +
      `${((added + duplicate) / seconds).toFixed(0)} files/s, peak ${peakMegabytes.toFixed(0)} MB resident`,
  );
}
