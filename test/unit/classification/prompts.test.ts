import { describe, expect, it } from 'vitest';
import { fillTemplates, parseLabels, parseTemplates } from '../../../src/classification/prompts.js';

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

describe('parseTemplates', () => {
  it('takes from 1 to 20', () => {
    expect(() => parseTemplates([])).toThrow(/from 1 to 20 templates, not 0/);
    expect(() => parseTemplates(Array<string>(21).fill('{label}'))).toThrow(/not 21/);
  });

  it('names the template that has no place for the label', () => {
    expect(() => parseTemplates(['a {label}', 'a photo of a {Label}'])).toThrow(
      /Template 2, "a photo of a {Label}", has no {label}/,
    );
  });
});

describe('fillTemplates', () => {
  it('puts the label in every place, as literal text', () => {
    expect(fillTemplates(['{label}, a {label}', 'the {label}'], "$& $1 $' {label}")).toEqual([
      "$& $1 $' {label}, a $& $1 $' {label}",
      "the $& $1 $' {label}",
    ]);
  });

  it('refuses a prompt that is too long although its parts are not', () => {
    expect(() => fillTemplates(['{label} {label}'], 'x'.repeat(600))).toThrow(
      /Template 1 with the label .* has 1,201 characters; at most 1,000/,
    );
  });
});
