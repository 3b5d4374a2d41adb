import { Buffer } from 'node:buffer';
import sharp from 'sharp';

/** A picture of one colour with a darker disc: small, decodable, and different for every hue. */
export async function drawDisc(hue: number, size = 96): Promise<Buffer> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">` +
    `<rect width="100%" height="100%" fill="hsl(${hue},80%,70%)"/>` +
    `<circle cx="50%" cy="50%" r="30%" fill="hsl(${hue},80%,35%)"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** So many of them, all different. */
export function drawDiscs(count: number): Promise<Buffer[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => drawDisc((i * 360) / count)));
}
