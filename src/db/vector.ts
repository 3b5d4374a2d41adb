/**
 * pgvector's binary format, as `vector_recv` and `vector_send` speak it: int16 dimensions, int16 zero, then one
 * big-endian float32 a dimension. As text, vectors of 512 floats take three times as long to read, and eight times to load
 * (bench/vector-format.ts).
 */

const HEADER_BYTES = 4;
/** What pgvector's `vector` can hold. */
const MAX_DIMENSIONS = 16_000;

/**
 * A vector as a query parameter: node-postgres sends a Buffer in binary, so write `$1::vector` in the statement.
 *
 * @throws RangeError when the vector is empty, longer than pgvector allows or holds a value that is not finite
 */
export function vectorParameter(vector: Float32Array): Buffer {
  if (vector.length < 1 || vector.length > MAX_DIMENSIONS) {
    throw new RangeError(`A vector has 1 to ${MAX_DIMENSIONS} dimensions, not ${vector.length}.`);
  }
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + vector.length * Float32Array.BYTES_PER_ELEMENT);
  bytes.writeInt16BE(vector.length, 0);
  bytes.writeInt16BE(0, 2);
  let offset = HEADER_BYTES;
  for (const value of vector) {
    if (!Number.isFinite(value)) throw new RangeError(`A vector holds finite numbers only, not ${value}.`);
    offset = bytes.writeFloatBE(value, offset);
  }
  return bytes;
}

/**
 * Reads what `vector_send(embedding)` returned.
 *
 * @throws RangeError when the bytes are not exactly one vector
 */
export function parseVector(bytes: Buffer): Float32Array {
  if (bytes.length < HEADER_BYTES)
    throw new RangeError(`A vector in binary form is longer than ${bytes.length} bytes.`);
  const dimensions = bytes.readInt16BE(0);
  const expected = HEADER_BYTES + dimensions * Float32Array.BYTES_PER_ELEMENT;
  if (dimensions < 1 || bytes.readInt16BE(2) !== 0 || bytes.length !== expected) {
    throw new RangeError(`${bytes.length} bytes are no vector of ${dimensions} dimensions in binary form.`);
  }
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) {
    vector[index] = bytes.readFloatBE(HEADER_BYTES + index * Float32Array.BYTES_PER_ELEMENT);
  }
  return vector;
}
