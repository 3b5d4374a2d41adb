import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SAMPLES = fileURLToPath(new URL('../samples/pictures/', import.meta.url));
const NAMES = (await readdir(SAMPLES)).sort();
const NOISE = { type: 'gaussian', mean: 128, sigma: 24 } as const;

/** A JPEG of a sample picture, enlarged and with grain, so that it has as many bytes as a photograph. */
export async function drawPhotograph(number: number, width: number, height: number): Promise<Buffer> {
  const tile = { width: Math.min(width, 512), height: Math.min(height, 512) };
  const grain = { create: { ...tile, channels: 3, background: '#000', noise: NOISE } } as const;
  return sharp(path.join(SAMPLES, NAMES[number % NAMES.length] ?? ''))
    .flatten({ background: '#fff' })
    .resize(width, height, { fit: 'cover' })
    .composite([{ input: await sharp(grain).png().toBuffer(), tile: true, blend: 'soft-light' }])
    .jpeg({ quality: 88 })
    .toBuffer();
}
