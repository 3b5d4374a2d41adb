import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Encoder } from '../../src/clip/encoder.js';
import { loadEncoder } from '../../src/clip/load-encoder.js';
import { encoderOptions } from '../support/clip-options.js';

const folder = path.resolve(import.meta.dirname, '../../samples');
const collection = z.object({ pictures: z.array(z.object({ file: z.string(), name: z.string() })) });

/** The real encoder with the bundled model over the whole sample collection; no database. */
describe('the bundled model on the sample collection', () => {
  let encoder: Encoder;
  let pictures: z.infer<typeof collection>['pictures'];
  let embeddings: Float32Array[];

  beforeAll(async () => {
    encoder = await loadEncoder(encoderOptions());
    pictures = collection.parse(
      JSON.parse(await readFile(path.join(folder, 'collection.json'), 'utf8')),
    ).pictures;
    embeddings = await encoder.encodeImages(
      await Promise.all(pictures.map(({ file }) => readFile(path.join(folder, file)))),
    );
  });

  afterAll(async () => {
    await encoder.close();
  });

  /** Names of all pictures for each text, most similar first. */
  async function rankings(texts: readonly string[]): Promise<string[][]> {
    return (await encoder.encodeTexts(texts)).map((text) =>
      pictures
        .map(({ name }, index) => ({ name, similarity: dot(text, embeddings[index] ?? new Float32Array()) }))
        .toSorted((one, other) => other.similarity - one.similarity)
        .map(({ name }) => name),
    );
  }

  /** The share of pictures whose name, put into the template, finds them or their twin among the first. */
  async function recall(template: string, first: number): Promise<number> {
    const found = (await rankings(pictures.map(({ name }) => template.replace('{}', name)))).filter(
      (ranking, index) => ranking.slice(0, first).includes(pictures[index]?.name ?? ''),
    );
    return found.length / pictures.length;
  }

  test.for(['{}', 'a picture of a {}'])('finds pictures by their names: "%s"', async (template) => {
    expect(await recall(template, 1)).toBeGreaterThanOrEqual(0.9);
    expect(await recall(template, 5)).toBeGreaterThanOrEqual(0.97);
  });

  test('finds the red cars first for "red car", before red things and other cars', async () => {
    const [ranking = []] = await rankings(['red car']);
    expect(ranking.slice(0, 2)).toEqual(['automobile', 'automobile']);
  });
});

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}
