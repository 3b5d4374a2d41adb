import { expect, it } from 'vitest';
import { inspectImage } from '../../src/images/inspect.js';
import { progressiveJpeg } from '../support/hostile/make-jpeg.js';

const LIMITS = { imageBytes: 1e8, imagePixels: 1e8, imageFrames: 1, bodyBytes: 1, fetchTimeoutMs: 1 };

it('pictures as large as is allowed take their turns in memory', { timeout: 300_000 }, async () => {
  // A decoder holds 600 megabytes of coefficients for each.
  const large = progressiveJpeg(10_000, 10_000);
  const before = process.memoryUsage.rss();
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }, 10);
  const found = await Promise.all(Array.from({ length: 4 }, () => inspectImage(large, LIMITS)));
  clearInterval(sampling);
  expect(found.map(({ width }) => width)).toEqual([10_000, 10_000, 10_000, 10_000]);
  expect(peak).toBeGreaterThan(300_000_000);
  expect(peak).toBeLessThan(1_200_000_000);
});
