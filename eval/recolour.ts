/** The colours that objects are repainted in, each with its middle in sRGB (0 to 1), as in training/model/art.py. */
const PALETTE = {
  red: [0.86, 0.12, 0.12],
  orange: [0.95, 0.5, 0.1],
  yellow: [0.97, 0.85, 0.15],
  green: [0.2, 0.65, 0.25],
  blue: [0.15, 0.35, 0.87],
  purple: [0.5, 0.2, 0.7],
  pink: [0.97, 0.52, 0.72],
  brown: [0.45, 0.27, 0.13],
  black: [0.1, 0.1, 0.11],
  white: [0.95, 0.95, 0.95],
  gray: [0.55, 0.55, 0.56],
} as const;

export type Colour = keyof typeof PALETTE;

export const COLOURS = [
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
  'black',
  'white',
  'gray',
] as const satisfies readonly Colour[];

type Rgb = readonly [red: number, green: number, blue: number];

/** Tens of degrees: fine enough to tell orange from red, coarse enough that a gradient stays in one peak. */
const HUE_BINS = 36;

/**
 * Repaints a drawing's main hue, shades kept: what training does to its drawings (`analyse` and `recolour` of
 * training/model/art.py, without the chance in it), so that a pair never shown is new as a pair and in nothing else.
 *
 * @param pixels straight RGBA
 * @returns the same pixels repainted, alpha unchanged
 */
export function recolour(pixels: Uint8Array, colour: Colour): Uint8Array {
  const { mask, luminance } = mainHue(pixels);
  const painted = Uint8Array.from(pixels);
  for (const [index, isPainted] of mask.entries()) {
    if (isPainted === 0) continue;
    const shade = Math.min(2, luminanceOf(rgbAt(pixels, index)) / luminance);
    for (const [channel, target] of PALETTE[colour].entries()) {
      painted[4 * index + channel] = Math.round(255 * Math.min(1, shaded(colour, target, shade)));
    }
  }
  return painted;
}

/** @param shade the pixel's luminance over the mean of what is repainted, at most 2 */
function shaded(colour: Colour, target: number, shade: number): number {
  // Black has no light side, and white no dark one: they would turn out gray.
  if (colour === 'black') return target * Math.min(1.5, shade);
  if (colour === 'white') return target * (0.55 + 0.42 * Math.min(1, shade));
  return shade <= 1 ? target * shade : target + (1 - target) * (shade - 1) * 0.55;
}

/**
 * What is to be repainted: the pixels around the hue that covers most, counted by how saturated and bright it is. Where
 * that is little of the drawing (it is gray, or of all colours), all but its darkest parts.
 */
function mainHue(pixels: Uint8Array): { readonly mask: Uint8Array; readonly luminance: number } {
  const count = pixels.length / 4;
  const weights = new Float64Array(HUE_BINS);
  let area = 0;
  for (let index = 0; index < count; index++) {
    const alpha = alphaAt(pixels, index);
    if (alpha > 0.3) area++;
    const { hue, saturation, value } = hsv(rgbAt(pixels, index));
    if (saturation <= 0.25 || value <= 0.25) continue;
    const bin = Math.min(HUE_BINS - 1, Math.floor(hue / (360 / HUE_BINS)));
    weights[bin] = (weights[bin] ?? 0) + alpha * saturation * value;
  }
  area = Math.max(1, area);
  const main = (peak(weights) + 0.5) * (360 / HUE_BINS);

  const isMain = Uint8Array.from({ length: count }, (_, index) => {
    const { hue, saturation, value } = hsv(rgbAt(pixels, index));
    const apart = Math.abs(hue - main);
    return Number(
      Math.min(apart, 360 - apart) < 28 && saturation > 0.2 && value > 0.15 && alphaAt(pixels, index) > 0.1,
    );
  });
  const isLight = () =>
    Uint8Array.from({ length: count }, (_, index) =>
      Number(luminanceOf(rgbAt(pixels, index)) > 0.18 && alphaAt(pixels, index) > 0.1),
    );
  let mask = total(isMain) / area > 0.22 ? isMain : isLight();
  if (total(mask) < area * 0.1) mask = new Uint8Array(count).fill(1);

  let light = 0;
  let cover = 0;
  for (const [index, isPainted] of mask.entries()) {
    const weight = isPainted * alphaAt(pixels, index);
    light += weight * luminanceOf(rgbAt(pixels, index));
    cover += weight;
  }
  return { mask, luminance: Math.max(0.12, light / Math.max(1, cover)) };
}

/** The bin that has most together with its two neighbours. */
function peak(weights: Float64Array): number {
  const at = (bin: number) => weights[(bin + HUE_BINS) % HUE_BINS] ?? 0;
  const sums = Array.from(weights, (weight, bin) => weight + at(bin - 1) + at(bin + 1));
  return sums.indexOf(Math.max(...sums));
}

/** Hue in degrees, saturation and value from 0 to 1. */
function hsv([red, green, blue]: Rgb): { hue: number; saturation: number; value: number } {
  const value = Math.max(red, green, blue);
  const range = value - Math.min(red, green, blue);
  const safe = Math.max(range, 1e-6);
  const sixth =
    value === red
      ? ((((green - blue) / safe) % 6) + 6) % 6
      : value === green
        ? (blue - red) / safe + 2
        : (red - green) / safe + 4;
  return { hue: sixth * 60, saturation: range / Math.max(value, 1e-6), value };
}

function luminanceOf([red, green, blue]: Rgb): number {
  return 0.3 * red + 0.59 * green + 0.11 * blue;
}

function rgbAt(pixels: Uint8Array, index: number): Rgb {
  const at = 4 * index;
  return [(pixels[at] ?? 0) / 255, (pixels[at + 1] ?? 0) / 255, (pixels[at + 2] ?? 0) / 255];
}

function alphaAt(pixels: Uint8Array, index: number): number {
  return (pixels[4 * index + 3] ?? 0) / 255;
}

function total(mask: Uint8Array): number {
  return mask.reduce((sum, value) => sum + value, 0);
}
