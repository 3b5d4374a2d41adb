import { describe, expect, it } from 'vitest';
import { fillTemplates, parseTemplates } from '../../../src/search/templates.js';

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
