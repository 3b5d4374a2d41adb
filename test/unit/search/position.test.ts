import { describe, expect, it } from 'vitest';
import {
  canonicalFilter,
  checkPosition,
  digestOf,
  filterDigest,
  type SearchIdentity,
} from '../../../src/search/position.js';

const identity: SearchIdentity = {
  fingerprint: 'f'.repeat(64),
  query: Uint8Array.of(1, 2, 3),
  filter: { tagsAny: ['a', 'b'], createdFrom: new Date('2026-01-01T00:00:00Z') },
  minSimilarity: 0.2,
  excludeId: undefined,
  orderBy: undefined,
  diversity: undefined,
};

describe('digestOf', () => {
  it('is equal for searches that mean the same', () => {
    const same = { createdFrom: new Date('2026-01-01T00:00:00.000Z'), tagsAny: ['b', 'a', 'b'] };
    expect(digestOf({ ...identity, filter: same })).toBe(digestOf(identity));
  });

  it.each<[string, Partial<SearchIdentity>]>([
    ['query', { query: Uint8Array.of(1, 2, 4) }],
    ['model', { fingerprint: 'e'.repeat(64) }],
    ['filter', { filter: { tagsAny: ['a'] } }],
    ['kind of filter', { filter: { tagsAll: ['a', 'b'], createdFrom: new Date('2026-01-01T00:00:00Z') } }],
    ['threshold', { minSimilarity: undefined }],
    ['excluded image', { excludeId: 1 }],
    ['order', { orderBy: { field: 'TAKEN_AT', direction: 'ASC' } }],
    ['diversity', { diversity: 0.3 }],
  ])('differs by %s', (_what, change) => {
    expect(digestOf({ ...identity, ...change })).not.toBe(digestOf(identity));
  });

  it('tells a filter that matches nothing from none', () => {
    expect(canonicalFilter({ ids: [] })).not.toBe(canonicalFilter({}));
  });
});

describe('checkPosition', () => {
  const digest = digestOf(identity);
  const position = { distance: 0.7421875, id: 17, rank: 20, digest };

  it('accepts what was handed out', () => {
    expect(() => {
      checkPosition(position, digest);
    }).not.toThrow();
  });

  it('accepts a date, and that it is not known', () => {
    for (const date of ['0001-01-01T00:00:00.000Z', '2026-11-24T01:00:00.123Z', null]) {
      expect(() => {
        checkPosition({ ...position, date }, digest);
      }).not.toThrow();
    }
  });

  it('refuses a cursor of another search and says what to do', () => {
    expect(() => {
      checkPosition({ ...position, digest: 'another' }, digest);
    }).toThrow(/belongs to another search.*Start again without `after`/);
  });

  it.each<[string, Partial<SearchIdentity>]>([
    ['query differs', { query: Uint8Array.of(4) }],
    ['query differs', { excludeId: 3 }],
    ['filter differs', { filter: {} }],
    ['settings \\(minSimilarity, .* differs', { minSimilarity: 0.3 }],
    ['settings \\(minSimilarity, .* differs', { minStandardScore: 3 }],
    ['settings \\(minSimilarity, .* differs', { readySince: new Date(0) }],
    // Another model gives another vector for the same query.
    ['model differs', { fingerprint: 'e'.repeat(64), query: Uint8Array.of(4) }],
    ['query and filter differ', { query: Uint8Array.of(4), filter: {} }],
    ['query and settings .* differ', { hybridText: 'red car', query: Uint8Array.of(4) }],
  ])('says that the %s', (what, change) => {
    expect(() => {
      checkPosition({ ...position, digest: digestOf({ ...identity, ...change }) }, digest);
    }).toThrow(new RegExp(`another search: its ${what} from this one's\\.`));
  });

  it.each([
    { distance: Number.NaN },
    { distance: -0.1 },
    { distance: 2.1 },
    { id: 0 },
    { id: 1.5 },
    { id: 2 ** 53 },
    { rank: 0 },
    { rank: -5 },
    { rank: 2 ** 31 },
    { rank: 1.5 },
    { date: 'yesterday' },
    { date: '2026-11-24' },
    { date: '0000-12-31T00:00:00.000Z' },
  ])('refuses the impossible place %j', (change) => {
    expect(() => {
      checkPosition({ ...position, ...change }, digest);
    }).toThrow(/names a place that no search has/);
  });
});

describe('the digest of a filter', () => {
  it('is the same for filters that mean the same', () => {
    expect(filterDigest({ tagsAll: ['a', 'b'], ids: [10, 9] })).toBe(
      filterDigest({ ids: [9, 10], tagsAll: ['b', 'a'] }),
    );
    expect(filterDigest({ or: [{ tagsAll: ['a', 'b'] }, { ids: [1] }], not: { tagsAny: ['c', 'd'] } })).toBe(
      filterDigest({ not: { tagsAny: ['d', 'c'] }, or: [{ ids: [1] }, { tagsAll: ['b', 'a'] }] }),
    );
  });

  it('takes no more text for a filter because it lies deep', () => {
    const metadata = JSON.stringify({ text: '"'.repeat(1_000) });
    const deep = { not: { not: { or: [{ not: { metadata } }] } } };
    expect(canonicalFilter(deep).length).toBeLessThan(canonicalFilter({ metadata }).length + 100);
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
      { and: [{ tagsAll: ['a'] }, { tagsAll: ['b'] }] },
      { or: [{ tagsAll: ['a'] }, { tagsAll: ['b'] }] },
      { or: [{ tagsAll: ['a'] }, { not: { tagsAll: ['b'] } }] },
      { not: { tagsAll: ['a'] } },
      { not: {} },
      { or: [] },
      { and: [] },
    ];
    expect(new Set(filters.map(filterDigest)).size).toBe(filters.length);
  });
});
