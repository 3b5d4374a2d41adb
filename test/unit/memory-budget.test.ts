import { expect, it } from 'vitest';
import { createMemoryBudget } from '../../src/memory-budget.js';

/** Reserves, and tells whether it was granted yet. */
function ask(budget: ReturnType<typeof createMemoryBudget>, bytes: number) {
  const asked = { granted: false, release: (): void => undefined };
  const done = budget.reserve(bytes).then((release) => {
    asked.granted = true;
    asked.release = release;
  });
  return Object.assign(asked, { done });
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('grants what is free, and the rest in order as it is given back', async () => {
  const budget = createMemoryBudget(100);
  const first = ask(budget, 60);
  const second = ask(budget, 60);
  const third = ask(budget, 10);
  await settled();
  // The third would fit, but were it let past, a large one might wait for ever.
  expect([first.granted, second.granted, third.granted]).toEqual([true, false, false]);
  first.release();
  await settled();
  expect([second.granted, third.granted]).toEqual([true, true]);
});

it('gives back only once', async () => {
  const budget = createMemoryBudget(100);
  const first = ask(budget, 100);
  await first.done;
  first.release();
  first.release();
  const second = ask(budget, 100);
  await second.done;
  const third = ask(budget, 1);
  await settled();
  expect(third.granted).toBe(false);
});

it('lets the impossibly large have everything, alone', async () => {
  const budget = createMemoryBudget(100);
  const large = ask(budget, 1000);
  const small = ask(budget, 1);
  await settled();
  expect([large.granted, small.granted]).toEqual([true, false]);
  large.release();
  await small.done;
});
