import sharp from 'sharp';
import { withRoomFor } from '../decoding-room.js';
import { RejectedImageError } from './images.js';

/** What an SVG must not hold, and how to put it: it may refer to nothing but itself, and must be readable as plain text. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/<!ENTITY/i, 'declares entities'],
  [/<\?xml-stylesheet/i, 'refers to a style sheet'],
  [/@import/i, 'imports a style sheet'],
  [/XInclude/i, 'includes other documents'],
  [/\\/, 'has a backslash, which can hide references in styles'],
  [/(?:href|src|base)\s*=\s*(?:"(?!\s*#)|'(?!\s*#)|[^"'\s])/i, 'refers to something outside of itself'],
  [/url\s*\((?!\s*["']?\s*#)/i, 'refers to something outside of itself'],
];

/** An SVG is drawn at least so many pixels wide and high: encoders look at a few hundred, and icons say 16. */
const MIN_DRAWN = 512;
/** The one resolution at which a unit of the SVG is a pixel. */
const DENSITY = 72;
export const MAX_DRAWING_SECONDS = 20;

/**
 * Refuses an SVG that refers to anything outside of itself, also by `data:`: whatever a renderer may do with references,
 * there are none. (librsvg loads no files and no addresses for SVGs that come as bytes, and runs no scripts.)
 *
 * @throws RejectedImageError UNSUPPORTED
 */
export function checkSvg(bytes: Uint8Array): void {
  const problem = problemOf(bytes);
  if (problem === undefined) return;
  throw new RejectedImageError(
    'UNSUPPORTED',
    `The SVG ${problem}. Only SVGs in UTF-8 that refer to nothing but their own parts (#id) are accepted: export it as PNG.`,
  );
}

function problemOf(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return 'is not in UTF-8';
  }
  // Another encoding would let the renderer read other text than is looked at here.
  const encoding = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)/i.exec(text)?.[1];
  if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
    return `says that it is in ${encoding}`;
  return FORBIDDEN.find(([pattern]) => pattern.test(text))?.[1];
}

/**
 * Draws an SVG as PNG on white, at its own size or larger where that is tiny.
 *
 * @param maxPixels the most pixels (width × height) of the drawing, where the SVG itself has not more
 */
export async function drawSvg(bytes: Uint8Array, maxPixels: number): Promise<Buffer> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  const wanted = MIN_DRAWN / Math.min(width, height);
  const scale = Math.max(1, Math.min(wanted, Math.sqrt(maxPixels / (width * height)), 1000));
  return withRoomFor(width * height * scale * scale, () =>
    sharp(bytes, { density: DENSITY * scale, limitInputPixels: false })
      .timeout({ seconds: MAX_DRAWING_SECONDS })
      .flatten({ background: '#fff' })
      .png({ compressionLevel: 1 })
      .toBuffer(),
  );
}
