import path from 'node:path';
import sharp from 'sharp';
import type { Encoder } from '../src/clip/encoder.js';
import { iconSvg, openIconSet, type Icon } from '../samples/icon-sets.js';
import { recolour, type Colour } from './recolour.js';

/** Side of a picture in pixels: well above what the model takes, so that the product's own scaling is part of it. */
const SIDE = 200;

/** How a drawing is put into a picture. */
interface Look {
  /** CSS colour. */
  readonly background: string;
  /** The part of the side that stays free on either side of the drawing. */
  readonly margin: number;
}

export const PLAIN: Look = { background: '#ffffff', margin: 0.05 };

/** White and two pastel backgrounds, each with the drawing large and small: more pictures for the same drawings. */
export const LOOKS: readonly [Look, ...Look[]] = [
  PLAIN,
  ...[PLAIN.background, '#d5e4fa', '#fae8cd']
    .flatMap((background) => [PLAIN.margin, 0.2].map((margin) => ({ background, margin })))
    .slice(1),
];

/** The drawings of the style that training never sees. */
export interface HeldOutArt {
  /**
   * A PNG file of an emoji.
   *
   * @param hexcode as in held-out.json
   * @param colour to repaint the drawing in; undefined leaves it as it is
   */
  draw(hexcode: string, look?: Look, colour?: Colour): Promise<Buffer>;
}

/** @throws Error when the drawings are not installed: they are a development dependency */
export async function openHeldOutArt(): Promise<HeldOutArt> {
  const icons = await openIconSet(path.resolve(import.meta.dirname, '..'), 'twemoji');
  return { draw: (hexcode, look = PLAIN, colour) => drawIcon(icons.byHexcode(hexcode), look, colour) };
}

async function drawIcon(icon: Icon, { background, margin }: Look, colour?: Colour): Promise<Buffer> {
  const offset = Math.round(SIDE * margin);
  const side = SIDE - 2 * offset;
  const drawing = await sharp(Buffer.from(iconSvg(icon, side)))
    .ensureAlpha()
    .raw()
    .toBuffer();
  const input = colour === undefined ? drawing : Buffer.from(recolour(drawing, colour));
  return sharp({ create: { width: SIDE, height: SIDE, channels: 3, background } })
    .composite([{ input, raw: { width: side, height: side, channels: 4 }, left: offset, top: offset }])
    .removeAlpha()
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** Files of one call to the encoder: enough to keep it busy, few enough to hold in memory. */
const TOGETHER = 64;

/**
 * Draws pictures and encodes them, a few at a time.
 *
 * @returns one unit vector an item, in order
 */
export async function embedPictures<Item>(
  encoder: Encoder,
  items: readonly Item[],
  draw: (item: Item) => Promise<Buffer>,
): Promise<Float32Array[]> {
  const embeddings: Float32Array[] = [];
  for (let start = 0; start < items.length; start += TOGETHER) {
    const files = await Promise.all(items.slice(start, start + TOGETHER).map(draw));
    embeddings.push(...(await encoder.encodeImages(files)));
  }
  return embeddings;
}
