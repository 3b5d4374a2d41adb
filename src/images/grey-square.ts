import { tapsOf } from '../clip/resample.js';
import type { SmallPicture } from './thumbnails.js';

const WHITE = 255;
/** What red, green and blue add to luminance in sRGB's linear light (IEC 61966-2-1). */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const;
/** Steps of linear light. The two darkest levels of 8 bits are five steps apart, others more. */
const STEPS = 16_384;

/** By level: the steps of linear light that a channel adds. */
const [RED = [], GREEN = [], BLUE = []] = LUMINANCE.map((weight) =>
  Float64Array.from({ length: 256 }, (_, level) => weight * (STEPS - 1) * toLinear(level / WHITE)),
);
/** By steps of linear light: the grey level. */
const GREY = Float64Array.from({ length: STEPS }, (_, step) => WHITE * fromLinear(step / (STEPS - 1)));

/**
 * A picture as a square of grey levels, transparency white, whatever its proportions. Not by libvips: its call takes 2 ms of a core
 * for a thumbnail, its pixels a quarter of that.
 *
 * @param side of the square, in pixels
 * @returns `side × side` grey levels, 0 to 255, line by line
 */
export function greySquare(picture: SmallPicture, side: number): Float64Array {
  const { width, height, levels } = greyCells(picture, side);
  const narrow = new Float64Array(height * side);
  const columns = tapsOf(width, side, 'linear');
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < side; x++) narrow[y * side + x] = weigh(levels, y * width, 1, columns[x]);
  }
  const square = new Float64Array(side * side);
  const rows = tapsOf(height, side, 'linear');
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) square[y * side + x] = weigh(narrow, x, side, rows[y]);
  }
  return square;
}

/** Grey levels of cells of the same number of pixels, at least twice as many in each direction as are wanted where there are so many. */
function greyCells({ data, raw: { width, height, channels } }: SmallPicture, side: number) {
  const edge = Math.max(1, Math.floor(Math.min(width, height) / (2 * side)));
  // Less than a cell is left over at the right and below, which no wave of the hash is short enough to notice.
  const size = { width: Math.floor(width / edge), height: Math.floor(height / edge) };
  const levels = new Float64Array(size.width * size.height);
  const area = edge * edge;
  const toGreen = channels < 3 ? 0 : 1;
  const toBlue = 2 * toGreen;
  const toAlpha = channels % 2 === 0 ? channels - 1 : undefined;
  for (let y = 0, cell = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, cell++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let line = y * edge; line < (y + 1) * edge; line++) {
        let at = (line * width + x * edge) * channels;
        for (const end = at + edge * channels; at < end; at += channels) {
          const opacity = toAlpha === undefined ? 1 : (data[at + toAlpha] ?? 0) / WHITE;
          red += ((data[at] ?? 0) - WHITE) * opacity;
          green += ((data[at + toGreen] ?? 0) - WHITE) * opacity;
          blue += ((data[at + toBlue] ?? 0) - WHITE) * opacity;
        }
      }
      levels[cell] = luminance(WHITE + red / area, WHITE + green / area, WHITE + blue / area);
    }
  }
  return { ...size, levels };
}

/** Of colours of one level, as in grey pictures, that level. */
function luminance(red: number, green: number, blue: number): number {
  const light = (RED[Math.round(red)] ?? 0) + (GREEN[Math.round(green)] ?? 0) + (BLUE[Math.round(blue)] ?? 0);
  return GREY[Math.round(light)] ?? 0;
}

function weigh(
  from: Float64Array,
  start: number,
  stride: number,
  taps: ReturnType<typeof tapsOf>[number] | undefined,
): number {
  return taps === undefined ? 0 : weightedSum(taps.weights, from, start + taps.first * stride, stride);
}

/** @param stride from one value to the next, in a line 1, in a column the width */
export function weightedSum(
  weights: Float64Array,
  values: Float64Array,
  start: number,
  stride: number,
): number {
  let sum = 0;
  for (let i = 0, at = start; i < weights.length; i++, at += stride) {
    sum += (weights[i] ?? 0) * (values[at] ?? 0);
  }
  return sum;
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}
