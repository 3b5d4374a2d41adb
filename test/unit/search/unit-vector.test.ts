import { describe, expect, it } from 'vitest';
import { dotProduct, meanDirection, unitVector } from '../../../src/search/unit-vector.js';

describe('unitVector', () => {
  it.each([[[3, 4]], [[3e200, 4e200]], [[3e-320, 4e-320]]])('brings %j to length 1', (values) => {
    const [x, y] = unitVector(values) ?? [];
    expect(x).toBeCloseTo(0.6, 3);
    expect(y).toBeCloseTo(0.8, 3);
  });

  it('has no answer for the zero vector and for what is not finite', () => {
    expect(unitVector([0, 0, -0])).toBeUndefined();
    expect(unitVector([])).toBeUndefined();
    expect(unitVector([1, Number.NaN])).toBeUndefined();
    expect(unitVector([1, Number.POSITIVE_INFINITY])).toBeUndefined();
  });
});

describe('dotProduct', () => {
  it('refuses vectors of different models', () => {
    expect(dotProduct(Float32Array.of(1, 2), Float32Array.of(3, 4))).toBe(11);
    expect(() => dotProduct(Float32Array.of(1, 2), Float32Array.of(3))).toThrow(/2 and 1 dimensions/);
  });
});

describe('meanDirection', () => {
  it('averages directions and returns a unit vector', () => {
    const mean = meanDirection([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    expect([...mean]).toEqual([expect.closeTo(Math.SQRT1_2, 6), expect.closeTo(Math.SQRT1_2, 6)]);
  });

  it('has no answer for vectors that cancel out', () => {
    expect(() => meanDirection([Float32Array.of(1, 0), Float32Array.of(-1, 0)])).toThrow(RangeError);
  });
});
