/**
 * Cuts a tower's output into vectors of length 1.
 *
 * @param output rows of `dimensions` numbers
 * @throws Error when a row has no direction, which happens when a dtype's numbers overflow
 */
export function unitVectors(output: Float32Array, dimensions: number): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: output.length / dimensions }, (_, row) => {
    const vector = output.slice(row * dimensions, (row + 1) * dimensions);
    // Summed in double precision, so that the length is 1 to the last digit of a float32.
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (!(length > 0 && length < Infinity)) throw new Error('The model gave a vector without a direction.');
    for (const [i, value] of vector.entries()) vector[i] = value / length;
    return vector;
  });
}
