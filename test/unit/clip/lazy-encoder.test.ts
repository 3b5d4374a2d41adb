import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Encoder, ModelCard } from '../../../src/clip/encoder.js';
import { createLazyEncoder, loadingFailure } from '../../../src/clip/lazy-encoder.js';

const CARD: ModelCard = {
  name: 'a-clip',
  source: 'a-clip',
  revision: 'main',
  dtype: 'fp32',
  dimensions: 2,
  logitScale: 100,
  fingerprint: 'f'.repeat(64),
};

const IDLE_MS = 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Encoders that say when they are loaded and closed. */
function setUp() {
  const events: string[] = [];
  let failure: Error | undefined;
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (finish = resolve));
  const load = (): Promise<Encoder> => {
    events.push('load');
    if (failure) return Promise.reject(failure);
    return Promise.resolve({
      card: CARD,
      ready: () => Promise.resolve(),
      encodeTexts: async (texts) => {
        if (texts[0] === 'slow') await slow;
        return texts.map(() => Float32Array.of(1, 0));
      },
      encodeImages: () => Promise.resolve([]),
      decode: () => Promise.resolve(undefined),
      close: () => {
        events.push('close');
        return Promise.resolve();
      },
    });
  };
  return {
    events,
    encoder: createLazyEncoder({ card: CARD, load, idleMs: IDLE_MS }),
    finish: () => {
      finish();
    },
    fail: (error: Error | undefined) => (failure = error),
  };
}

describe('a lazy encoder', () => {
  it('loads at its first use, once for all who come meanwhile, and leaves when nobody has used it for a while', async () => {
    const { encoder, events } = setUp();
    expect(events).toEqual([]);
    const [one, other] = await Promise.all([encoder.encodeTexts(['a']), encoder.encodeTexts(['b', 'c'])]);
    expect([one.length, other.length, encoder.isLoaded]).toEqual([1, 2, true]);
    expect(events).toEqual(['load']);
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect([events, encoder.isLoaded]).toEqual([['load', 'close'], false]);
    await encoder.encodeTexts(['a']);
    await encoder.close();
    expect(events).toEqual(['load', 'close', 'load', 'close']);
  });

  it('does not leave while it is used, nor while it is kept', async () => {
    const { encoder, events, finish } = setUp();
    const slow = encoder.encodeTexts(['slow']);
    await encoder.encodeTexts(['quick']);
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(events).toEqual(['load']);
    await encoder.keep();
    finish();
    await slow;
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(events).toEqual(['load']);
    encoder.release();
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(events).toEqual(['load', 'close']);
  });

  it('tells that it cannot be loaded, and why to whoever operates the server, and tries again', async () => {
    const { encoder, fail } = setUp();
    fail(new Error('The hub is gone.'));
    const error: unknown = await encoder.encodeTexts(['a']).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.not.stringContaining('hub') as string,
    });
    expect(loadingFailure(error)).toBe('The hub is gone.');
    fail(undefined);
    expect(await encoder.encodeTexts(['a'])).toHaveLength(1);
    await encoder.close();
    await expect(encoder.encodeTexts(['a'])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
