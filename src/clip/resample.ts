import type { Filter, Size } from './preprocessing.js';

/** A part of the result. */
export interface Window extends Size {
  readonly left: number;
  readonly top: number;
}

type Weighing = Exclude<Filter, 'nearest'>;

interface Kernel {
  /** Half of its width, in pixels of the result when shrinking, of the source when enlarging. */
  readonly support: number;
  readonly weigh: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const KERNELS: Readonly<Record<Weighing, Kernel>> = {
  linear: { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
  cubic: {
    support: 2,
    weigh(x) {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    },
  },
  lanczos3: { support: 3, weigh: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Which pixels of a line make one pixel of the result, and with what weights. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Pillow's resampling, for pictures that are enlarged: libvips does that with another filter, up to three grey levels off.
 * Only the window is computed, so that it costs two milliseconds whatever the whole would measure.
 *
 * @param pixels red, green and blue, a byte each
 * @param target size of the whole result
 * @returns the window, a byte a channel
 */
export function resample(
  pixels: Uint8Array,
  size: Size,
  target: Size,
  window: Window,
  filter: Weighing,
): Uint8Array {
  const columns = tapsOf(size.width, target.width, filter, { start: window.left, count: window.width });
  const rows = tapsOf(size.height, target.height, filter, { start: window.top, count: window.height });

  // Rows that no pixel of the window is made of are left out.
  const firstRow = Math.min(...rows.map((taps) => taps.first));
  const lastRow = Math.max(...rows.map((taps) => taps.first + taps.weights.length));
  const wide = new Uint8ClampedArray((lastRow - firstRow) * window.width * 3);
  let at = 0;
  for (let y = firstRow; y < lastRow; y++) {
    for (const { first, weights } of columns) {
      at = weighInto(wide, at, pixels, (y * size.width + first) * 3, 3, weights);
    }
  }

  const result = new Uint8ClampedArray(window.width * window.height * 3);
  at = 0;
  for (const { first, weights } of rows) {
    for (let x = 0; x < window.width; x++) {
      at = weighInto(
        result,
        at,
        wide,
        ((first - firstRow) * window.width + x) * 3,
        window.width * 3,
        weights,
      );
    }
  }
  return new Uint8Array(result.buffer);
}

/** One pixel: three sums, which the clamped array rounds and bounds as Pillow does between its two passes. */
function weighInto(
  to: Uint8ClampedArray,
  at: number,
  from: ArrayLike<number>,
  start: number,
  stride: number,
  weights: Float64Array,
): number {
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    let source = start + channel;
    for (const weight of weights) {
      sum += (from[source] ?? 0) * weight;
      source += stride;
    }
    to[at++] = sum;
  }
  return at;
}

/**
 * The filter of one direction.
 *
 * @param part of the result; all of it unless told
 */
export function tapsOf(
  from: number,
  to: number,
  filter: Weighing,
  { start, count }: { readonly start: number; readonly count: number } = { start: 0, count: to },
): Taps[] {
  const { support, weigh } = KERNELS[filter];
  const scale = from / to;
  // Shrinking widens the filter, which is what antialiases.
  const stretch = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * stretch + 0.5));
    const end = Math.min(from, Math.trunc(centre + support * stretch + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      weigh((first + k + 0.5 - centre) / stretch),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
