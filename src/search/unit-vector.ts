/** The scalar product; the cosine similarity of unit vectors. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw new RangeError(`Vectors of ${a.length} and ${b.length} dimensions cannot be compared.`);
  }
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/**
 * The vector of length 1 in the same direction.
 *
 * @returns undefined for the zero vector, which has no direction, and for values that are not finite
 */
export function unitVector(values: readonly number[] | Float64Array): Float32Array | undefined {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (!Number.isFinite(size)) return undefined;
    largest = Math.max(largest, size);
  }
  if (largest === 0) return undefined;
  // Scaled to at most 1 first, so that squares neither overflow nor vanish.
  const scaled = Float64Array.from(values, (value) => value / largest);
  let sum = 0;
  for (const value of scaled) sum += value * value;
  const norm = Math.sqrt(sum);
  return Float32Array.from(scaled, (value) => value / norm);
}

/**
 * The mean direction of unit vectors: summed and brought to length 1 again, so that every prompt weighs the same.
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), section 3.1.4.
 */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (vector[index] ?? 0);
  }
  const mean = unitVector(sum);
  if (mean === undefined)
    throw new RangeError('The vectors cancel each other out: they have no mean direction.');
  return mean;
}
