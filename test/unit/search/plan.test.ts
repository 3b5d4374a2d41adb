import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors.js';
import { COUNTED_CANDIDATES, coversPage, decide, type Situation } from '../../../src/search/plan.js';

const first: Situation = {
  mode: 'AUTO',
  effort: 'NORMAL',
  skipped: 0,
  limit: 20,
  many: false,
  byDate: false,
};

describe('decide', () => {
  it('compares everything in mode EXACT, however many there are', () => {
    expect(decide({ ...first, mode: 'EXACT', many: true })).toEqual({
      strategy: 'EXACT',
      atMost: undefined,
    });
  });

  it('compares few candidates and asks for their number in the same breath', () => {
    expect(decide(first)).toEqual({ strategy: 'EXACT', atMost: COUNTED_CANDIDATES });
  });

  it('takes the index for many candidates, without counting them again', () => {
    expect(decide({ ...first, many: true })).toMatchObject({
      strategy: 'INDEX',
      countCandidates: false,
      window: { size: 200 },
    });
  });

  it('cuts all pages of the first 199 ranks from one window', () => {
    const windows = [0, 20, 100, 160, 179].map((skipped) => decide({ ...first, many: true, skipped }));
    expect(new Set(windows.map((decision) => JSON.stringify(decision))).size).toBe(1);
  });

  it('looks further with more effort, and reaches deeper', () => {
    const windows = (['LOW', 'NORMAL', 'HIGH', 'MAXIMUM'] as const).map((effort) => {
      const decision = decide({ ...first, many: true, effort });
      if (decision.strategy !== 'INDEX') throw new Error('Many candidates must take the index.');
      const { size } = decision.window;
      expect(decide({ ...first, many: true, effort, skipped: size - first.limit - 1 })).toEqual(decision);
      expect(decide({ ...first, many: true, effort, skipped: size - first.limit }).strategy).toBe('EXACT');
      expect(decide({ ...first, mode: 'INDEX', effort, skipped: 900 })).toMatchObject({
        window: { size: 1_000 },
      });
      return decision.window.efSearch;
    });
    expect(windows).toEqual([100, 200, 500, 1_000]);
  });

  it('compares everything for a page that the window does not hold, and for the match behind it', () => {
    expect(decide({ ...first, many: true, skipped: 180 })).toEqual({
      strategy: 'EXACT',
      atMost: undefined,
    });
    expect(decide({ ...first, many: true, skipped: 100_000 }).strategy).toBe('EXACT');
  });

  it('keeps ef_search at or above the window up to the limit of pgvector', () => {
    for (const skipped of [0, 100, 900]) {
      const decision = decide({ ...first, mode: 'INDEX', skipped });
      if (decision.strategy !== 'INDEX') throw new Error('Mode INDEX must take the index.');
      expect(decision.window.efSearch).toBeGreaterThanOrEqual(decision.window.size);
      expect(decision.window.efSearch).toBeLessThanOrEqual(1_000);
    }
  });

  it('takes the index in mode INDEX for few candidates too, and counts them', () => {
    expect(decide({ ...first, mode: 'INDEX' })).toMatchObject({ strategy: 'INDEX', countCandidates: true });
    expect(decide({ ...first, mode: 'INDEX', skipped: 980 })).toMatchObject({ window: { size: 1_000 } });
  });

  it('looks as far as it can for matches by date, on every page alike', () => {
    const byDate = { ...first, byDate: true };
    expect(decide(byDate)).toEqual({ strategy: 'EXACT', atMost: COUNTED_CANDIDATES });
    expect(decide({ ...byDate, mode: 'EXACT', many: true })).toEqual({
      strategy: 'EXACT',
      atMost: undefined,
    });
    const many = decide({ ...byDate, many: true });
    expect(many).toMatchObject({ strategy: 'INDEX', countCandidates: false, window: { size: 1_000 } });
    expect(decide({ ...byDate, many: true, skipped: 5_000 })).toEqual(many);
    expect(decide({ ...byDate, mode: 'INDEX', skipped: 5_000 })).toMatchObject({ countCandidates: true });
  });

  it('says how to go on where mode INDEX ends', () => {
    expect(() => decide({ ...first, mode: 'INDEX', skipped: 981 })).toThrow(RequestError);
    expect(() => decide({ ...first, mode: 'INDEX', skipped: 981 })).toThrow(
      /first 1,000 matches.*1,001.*EXACT or AUTO/s,
    );
  });
});

describe('coversPage', () => {
  const page = { limit: 2, windowSize: 4, candidates: null, minSimilarity: undefined };
  const scanned = { size: 4, furthest: 0.5, distances: [0.1, 0.2, 0.3] };

  it('accepts a page and the match behind it from inside the window', () => {
    expect(coversPage(scanned, page)).toBe(true);
  });

  it('refuses a page without the match behind it: there may be one', () => {
    expect(coversPage({ ...scanned, distances: [0.1, 0.2] }, page)).toBe(false);
    expect(coversPage({ ...scanned, distances: [] }, page)).toBe(false);
  });

  it('refuses a page that ends in a tie with the edge of the window', () => {
    expect(coversPage({ ...scanned, distances: [0.1, 0.5, 0.5] }, page)).toBe(false);
    expect(coversPage({ ...scanned, distances: [0.1, 0.2, 0.5 - 1e-9] }, page)).toBe(false);
  });

  it('refuses a window that the filter left unfilled although there are more candidates', () => {
    expect(coversPage({ ...scanned, size: 3 }, page)).toBe(false);
    expect(coversPage({ ...scanned, size: 3 }, { ...page, candidates: 30 })).toBe(false);
    expect(coversPage({ size: 0, furthest: null, distances: [] }, { ...page, candidates: 1 })).toBe(false);
  });

  it('accepts whatever comes out of a window that holds every candidate', () => {
    expect(coversPage({ ...scanned, size: 3, distances: [0.1] }, { ...page, candidates: 3 })).toBe(true);
    expect(coversPage({ size: 0, furthest: null, distances: [] }, { ...page, candidates: 0 })).toBe(true);
  });

  it('accepts a short page that the threshold ends inside the window', () => {
    const short = { ...scanned, distances: [0.1] };
    expect(coversPage(short, { ...page, minSimilarity: 0.7 })).toBe(true);
    expect(coversPage(short, { ...page, minSimilarity: 0.4 })).toBe(false);
    // Beyond the edge there may be matches of exactly the threshold.
    expect(coversPage(short, { ...page, minSimilarity: 0.5 })).toBe(false);
  });
});
