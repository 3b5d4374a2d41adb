import { describe, expect, test } from 'vitest';
import { rankOf, recall, withoutDiacritics } from '../../../eval/retrieval.js';

describe('ranks', () => {
  test('count from 1, by similarity', () => {
    const similarities = [0.1, 0.9, 0.5];
    expect([0, 1, 2].map((right) => rankOf(similarities, right))).toEqual([3, 1, 2]);
  });

  test('put what is as similar as others after them: vectors that are all alike find nothing', () => {
    expect(rankOf([0.5, 0.5, 0.5], 0)).toBe(3);
  });

  test('end behind everything for what is not there', () => {
    expect(rankOf([0.5, 0.4], -1)).toBe(3);
  });

  test('make recall', () => {
    expect(recall([1, 5, 6, 1], 1)).toBe(0.5);
    expect(recall([1, 5, 6, 1], 5)).toBe(0.75);
  });
});

test('texts lose their marks and nothing else', () => {
  expect(withoutDiacritics('Žluťoučký kůň – šílené auto')).toBe('Zlutoucky kun – silene auto');
});
