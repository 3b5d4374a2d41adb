import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { COLOURS, recolour } from '../../../eval/recolour.js';

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

const RED: Pixel = [200, 40, 40, 255];
const DARK_RED: Pixel = [100, 20, 20, 255];
const OUTLINE: Pixel = [20, 20, 20, 255];
const NOTHING: Pixel = [0, 0, 0, 0];

const drawing = (...runs: readonly (readonly [Pixel, number])[]) =>
  Uint8Array.from(runs.flatMap(([pixel, count]) => Array.from({ length: count }, () => pixel).flat()));
const bytes = (rgb: readonly number[]) => rgb.map((value) => 255 * value);
const distance = (pixel: readonly number[], rgb: readonly number[]) =>
  Math.max(...rgb.map((value, channel) => Math.abs(value - (pixel[channel] ?? NaN))));
const pixelAt = (pixels: Uint8Array, index: number) => [...pixels.subarray(4 * index, 4 * index + 4)];

describe('repainting', () => {
  // Where all that is repainted has one shade, it gets the colour itself.
  const uniform = drawing([RED, 10], [OUTLINE, 4], [NOTHING, 6]);

  test('gives the main hue the colours that training paints with', async () => {
    const python = await readFile(new URL('../../../training/model/art.py', import.meta.url), 'utf8');
    const [, tuples = ''] = /PALETTE = torch\.tensor\(\[(.+?)\]\)/s.exec(python) ?? [];
    const palette = [...tuples.matchAll(/\(([^)]+)\)/g)].map(([, rgb = '']) => rgb.split(',').map(Number));
    expect(palette).toHaveLength(COLOURS.length);
    for (const [index, colour] of COLOURS.entries()) {
      // White is painted a little darker, so that lit parts stay above it.
      const target = bytes(palette[index] ?? []).map(
        (value) => value * (colour === 'white' ? 0.55 + 0.42 : 1),
      );
      expect(distance(pixelAt(recolour(uniform, colour), 0), target), colour).toBeLessThanOrEqual(1);
    }
  });

  test('leaves outlines, what is transparent, and the original alone', () => {
    const before = Uint8Array.from(uniform);
    const painted = recolour(uniform, 'blue');
    expect(pixelAt(painted, 10)).toEqual(OUTLINE);
    expect(pixelAt(painted, 19)).toEqual(NOTHING);
    expect(uniform).toEqual(before);
  });

  test('keeps shades: half the luminance stays half of it', () => {
    const painted = recolour(drawing([RED, 10], [DARK_RED, 10]), 'blue');
    const [light, dark] = [pixelAt(painted, 0), pixelAt(painted, 10)];
    // Mean luminance is 3/4 of the light half's: the dark half has 2/3 of it, the light half 4/3.
    const blue = [0.15, 0.35, 0.87];
    expect(distance(dark, bytes(blue.map((value) => value * (2 / 3))))).toBeLessThanOrEqual(1);
    const lit = blue.map((value) => value + (1 - value) * (1 / 3) * 0.55);
    expect(distance(light, bytes(lit))).toBeLessThanOrEqual(1);
  });

  test('takes the hue that covers most, counted by how strong it is', () => {
    const painted = recolour(drawing([RED, 12], [[40, 40, 200, 255], 8]), 'green');
    expect(pixelAt(painted, 0)).not.toEqual(RED);
    expect(pixelAt(painted, 12)).toEqual([40, 40, 200, 255]);
  });

  test('repaints all that is not dark where a drawing has no hue', () => {
    const painted = recolour(drawing([[150, 150, 150, 255], 10], [OUTLINE, 10]), 'red');
    expect(pixelAt(painted, 0)).toEqual([219, 31, 31, 255]);
    expect(pixelAt(painted, 10)).toEqual(OUTLINE);
  });

  test('repaints everything where all of it is dark', () => {
    const painted = recolour(drawing([OUTLINE, 20]), 'white');
    expect(pixelAt(painted, 0)).not.toEqual(OUTLINE);
  });
});
