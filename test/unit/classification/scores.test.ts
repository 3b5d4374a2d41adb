import { describe, expect, it } from 'vitest';
import { scoreLabels } from '../../../src/classification/scores.js';

const IMAGE = Float32Array.of(1, 0);

/** A label at the given cosine similarity to IMAGE. */
function labelAt(label: string, similarity: number, background = 0.25) {
  return { label, embedding: towards(similarity), background: towards(background) };
}
function towards(similarity: number): Float32Array {
  return Float32Array.of(similarity, Math.sqrt(1 - similarity ** 2));
}

describe('exclusive scores', () => {
  it('are the softmax of logit scale × similarity, best first', () => {
    const scores = scoreLabels(IMAGE, [labelAt('cat', 0.2), labelAt('dog', 0.3)], 10, false);
    expect(scores.map(({ label }) => label)).toEqual(['dog', 'cat']);
    expect(scores[0]?.score).toBeCloseTo(Math.E / (Math.E + 1), 5);
    expect(scores[0]?.similarity).toBeCloseTo(0.3, 6);
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
  });

  it('stay finite at the largest scale, and rank what is indistinguishable from 0', () => {
    const labels = [labelAt('c', -0.9), labelAt('a', 1), labelAt('b', -0.5)];
    const scores = scoreLabels(IMAGE, labels, 1_000, false);
    expect(scores.map(({ label, score }) => [label, score])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 0],
    ]);
  });

  it('keep the order given for equal labels', () => {
    const labels = ['z', 'a', 'm'].map((label) => labelAt(label, 0.2));
    expect(scoreLabels(IMAGE, labels, 100, false).map(({ label }) => label)).toEqual(['z', 'a', 'm']);
  });
});

describe('independent scores', () => {
  it('are below 0.5 for a label that says no more than a neutral prompt, wherever that lies', () => {
    for (const level of [-0.1, 0.2, 0.3]) {
      const [score] = scoreLabels(IMAGE, [labelAt('cat', level, level)], 100, true);
      expect(score?.score).toBeCloseTo(0.25, 12);
    }
  });

  it('are 0.5 where the label explains the image three times better', () => {
    const [score] = scoreLabels(IMAGE, [labelAt('cat', 0.25 + Math.log(3) / 100)], 100, true);
    expect(score?.score).toBeCloseTo(0.5, 5);
  });

  it('do not depend on the other labels', () => {
    const [alone] = scoreLabels(IMAGE, [labelAt('cat', 0.28)], 100, true);
    const among = scoreLabels(
      IMAGE,
      [labelAt('dog', 0.3), labelAt('cat', 0.28), labelAt('cow', 0.1)],
      100,
      true,
    );
    expect(among[1]).toEqual(alone);
    expect(alone?.score).toBeCloseTo(1 / (1 + 3 * Math.exp(-3)), 4);
    expect(among[2]?.score).toBeLessThan(1e-6);
  });

  it('stay within 0 and 1 at the largest scale', () => {
    const scores = scoreLabels(IMAGE, [labelAt('a', 1, -1), labelAt('b', -1, 1)], 1_000, true);
    expect(scores.map(({ score }) => score)).toEqual([1, 0]);
  });
});
