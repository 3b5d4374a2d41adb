/**
 * What makes two pictures near duplicates, measured: how far versions of a picture (smaller, recompressed, lighter, cropped) are from
 * it, in bits of the perceptual hash and in similarity of the embedding, how many of them are found at 0.95, and what different
 * pictures have in common. Prints the table of docs/duplicates.md. The baseline is in the same run: the pictures against each other.
 *
 *     npx tsx bench/duplicate-versions.ts [--pictures FOLDER] [--count 30]
 *
 * Without --pictures on the samples.
 */
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { BUNDLED_MODEL_NAME } from '../src/clip/bundled-model.js';
import { loadEncoder } from '../src/clip/load-encoder.js';
import { perceptualHash } from '../src/images/perceptual-hash.js';
import { createLogger } from '../src/log.js';
import { DEFAULT_SIMILARITY, MAX_HASH_DISTANCE } from '../src/search/duplicates.js';

interface Seen {
  readonly embedding: Float32Array;
  readonly hash: bigint | undefined;
}
interface Pair {
  readonly bits: number;
  readonly similarity: number;
}

const { values: options } = parseArgs({
  options: {
    pictures: { type: 'string', default: fileURLToPath(new URL('../samples/pictures/', import.meta.url)) },
    count: { type: 'string', default: '30' },
  },
});

type Make = (file: Buffer, size: { width: number; height: number }) => Promise<Buffer>;
const open = (file: Buffer) => sharp(file).flatten({ background: '#fff' });
const cropped =
  (shares: { left: number; others: number }): Make =>
  (file, { width, height }) => {
    const [left, side, end] = [width * shares.left, width * shares.others, height * shares.others];
    const area = {
      left: Math.round(left),
      top: Math.round(end),
      width: Math.round(width - left - side),
      height: Math.round(height - 2 * end),
    };
    return open(file).extract(area).jpeg({ quality: 90 }).toBuffer();
  };
const VERSIONS: readonly (readonly [string, Make])[] = [
  ['half as wide, JPEG', (file, { width }) => smaller(file, width / 2)],
  ['a quarter as wide, JPEG', (file, { width }) => smaller(file, width / 4)],
  ['JPEG, quality 30', (file) => open(file).jpeg({ quality: 30 }).toBuffer()],
  ['15 % lighter', (file) => open(file).modulate({ brightness: 1.15 }).jpeg({ quality: 90 }).toBuffer()],
  ['2.5 % cut off at each side', cropped({ left: 0.025, others: 0.025 })],
  ['5 % cut off at each side', cropped({ left: 0.05, others: 0.05 })],
  ['10 % cut off at the left', cropped({ left: 0.1, others: 0 })],
];

function smaller(file: Buffer, width: number): Promise<Buffer> {
  return open(file).resize(Math.round(width)).jpeg({ quality: 85 }).toBuffer();
}

const encoder = await loadEncoder({
  source: BUNDLED_MODEL_NAME,
  revision: 'main',
  dtype: 'fp32',
  // Never asked: the bundled model is a folder.
  hubEndpoint: 'https://huggingface.co',
  cacheFolder: os.tmpdir(),
  visionWorkers: 1,
  logitScale: undefined,
  imagePixels: 100_000_000,
  log: createLogger('warn'),
});
try {
  await measure();
} finally {
  await encoder.close();
}

async function measure(): Promise<void> {
  const names = (await readdir(options.pictures)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(path.join(options.pictures, name))));
  const originals = await look(files);

  const count = Math.min(Number(options.count), files.length);
  // Evenly over the folder, since its names go by what the pictures show.
  const chosen = Array.from({ length: count }, (_, index) => Math.floor((index * files.length) / count));
  console.log(`${count} of ${files.length} pictures. Half / nine in ten / all of them.\n`);
  console.log('| Version | Bits | Similarity | Found |\n|---|---|---|---|');
  for (const [name, make] of VERSIONS) {
    const versions = await Promise.all(
      chosen.map(async (index) => {
        const file = files[index] ?? Buffer.alloc(0);
        const { width, height } = (await sharp(file).metadata()).autoOrient;
        return make(await sharp(file).autoOrient().toBuffer(), { width, height });
      }),
    );
    const seen = await look(versions);
    const pairs = chosen.flatMap((index, at) => pairOf(originals[index], seen[at]));
    const bits = pairs.map((pair) => pair.bits).sort((a, b) => a - b);
    const similarities = pairs.map(({ similarity }) => similarity).sort((a, b) => b - a);
    const at = (values: readonly number[], share: number) =>
      values[Math.ceil(values.length * share) - 1] ?? Number.NaN;
    console.log(
      `| ${name} | ${at(bits, 0.5)} / ${at(bits, 0.9)} / ${at(bits, 1)} ` +
        `| ${at(similarities, 0.5).toFixed(3)} / ${at(similarities, 0.9).toFixed(3)} | ${pairs.filter(isDuplicate).length} |`,
    );
  }

  const different = originals.flatMap((one, index) =>
    originals.slice(index + 1).flatMap((other, offset) =>
      pairOf(one, other).map((pair) => ({
        ...pair,
        names: `${names[index] ?? ''}, ${names[index + 1 + offset] ?? ''}`,
      })),
    ),
  );
  console.log(
    `\n${different.length} pairs of different pictures, ${different.filter(isDuplicate).length} of them taken for near duplicates; ` +
      `the fewest bits between two are ${Math.min(...different.map(({ bits }) => bits))}. The most similar:`,
  );
  for (const { names: both, similarity, bits } of different
    .toSorted((a, b) => b.similarity - a.similarity)
    .slice(0, 3))
    console.log(`  ${similarity.toFixed(3)}, ${bits} bits: ${both}`);
}

async function look(files: readonly Buffer[]): Promise<Seen[]> {
  const embeddings = await encoder.encodeImages(files);
  return Promise.all(
    embeddings.map(async (embedding, index) => ({
      embedding,
      hash: await perceptualHash(files[index] ?? Buffer.alloc(0)),
    })),
  );
}

/** Nothing where one of the two is of a single colour, which has no hash. */
function pairOf(one: Seen | undefined, other: Seen | undefined): Pair[] {
  if (one?.hash === undefined || other?.hash === undefined) return [];
  let bits = 0;
  for (let differing = BigInt.asUintN(64, one.hash ^ other.hash); differing > 0n; differing >>= 1n)
    bits += Number(differing & 1n);
  const similarity = one.embedding.reduce(
    (sum, value, index) => sum + value * (other.embedding[index] ?? 0),
    0,
  );
  return [{ bits, similarity }];
}

function isDuplicate({ bits, similarity }: Pair): boolean {
  return bits <= MAX_HASH_DISTANCE && similarity >= DEFAULT_SIMILARITY;
}
