import { describe, expect, it } from 'vitest';
import { parseLabels } from '../../../src/classification/prompts.js';

describe('parseLabels', () => {
  it('normalises labels and keeps their order', () => {
    expect(parseLabels([' red   car', 'dog'])).toEqual(['red car', 'dog']);
  });

  it('names the label that is given twice, in whatever spelling', () => {
    expect(() => parseLabels(['cat', 'red car', ' red\tcar '])).toThrow(/Labels 2 and 3 are both "red car"/);
  });

  it('names the label that is empty or too long', () => {
    expect(() => parseLabels(['cat', ' '])).toThrow(/Label 2 is empty/);
    expect(() => parseLabels(['x'.repeat(1_001)])).toThrow(/Label 1 has 1,001 characters; at most 1,000/);
  });

  it('takes from 1 to 100', () => {
    expect(() => parseLabels([])).toThrow(/from 1 to 100 labels, not 0/);
    const labels = Array.from({ length: 101 }, (_, index) => `label ${index}`);
    expect(() => parseLabels(labels)).toThrow(/from 1 to 100 labels, not 101/);
    expect(parseLabels(labels.slice(1))).toHaveLength(100);
  });
});
