import { describe, expect, it } from 'vitest';
import { sphericalKMeans } from '../../../src/search/spherical-k-means.js';
import { gaussian, seededRandom, unit } from '../../support/vectors.js';

const DIMENSIONS = 24;

/** Vectors around the first so many axes, in turns. */
function around(axes: number, count: number, noise: number): Float32Array {
  const random = seededRandom(5);
  const values = new Float32Array(count * DIMENSIONS);
  for (let index = 0; index < count; index++) {
    const vector = Array.from(
      { length: DIMENSIONS },
      (_, place) => (place === index % axes ? 1 : 0) + noise * gaussian(random),
    );
    values.set(unit(vector), index * DIMENSIONS);
  }
  return values;
}
const cluster = (values: Float32Array, k: number) => sphericalKMeans({ values, dimensions: DIMENSIONS }, k);

describe('spherical k-means', () => {
  it('finds groups that are there', () => {
    const { clusterOf, centroids, similarityOf } = cluster(around(6, 300, 0.05), 6);
    const together = (a: number, b: number) => clusterOf[a] === clusterOf[b];
    for (let index = 6; index < 300; index++) expect(together(index, index % 6)).toBe(true);
    expect(new Set(clusterOf).size).toBe(6);
    for (let index = 0; index < 6; index++) {
      const own = (clusterOf[index] ?? 0) * DIMENSIONS;
      expect(centroids[own + index]).toBeGreaterThan(0.99);
      expect(Math.hypot(...centroids.subarray(own, own + DIMENSIONS))).toBeCloseTo(1, 5);
    }
    expect(Math.min(...similarityOf)).toBeGreaterThan(0.8);
  });

  it('gives the same clusters for the same vectors', () => {
    const values = around(9, 200, 0.6);
    expect(cluster(values, 5)).toEqual(cluster(values, 5));
  });

  it('gives fewer clusters where fewer vectors differ', () => {
    const values = around(3, 30, 0);
    expect(new Set(cluster(values, 10).clusterOf).size).toBe(3);
    expect(new Set(cluster(values, 1).clusterOf).size).toBe(1);
    expect(cluster(values.slice(0, DIMENSIONS), 4).clusterOf).toEqual(Int32Array.of(0));
  });
});
