import { readFileSync } from 'node:fs';

const FLAGS = /^flags\s*:.*\b(?:avx512_vnni|avx_vnni)\b/m;

/**
 * Whether this processor adds products of 8 bits up in 32 (VNNI). Older ones of x64 add pairs of them up in 16 bits, where they
 * overflow. Known on Linux only; false where it is not known.
 *
 * @param cpuinfo what Linux tells about its processors
 */
export function hasVnni(cpuinfo: string = readCpuinfo()): boolean {
  return FLAGS.test(cpuinfo);
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return '';
  }
}
