import { expect, it } from 'vitest';
import { mapConcurrently } from '../../../src/graphql/concurrency.js';

it('keeps the order, and never runs more at once than allowed', async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 1, 4, 2, 3, 0], 2, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    running -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(2);
  expect(await mapConcurrently([], 4, () => Promise.resolve(1))).toEqual([]);
});
