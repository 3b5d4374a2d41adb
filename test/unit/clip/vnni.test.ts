import { describe, expect, it } from 'vitest';
import { hasVnni } from '../../../src/clip/vnni.js';

describe('hasVnni', () => {
  it.each([
    ['AVX-512', 'flags\t\t: fpu avx2 avx512f avx512_vnni avx512_bitalg', true],
    ['AVX2', 'model name\t: x\nflags\t\t: fpu avx2 avx_vnni', true],
    ['none', 'flags\t\t: fpu avx2 avx512f', false],
    ['only its name elsewhere', 'model name\t: avx_vnni\nflags\t\t: fpu avx2', false],
    ['none of x64', 'Features\t: fp asimd asimddp', false],
    ['a system that tells nothing', '', false],
  ])('%s', (_, cpuinfo, expected) => {
    expect(hasVnni(cpuinfo)).toBe(expected);
  });
});
