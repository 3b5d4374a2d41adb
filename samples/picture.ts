import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { iconSvg, type Icon } from './icon-sets.js';

/** Sides of a picture, in pixels. */
const SIDE = 384;

/** The part of the side that the thing takes. */
const SCALE = 0.74;

export type Format = 'jpg' | 'webp' | 'png';

type Colour = readonly [red: number, green: number, blue: number];

/** Soft colours that white and dark things both stand out from. */
const PASTELS: readonly Colour[] = [
  [250, 232, 205], // apricot
  [250, 220, 222], // rose
  [233, 222, 246], // lilac
  [213, 228, 250], // sky
  [206, 237, 240], // aqua
  [211, 239, 219], // mint
  [240, 241, 205], // lime
  [236, 231, 224], // linen
];

/** How far, in RGB, a thing's mean colour is to be from its background. */
const CLEAR_DISTANCE = 95;

/**
 * Draws an icon on a soft background: plain, or a gentle gradient between two colours.
 *
 * @param seed decides the background: the same seed always gives the same picture
 * @returns the file's bytes
 */
export async function drawPicture(icon: Icon, seed: string, format: Format): Promise<Buffer> {
  const dice = createHash('sha256').update(seed).digest();
  const size = SIDE * SCALE;
  const offset = (SIDE - size) / 2;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${SIDE}" height="${SIDE}">
    ${background(dice, await meanColour(icon), format)}
    <svg x="${offset}" y="${offset}" width="${size}" height="${size}" viewBox="${icon.viewBox}">${icon.body}</svg>
  </svg>`;
  const picture = sharp(Buffer.from(svg)).removeAlpha();
  switch (format) {
    case 'jpg':
      return picture.jpeg({ quality: 88, chromaSubsampling: '4:4:4', mozjpeg: true }).toBuffer();
    case 'webp':
      return picture.webp({ quality: 88, smartSubsample: true, effort: 6 }).toBuffer();
    case 'png':
      return picture.png({ compressionLevel: 9, effort: 10 }).toBuffer();
  }
}

/** The background as SVG. Gradients make PNG files large, so those stay plain. */
function background(dice: Buffer, thing: Colour, format: Format): string {
  const fitting = PASTELS.filter((pastel) => distance(pastel, thing) >= CLEAR_DISTANCE);
  const choice = fitting.length > 1 ? fitting : PASTELS;
  const pick = (roll: number): Colour => choice[roll % choice.length] ?? [255, 255, 255];
  const first = pick(dice.readUInt16BE(0));
  if (format === 'png' || dice.readUInt8(2) % 2 === 0) {
    return `<rect width="100%" height="100%" fill="${css(first)}"/>`;
  }
  const second = pick(dice.readUInt16BE(0) + 1);
  const turn = (dice.readUInt8(3) % 8) * 45;
  return `<defs><linearGradient id="background" gradientTransform="rotate(${turn} 0.5 0.5)">
      <stop offset="0" stop-color="${css(first)}"/><stop offset="1" stop-color="${css(second)}"/>
    </linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#background)"/>`;
}

/** The mean colour of what the icon covers. */
async function meanColour(icon: Icon): Promise<Colour> {
  const pixels = await sharp(Buffer.from(iconSvg(icon, 48))).ensureAlpha().raw().toBuffer();
  const sum: [number, number, number] = [0, 0, 0];
  let cover = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels.readUInt8(at + 3);
    cover += alpha;
    sum[0] += pixels.readUInt8(at) * alpha;
    sum[1] += pixels.readUInt8(at + 1) * alpha;
    sum[2] += pixels.readUInt8(at + 2) * alpha;
  }
  return [sum[0] / cover, sum[1] / cover, sum[2] / cover];
}

function distance(one: Colour, other: Colour): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

function css(colour: Colour): string {
  return `rgb(${colour.join(' ')})`;
}
