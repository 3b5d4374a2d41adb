import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClassification } from '../../src/classification/create-classification.js';
import type { Classification } from '../../src/classification/classification.js';
import type { Encoder } from '../../src/clip/encoder.js';
import { loadEncoder } from '../../src/clip/load-encoder.js';
import { encoderOptions } from '../support/clip-options.js';
import { openSearchCollection, type SearchCollection } from '../support/search-collection.js';
import { insertEmbeddedImages } from '../support/vectors.js';

const SAMPLES = path.resolve(import.meta.dirname, '../../samples');
const TEMPLATES = ['a photo of a {label}'];
const collectionFile = z.object({ pictures: z.array(z.object({ file: z.string(), name: z.string() })) });

let encoder: Encoder;
let collection: SearchCollection;
let classification: Classification;
let pictures: { name: string; embedding: Float32Array }[];

beforeAll(async () => {
  encoder = await loadEncoder(encoderOptions());
  collection = await openSearchCollection(encoder);
  const { textEmbeddings } = collection;
  classification = createClassification({ textEmbeddings, encoder, logitScale: encoder.card.logitScale });
  const listed = collectionFile.parse(
    JSON.parse(await readFile(path.join(SAMPLES, 'collection.json'), 'utf8')),
  );
  const files = await Promise.all(listed.pictures.map(({ file }) => readFile(path.join(SAMPLES, file))));
  const embeddings = await Promise.all(files.map((file) => classification.embedImage(file)));
  pictures = listed.pictures.map(({ name }, index) => ({
    name,
    embedding: embeddings[index] ?? new Float32Array(),
  }));
});
afterAll(async () => {
  await collection.drop();
  await encoder.close();
});

async function classify(
  picture: string,
  labels: readonly string[],
  independent = false,
  templates = TEMPLATES,
) {
  const found = pictures.find(({ name }) => name === picture);
  if (found === undefined) throw new Error(`There is no sample called ${picture}.`);
  const embedded = await classification.embedLabels({ labels, templates, independent });
  return classification.score(found.embedding, embedded, independent);
}

describe('exclusive labels', () => {
  it('tell pictures apart', async () => {
    const labels = ['banana', 'bicycle', 'castle', 'cow'];
    for (const picture of labels) {
      const scores = await classify(picture, labels);
      expect(scores[0]?.label).toBe(picture);
      expect(scores[0]?.score).toBeGreaterThan(0.5);
      expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 9);
    }
  });

  it('come back as they were given', async () => {
    const scores = await classify('banana', ['  Banana ', 'bicycle']);
    expect(scores.map(({ label }) => label)).toEqual(['  Banana ', 'bicycle']);
  });

  it('average several templates into one class embedding of length 1', async () => {
    const templates = ['a photo of a {label}', 'a drawing of a {label}', '{label}'];
    const [label] = await classification.embedLabels({ labels: ['banana'], templates, independent: false });
    const prompts = await encoder.encodeTexts(['a photo of a banana', 'a drawing of a banana', 'banana']);
    const sum = Float64Array.from(label?.embedding ?? [], (_, index) =>
      prompts.reduce((total, prompt) => total + (prompt[index] ?? 0), 0),
    );
    const norm = Math.hypot(...sum);
    for (const [index, value] of label?.embedding.entries() ?? []) {
      expect(value).toBeCloseTo((sum[index] ?? 0) / norm, 5);
    }
    expect(Math.hypot(...(label?.embedding ?? []))).toBeCloseTo(1, 5);
  });
});

describe('independent labels', () => {
  it('separate what is in a picture from what is not, each by itself', async () => {
    const absent = ['submarine', 'dinosaur', 'wedding', 'toaster', 'skeleton'];
    let hits = 0;
    let falseAlarms = 0;
    for (const { name } of pictures) {
      for (const { label, score } of await classify(name, [name, ...absent], true)) {
        if (score < 0.5) continue;
        if (label === name) hits++;
        else falseAlarms++;
      }
    }
    // Measured: every name, and 8.5 % of what is absent.
    expect(hits / pictures.length).toBeGreaterThan(0.95);
    expect(falseAlarms / (pictures.length * absent.length)).toBeLessThan(0.12);
  });

  it('may all hold, or none', async () => {
    const both = await classify('dog', ['dog', 'animal'], true);
    expect(both.every(({ score }) => score > 0.5)).toBe(true);
    const neither = await classify('dog', ['toaster', 'wedding'], true);
    expect(neither.every(({ score }) => score < 0.5)).toBe(true);
  });
});

describe('requests', () => {
  it('encode every prompt once ever', async () => {
    const count = async () => {
      const { rows } = await collection.database.pool.query<{ n: number }>(
        'SELECT count(*)::integer AS n FROM text_embeddings',
      );
      return rows[0]?.n ?? 0;
    };
    await classify('dog', ['once', 'twice']);
    const before = await count();
    await classify('cow', ['twice', 'once'], true);
    await classify('cow', ['once', 'thrice']);
    expect(await count()).toBe(before + 1);
  });

  it.each<[string, string[], string[], RegExp]>([
    ['no labels', [], TEMPLATES, /from 1 to 100 labels, not 0/],
    ['an empty label', ['a', ' '], TEMPLATES, /Label 2 is empty/],
    ['a label twice', ['a', 'b', ' b'], TEMPLATES, /Labels 2 and 3 are both "b"/],
    ['no templates', ['a'], [], /from 1 to 20 templates, not 0/],
    ['a template without a place for the label', ['a'], ['a photo'], /has no {label}/],
  ])('are refused for %s', async (_what, labels, templates, message) => {
    const refused = classification.embedLabels({ labels, templates, independent: false });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('are refused for bytes that are no image', async () => {
    await expect(classification.embedImage(Buffer.from('not an image'))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/^The image cannot be decoded\. /) as string,
    });
  });
});

describe('search by meaning', () => {
  it('puts the picture first that the words name', async () => {
    const ids = await insertEmbeddedImages(
      collection.database.pool,
      collection.model.id,
      pictures.map(({ embedding }) => embedding),
    );
    const nameOf = new Map(ids.map((id, index) => [id, pictures[index]?.name]));
    for (const mode of ['AUTO', 'INDEX'] as const) {
      for (const text of ['banana', 'bicycle', 'castle', 'cow']) {
        const result = await collection.search.search({
          query: { kind: 'text', text: `a ${text}` },
          filter: {},
          limit: 3,
          mode,
        });
        expect(nameOf.get(result.matches[0]?.imageId ?? 0)).toContain(text);
      }
    }
  });
});
