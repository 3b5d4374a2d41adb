import { expect, it } from 'vitest';
import { createSpeed } from '../../../src/cli/ingest-progress.js';

it('counts files a second over the last half minute only', () => {
  let now = 0;
  const speed = createSpeed(() => now);
  expect(speed.perSecond()).toBe(0);
  // Ten seconds of files that were there already, then two a second.
  for (; now < 10_000; now += 1) speed.add();
  expect(speed.perSecond()).toBeCloseTo(1000, 0);
  for (; now < 60_000; now += 500) speed.add();
  expect(speed.perSecond()).toBeCloseTo(2, 0);
  now += 40_000;
  expect(speed.perSecond()).toBe(0);
});
