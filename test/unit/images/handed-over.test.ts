import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelPicture, type Encoder } from '../../../src/clip/encoder.js';
import { createHandedOver } from '../../../src/images/handed-over.js';
import { createFakeEncoder } from '../../support/fake-encoder.js';

const MEBIBYTE = 1024 * 1024;
const encoder = createFakeEncoder();
const picture = (bytes = 1) => new ModelPicture(encoder.card.fingerprint, new Uint8Array(bytes));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('pictures that are handed over', () => {
  it('are given to who works with the model that they were made for, once', () => {
    const handed = createHandedOver(() => encoder);
    const one = picture();
    handed.keep('a', one);
    handed.keep('b', picture());
    expect(handed.take('a', encoder.card.fingerprint)).toBe(one);
    expect(handed.take('a', encoder.card.fingerprint)).toBeUndefined();
    expect(handed.take('b', 'another')).toBeUndefined();
  });

  it('are not wanted while nobody works', () => {
    const workers: Encoder[] = [];
    const handed = createHandedOver(() => workers[0]);
    expect(handed.taker).toBeUndefined();
    workers.push(encoder);
    expect(handed.taker).toBe(encoder);
  });

  it('are not wanted while there is no room, and are forgotten when nobody came for them', () => {
    const handed = createHandedOver(() => encoder);
    for (let i = 0; i < 64; i++) handed.keep(`${i}`, picture(MEBIBYTE));
    expect(handed.taker).toBeUndefined();
    expect(handed.take('5', encoder.card.fingerprint)).toBeDefined();
    expect(handed.taker).toBe(encoder);

    handed.keep('5', picture(MEBIBYTE));
    expect(handed.taker).toBeUndefined();
    vi.advanceTimersByTime(11 * 60_000);
    expect(handed.taker).toBe(encoder);
    expect(handed.take('7', encoder.card.fingerprint)).toBeUndefined();
  });
});
