import { describe, expect, it } from 'vitest';
import { toGlobalId } from '../../../src/graphql/global-ids.js';
import { filterDigest, parseImageFilter } from '../../../src/graphql/image-filter.js';

describe('the image filter', () => {
  it('becomes plain conditions, without what was left out or null', () => {
    expect(parseImageFilter(null)).toEqual({});
    expect(parseImageFilter({ ids: null, status: null, tagsAll: null, createdAt: null })).toEqual({});
    expect(parseImageFilter({ createdAt: { from: null } })).toEqual({});
    const from = new Date('2026-01-01T00:00:00Z');
    expect(
      parseImageFilter({
        ids: [toGlobalId('Image', 3), toGlobalId('Image', 3)],
        status: ['READY', 'READY'],
        tagsAny: ['a', 'b', 'a'],
        tagsNone: [],
        mediaType: ['image/png'],
        createdAt: { from, before: null },
      }),
    ).toEqual({
      ids: [3],
      status: ['READY'],
      tagsAny: ['a', 'b'],
      tagsNone: [],
      mediaType: ['image/png'],
      createdFrom: from,
    });
  });
});

describe('the digest of a filter', () => {
  it('is the same for filters that mean the same', () => {
    expect(filterDigest({ tagsAll: ['a', 'b'], ids: [10, 9] })).toBe(
      filterDigest({ ids: [9, 10], tagsAll: ['b', 'a'] }),
    );
  });

  it('differs for filters that do not', () => {
    const filters = [
      {},
      { tagsAll: [] },
      { tagsAny: [] },
      { tagsAll: ['a'] },
      { tagsAny: ['a'] },
      { tagsAll: ['a', 'b'] },
      { tagsAll: ['a,b'] },
      { tagsAll: ['a"', 'b'] },
      { createdFrom: new Date(1) },
      { createdBefore: new Date(1) },
      { createdFrom: new Date(2) },
      { status: ['READY'] as const },
    ];
    expect(new Set(filters.map(filterDigest)).size).toBe(filters.length);
  });
});
