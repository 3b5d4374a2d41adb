import { describe, expect, it } from 'vitest';
import { toGlobalId } from '../../../src/graphql/global-ids.js';
import { parseImageFilter } from '../../../src/graphql/image-filter.js';

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

describe('the filter by place', () => {
  it.each([
    [{ near: { latitude: 91, longitude: 0, radiusKm: 1 } }, /latitude 91/],
    [{ near: { latitude: 0, longitude: 181, radiusKm: 1 } }, /longitude 181/],
    [{ near: { latitude: 0, longitude: 0, radiusKm: 0 } }, /radius is more than 0/],
    [{ near: { latitude: 0, longitude: 0, radiusKm: 30_000 } }, /at most 20038/],
    [{ box: { south: 2, west: 0, north: 1, east: 1 } }, /Exchange them/],
    [{ box: { south: -91, west: 0, north: 1, east: 1 } }, /latitude -91/],
  ])('refuses %j', (location, message) => {
    expect(() => parseImageFilter({ location })).toThrow(message);
  });

  it('keeps what is given, and zero is something', () => {
    expect(
      parseImageFilter({
        takenAt: { from: new Date(0), before: null },
        width: { min: 0, max: null },
        filename: '',
        metadata: { a: [1] },
        hasLocation: false,
        location: { box: { south: -1, west: 170, north: 1, east: -170 } },
      }),
    ).toEqual({
      takenFrom: new Date(0),
      widthMin: 0,
      filename: '',
      metadata: '{"a":[1]}',
      hasLocation: false,
      box: { south: -1, west: 170, north: 1, east: -170 },
    });
  });

  it('refuses metadata that is no object', () => {
    expect(() => parseImageFilter({ metadata: [1] })).toThrow(/`filter.metadata`.*JSON object/);
  });
});

describe('filters within a filter', () => {
  it('are parsed as the outer one is, without what was left out', () => {
    const id = toGlobalId('Image', 3);
    expect(
      parseImageFilter({
        and: [{ ids: [id] }, { or: null }],
        or: [{ takenAt: { from: null } }, { not: { tagsAny: ['a', 'a'] } }],
        not: { metadata: { a: 1 } },
      }),
    ).toEqual({
      and: [{ ids: [3] }, {}],
      or: [{}, { not: { tagsAny: ['a'] } }],
      not: { metadata: '{"a":1}' },
    });
    expect(parseImageFilter({ and: null, or: null, not: null })).toEqual({});
    expect(parseImageFilter({ and: [], or: [] })).toEqual({ and: [], or: [] });
    expect(() => parseImageFilter({ not: { or: [{ metadata: [1] }] } })).toThrow(/JSON object/);
  });

  it('are bounded in depth and number', () => {
    const nested = (levels: number): NonNullable<Parameters<typeof parseImageFilter>[0]> =>
      levels === 0 ? { tagsAny: ['a'] } : { not: nested(levels - 1) };
    expect(parseImageFilter(nested(5))).toEqual(nested(5));
    expect(() => parseImageFilter(nested(6))).toThrow(/more than 5 levels deep/);
    expect(() => parseImageFilter(nested(10_000))).toThrow(/more than 5 levels deep/);
    const wide = (count: number) => ({ or: Array.from({ length: count }, () => ({ tagsAny: ['a'] })) });
    expect(parseImageFilter(wide(49)).or).toHaveLength(49);
    expect(() => parseImageFilter(wide(50))).toThrow(/more than 50 filters in all/);
    expect(() => parseImageFilter({ and: [wide(24), wide(24)] })).toThrow(/more than 50 filters in all/);
  });
});
