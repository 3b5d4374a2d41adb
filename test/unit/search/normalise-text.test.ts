import { describe, expect, it } from 'vitest';
import { normaliseText } from '../../../src/search/normalise-text.js';

describe('normaliseText', () => {
  it('trims, composes and collapses white space', () => {
    expect(normaliseText('  red \t\n car\u00a0', 'The query')).toBe('red car');
    expect(normaliseText('c\u030cervene\u0301 auto', 'The query')).toBe('\u010derven\u00e9 auto');
  });

  it('leaves case and punctuation alone', () => {
    expect(normaliseText("Rudolf's CAR?!", 'The query')).toBe("Rudolf's CAR?!");
  });

  it.each(['', '   ', '\n\t\u3000'])('refuses %j as empty and says what is allowed', (text) => {
    expect(() => normaliseText(text, 'The query')).toThrow(/The query is empty.*1 to 1,000/);
  });

  it('counts characters, not UTF-16 units, after normalising', () => {
    expect(normaliseText('🚗'.repeat(1_000), 'The query')).toHaveLength(2_000);
    expect(normaliseText(`${'a'.repeat(1_000)}${' '.repeat(500)}`, 'The query')).toHaveLength(1_000);
    expect(() => normaliseText('🚗'.repeat(1_001), 'The query')).toThrow(/1,001 characters.*at most 1,000/);
  });

  it('names the limit and the length of a text that is far too long', () => {
    expect(() => normaliseText('x'.repeat(10_000), 'The query')).toThrow(
      /The query has 10,000 characters; at most 1,000/,
    );
    expect(() => normaliseText('x'.repeat(5_000_000), 'The query')).toThrow(/5,000,000 characters/);
  });

  it.each(['red\0car', 'red\ud83d car', '\udc00'])('refuses %j, which a database cannot hold', (text) => {
    expect(() => normaliseText(text, 'Label 3')).toThrow(
      /Label 3 has a NUL character or half of a surrogate/,
    );
  });
});
