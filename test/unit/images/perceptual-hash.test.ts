import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { perceptualHash } from '../../../src/images/perceptual-hash.js';

const PICTURES = new URL('../../../samples/pictures/', import.meta.url);
const sample = (name: string) => readFile(new URL(name, PICTURES));

async function hashOf(file: Uint8Array): Promise<bigint> {
  const hash = await perceptualHash(file);
  if (hash === undefined) throw new Error('The picture has no hash.');
  return hash;
}

/** In how many of 64 bits two hashes differ. */
function distance(one: bigint, other: bigint): number {
  return BigInt.asUintN(64, one ^ other)
    .toString(2)
    .replaceAll('0', '').length;
}

describe('a perceptual hash', () => {
  it.each<[string, (picture: Sharp) => Sharp]>([
    ['of half the size', (picture) => picture.resize(120)],
    ['compressed hard', (picture) => picture.flatten({ background: '#fff' }).jpeg({ quality: 30 })],
    ['as WebP', (picture) => picture.webp({ quality: 70 })],
    ['lighter', (picture) => picture.flatten({ background: '#fff' }).modulate({ brightness: 1.1 })],
    ['on white instead of transparent', (picture) => picture.flatten({ background: '#fff' })],
  ])('is nearly that of the same picture %s', async (_, change) => {
    for (const name of ['castle.webp', 'bicycle.jpg', 'pizza.png']) {
      const file = await sample(name);
      const changed = await change(sharp(file)).toBuffer();
      expect(distance(await hashOf(file), await hashOf(changed)), name).toBeLessThanOrEqual(8);
    }
  });

  it('is another for another picture', async () => {
    const names = ['automobile.jpg', 'palm-tree.webp', 'pizza.png', 'castle.webp'];
    const hashes = await Promise.all(names.map(async (name) => hashOf(await sample(name))));
    for (const [index, hash] of hashes.entries()) {
      for (const other of hashes.slice(index + 1)) expect(distance(hash, other)).toBeGreaterThan(8);
    }
  });

  it('is that of the picture as it is seen, whatever EXIF says of its orientation', async () => {
    const upright = await sharp(await sample('castle.webp'))
      .flatten({ background: '#fff' })
      .png()
      .toBuffer();
    const lying = await sharp(upright)
      .rotate(90)
      .jpeg({ quality: 95 })
      .withMetadata({ orientation: 8 })
      .toBuffer();
    expect(distance(await hashOf(upright), await hashOf(lying))).toBeLessThanOrEqual(4);
  });

  it('fits the database: 64 bits with a sign', async () => {
    const hash = await hashOf(await sample('castle.webp'));
    expect(BigInt.asIntN(64, hash)).toBe(hash);
  });

  it('is missing where a picture has but one colour', async () => {
    const plain = sharp({ create: { width: 200, height: 90, channels: 3, background: '#8a2be2' } });
    expect(await perceptualHash(await plain.jpeg().toBuffer())).toBeUndefined();
  });
});
