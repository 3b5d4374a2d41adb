import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/search/duplicate-groups.js';

const pair = (earlierId: number, laterId: number, similarity = 0.96) => ({ earlierId, laterId, similarity });

describe('pairs become groups', () => {
  it('that hold everything that is connected, directly or by way of others', () => {
    expect(connect([pair(3, 9, 0.99), pair(1, 4), pair(4, 9, 0.97), pair(5, 6, 1)])).toEqual([
      { imageIds: [1, 3, 4, 9], bestSimilarity: 0.99 },
      { imageIds: [5, 6], bestSimilarity: 1 },
    ]);
  });

  it('whatever the order of the pairs', () => {
    const chain = Array.from({ length: 60 }, (_, index) => pair(index + 1, index + 2));
    const scattered = chain.map((_, index) => chain[(index * 37) % chain.length] ?? pair(1, 2));
    expect(connect(scattered)).toEqual(connect(chain));
    expect(connect(chain)).toEqual([
      { imageIds: Array.from({ length: 61 }, (_, index) => index + 1), bestSimilarity: 0.96 },
    ]);
  });

  it('of which there are none without pairs', () => {
    expect(connect([])).toEqual([]);
  });
});
