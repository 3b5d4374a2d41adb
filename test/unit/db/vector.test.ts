import { describe, expect, it } from 'vitest';
import { parseVector, vectorParameter } from '../../../src/db/vector.js';

describe('the binary format of vectors', () => {
  it('is what vector_recv reads: int16 dimensions, int16 zero, big-endian float32', () => {
    expect(vectorParameter(Float32Array.of(1, -0.5)).toString('hex')).toBe('000200003f800000bf000000');
  });

  it('returns every float32 bit for bit', () => {
    const vector = Float32Array.of(0.1, -0, 1e-45, -3.4028234663852886e38, 1 / 3);
    const parsed = parseVector(vectorParameter(vector));
    expect(Buffer.from(parsed.buffer)).toEqual(Buffer.from(vector.buffer));
  });

  it('reads from a buffer that starts anywhere in its memory', () => {
    const memory = Buffer.concat([Buffer.alloc(3), vectorParameter(Float32Array.of(2, 3))]);
    expect([...parseVector(memory.subarray(3))]).toEqual([2, 3]);
  });

  it.each([
    ['an empty vector', new Float32Array(0)],
    ['a longer vector than pgvector holds', new Float32Array(16_001)],
    ['NaN', Float32Array.of(0, Number.NaN)],
    ['infinity', Float32Array.of(Number.POSITIVE_INFINITY)],
  ])('refuses to send %s', (_, vector) => {
    expect(() => vectorParameter(vector)).toThrow(RangeError);
  });

  it.each([
    ['nothing', ''],
    ['half a header', '0001'],
    ['no dimensions', '00000000'],
    ['negative dimensions', 'ffff0000'],
    ['a flag that must be zero', '000100013f800000'],
    ['a missing byte', '000100003f8000'],
    ['a byte too many', '000100003f80000000'],
  ])('refuses to read %s', (_, hex) => {
    expect(() => parseVector(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });
});
