/**
 * Pillow's conversion, without any profile: from white, what ink covers is taken away.
 *
 * @param ink cyan, magenta, yellow and black, a byte each, 255 full ink
 * @returns red, green and blue, a byte each
 */
export function cmykToRgb(ink: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((ink.length / 4) * 3);
  for (let from = 0, to = 0; from < ink.length; from += 4) {
    const light = 255 - (ink[from + 3] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      rgb[to++] = Math.round(light - ((ink[from + channel] ?? 0) * light) / 255);
    }
  }
  return rgb;
}
