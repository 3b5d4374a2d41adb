import { describe, expect, it } from 'vitest';
import { diversify } from '../../../src/search/diversify.js';

/** Two that are alike, a third that is a little different, and one that is quite different and the least similar. */
const candidates = [
  { name: 'a', similarity: 0.9, embedding: Float32Array.of(1, 0) },
  { name: 'twin of a', similarity: 0.89, embedding: Float32Array.of(1, 0) },
  { name: 'b', similarity: 0.7, embedding: Float32Array.of(0.8, 0.6) },
  { name: 'c', similarity: 0.5, embedding: Float32Array.of(0, 1) },
];
const names = (diversity: number, limit = 4) =>
  diversify(candidates, diversity, limit).map(({ name }) => name);

describe('diversify', () => {
  it('leaves the order alone at 0', () => {
    expect(names(0)).toEqual(['a', 'twin of a', 'b', 'c']);
  });

  it('weighs likeness against similarity', () => {
    // After a, at 0.5: the twin has 0.445 − 0.5 = −0.055, b 0.35 − 0.4 = −0.05, c 0.25 − 0 = 0.25.
    // After c: the twin −0.055 still, b 0.35 − 0.5 × max(0.8, 0.6) = −0.05.
    expect(names(0.5)).toEqual(['a', 'c', 'b', 'twin of a']);
    // At 0.1: the twin 0.801 − 0.1 = 0.701, b 0.63 − 0.08 = 0.55.
    expect(names(0.1)).toEqual(['a', 'twin of a', 'b', 'c']);
  });

  it('begins with the most similar even at 1, and goes on with what is least like those before', () => {
    expect(names(1)).toEqual(['a', 'c', 'b', 'twin of a']);
  });

  it('makes a shorter list the beginning of a longer one, and is content with fewer', () => {
    expect(names(0.5, 2)).toEqual(names(0.5).slice(0, 2));
    expect(names(0.5, 100)).toHaveLength(4);
    expect(diversify([], 0.5, 3)).toEqual([]);
  });
});
