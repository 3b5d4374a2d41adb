import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledModelFolder } from '../../src/clip/bundled-model.js';
import { UnreadableImageError, type Encoder } from '../../src/clip/encoder.js';
import { loadEncoder } from '../../src/clip/load-encoder.js';
import { encoderOptions } from '../support/clip-options.js';
import { drawDisc, drawDiscs } from '../support/clip-pictures.js';

let encoder: Encoder;
beforeAll(async () => {
  encoder = await loadEncoder(encoderOptions({ visionWorkers: 2 }));
});
afterAll(() => encoder.close());

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

async function encodeText(text: string): Promise<Float32Array> {
  const [vector] = await encoder.encodeTexts([text]);
  if (vector === undefined) throw new Error('no vector');
  return vector;
}

describe('the bundled model', () => {
  it('introduces itself', () => {
    expect(encoder.card).toEqual({
      name: 'pictogram-clip',
      source: 'pictogram-clip',
      revision: 'local',
      dtype: 'fp32',
      dimensions: 256,
      logitScale: 43.38501,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('puts words and pictures into one space', async () => {
    const [blue, red] = await encoder.encodeImages([await drawDisc(225), await drawDisc(0)]);
    const [toBlue, toRed] = await encoder.encodeTexts(['a blue circle', 'a red circle']);
    if (!blue || !red || !toBlue || !toRed) throw new Error('no vectors');
    expect(dot(blue, toBlue)).toBeGreaterThan(dot(blue, toRed));
    expect(dot(red, toRed)).toBeGreaterThan(dot(red, toBlue));
    expect(dot(await encodeText('car'), await encodeText('automobile'))).toBeGreaterThan(
      dot(await encodeText('car'), await encodeText('pizza')),
    );
  });

  it('is the same model as a copy of its folder, whose logit scale can be set', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pictograph-model-'));
    try {
      await cp(bundledModelFolder(), folder, { recursive: true });
      const copy = await loadEncoder(encoderOptions({ source: folder, logitScale: 12 }));
      await copy.close();
      expect(copy.card).toEqual({
        ...encoder.card,
        name: path.basename(folder),
        source: folder,
        logitScale: 12,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('vectors', () => {
  it('have length 1 and as many dimensions as the card says', async () => {
    const vectors = [
      ...(await encoder.encodeTexts(['red car', 'a', 'x'.repeat(5000), '🐱', '"', ' '])),
      ...(await encoder.encodeImages(await drawDiscs(5))),
    ];
    for (const vector of vectors) {
      expect(vector).toBeInstanceOf(Float32Array);
      expect(vector.length).toBe(encoder.card.dimensions);
      expect(dot(vector, vector)).toBeCloseTo(1, 6);
      // Nobody else's numbers lie in the same buffer.
      expect(vector.buffer.byteLength).toBe(vector.byteLength);
    }
  });

  it('of texts are the same to the last bit, alone and among others', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `${'very '.repeat(i % 7)}red thing number ${i % 30}`);
    const together = await encoder.encodeTexts(texts);
    const concurrently = await Promise.all(texts.map(encodeText));
    for (const [i, text] of texts.entries()) {
      expect(together[i], text).toEqual(await encodeText(text));
      expect(concurrently[i], text).toEqual(together[i]);
    }
  });

  it('of pictures are the same to the last bit, alone and among others', async () => {
    const pictures = await drawDiscs(40);
    const together = await encoder.encodeImages(pictures);
    expect(new Set(together.map((vector) => vector.join())).size).toBe(40);
    for (const [i, picture] of pictures.entries()) {
      const [alone] = await encoder.encodeImages([picture]);
      expect(together[i], `picture ${i}`).toEqual(alone);
    }
  });

  it('come in the order of what was asked', async () => {
    const [first, second] = await encoder.encodeTexts(['one', 'two three four']);
    const [third, fourth] = await encoder.encodeTexts(['two three four', 'one']);
    expect([first, second]).toEqual([fourth, third]);
    expect(await encoder.encodeTexts([])).toEqual([]);
    expect(await encoder.encodeImages([])).toEqual([]);
  });

  it('of texts that are too long depend on their beginning alone', async () => {
    const long = 'red car '.repeat(100);
    expect(await encodeText(long)).toEqual(await encodeText(`${long} and a blue house`));
    expect(await encodeText(long)).not.toEqual(await encodeText('red car'));
  });
});

describe('while pictures are encoded in bulk', () => {
  it('the event loop goes on, and texts do not wait for the pictures', async () => {
    const pictures = await drawDiscs(150);
    let turns = 0;
    const turn = () => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    let done = 0;
    const bulk = Promise.all(
      pictures.map(async (picture) => {
        await encoder.encodeImages([picture]);
        done++;
      }),
    );

    const doneWhenAnswered: number[] = [];
    for (let i = 0; i < 5; i++) {
      await encodeText(`a text in between, number ${i}`);
      doneWhenAnswered.push(done);
    }
    await bulk;
    clearImmediate(next);

    expect(done).toBe(150);
    expect(doneWhenAnswered.at(-1)).toBeLessThan(150);
    // Blocked by the towers, it would turn a few times a picture at best; free, it turns tens of thousands of times.
    expect(turns).toBeGreaterThan(2000);
  });

  it('a single text does not wait for a thousand of somebody else', async () => {
    const order: string[] = [];
    const labels = Array.from({ length: 1000 }, (_, i) => `a photo of label number ${i}`);
    await Promise.all([
      encoder.encodeTexts(labels).then(() => order.push('labels')),
      encodeText('red car').then(() => order.push('query')),
    ]);
    expect(order).toEqual(['query', 'labels']);
  });
});

describe('a file that is no picture', () => {
  it('is refused without harm to the others', async () => {
    const good = await drawDisc(90);
    const results = await Promise.allSettled([
      encoder.encodeImages([good]),
      encoder.encodeImages([Buffer.from('this is a text, whatever it is called')]),
      encoder.encodeImages([Buffer.alloc(0)]),
      encoder.encodeImages([good, good.subarray(0, good.length / 2)]),
      encoder.encodeImages([good]),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UnreadableImageError);
    }
    await expect(encoder.ready()).resolves.toBeUndefined();
  });
});
