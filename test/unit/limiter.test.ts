import { expect, it } from 'vitest';
import { createLimiter } from '../../src/limiter.js';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('runs so many at once, the rest in order, failures included', async () => {
  const limit = createLimiter(2);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const results = [0, 1, 2, 3].map((index) =>
    limit(async () => {
      started.push(index);
      await new Promise<void>((resolve) => (finish[index] = resolve));
      if (index === 0) throw new Error('the first fails');
      return index;
    }),
  );
  const all = Promise.allSettled(results);
  await settled();
  expect(started).toEqual([0, 1]);
  finish[0]?.();
  await settled();
  expect(started).toEqual([0, 1, 2]);
  finish[2]?.();
  await settled();
  expect(started).toEqual([0, 1, 2, 3]);
  finish[1]?.();
  finish[3]?.();
  expect((await all).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await limit(() => Promise.resolve('free again'))).toBe('free again');
});
