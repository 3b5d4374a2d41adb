import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundledModelFolder } from '../../../src/clip/bundled-model.js';
import { loadTokenizer } from '../../../src/clip/tokens.js';

const START = 8512;
const END = 8513;
const CONTEXT = 32;

// What an implementation of its own makes of the same texts; test/golden/make_tokens.py tells how.
const golden = z
  .array(z.object({ text: z.string(), ids: z.array(z.int()) }))
  .parse(JSON.parse(await readFile(new URL('../../golden/tokens.json', import.meta.url), 'utf8')));

let tokenize: (text: string) => number[];
beforeAll(async () => {
  tokenize = await loadTokenizer(bundledModelFolder(), CONTEXT);
});

describe('the tokenizer', () => {
  it.each(golden)('makes the ids of the reference: $text', ({ text, ids }) => {
    expect(tokenize(text)).toEqual(ids);
  });

  it('keeps the end token when it cuts a text', () => {
    const ids = tokenize('red car '.repeat(1000));
    expect(ids.length).toBe(CONTEXT);
    expect(ids[0]).toBe(START);
    expect(ids.at(-1)).toBe(END);
    expect(ids.filter((id) => id === END).length).toBe(1);
    expect(ids.slice(0, -1)).toEqual(tokenize('red car '.repeat(20)).slice(0, -1));
  });

  it('takes any length, white space and what is no text', () => {
    expect(tokenize(`${' '.repeat(100_000)}red${'\n'.repeat(100_000)}car`)).toEqual(tokenize('red car'));
    expect(tokenize('a'.repeat(1_000_000)).length).toBe(CONTEXT);
    expect(tokenize(' ')).toEqual([START, END]);
    expect(tokenize('\u0000\ud800').at(-1)).toBe(END);
  });
});
