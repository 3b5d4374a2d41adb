import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDeadline } from '../../../src/images/deadline.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => undefined);

it('settles as the promise does while there is time', async () => {
  const deadline = createDeadline(1000);
  await vi.advanceTimersByTimeAsync(999);
  expect(await deadline.race(Promise.resolve('in time'))).toBe('in time');
  deadline.end();
  await vi.advanceTimersByTimeAsync(1000);
  expect(deadline.signal.aborted).toBe(false);
});

it('gives up when the time is over', async () => {
  const deadline = createDeadline(1000);
  const race = expect(deadline.race(never)).rejects.toThrow('1000 ms');
  await vi.advanceTimersByTimeAsync(1000);
  await race;
  expect(deadline.signal.aborted).toBe(true);
});

it('counts no time while it is paused', async () => {
  const deadline = createDeadline(1000);
  await vi.advanceTimersByTimeAsync(600);
  deadline.pause();
  await vi.advanceTimersByTimeAsync(60_000);
  deadline.resume();
  await vi.advanceTimersByTimeAsync(399);
  expect(deadline.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(deadline.signal.aborted).toBe(true);
});
