import { expect, test } from 'vitest';
import { isMet, markdownTable, type Figure } from '../../../eval/report.js';

const figures: Figure[] = [
  { what: 'Recall', value: 0.6, unit: 'share', goal: { atLeast: 0.6 } },
  { what: 'Queries', value: 23, unit: 'of 30', goal: { atLeast: 24 } },
  { what: 'Behind', value: 10, unit: 'points', goal: { atMost: 10 } },
  { what: 'Size', value: 16.04, unit: 'MB', goal: { atMost: 16 } },
  { what: 'Confidence', value: 0.12345, unit: 'share' },
];

test('a goal is met at its edge, and a figure without one misses nothing', () => {
  expect(figures.map(isMet)).toEqual([true, false, true, false, true]);
});

test('what is not a number meets no goal', () => {
  expect(isMet({ what: 'Recall', value: NaN, unit: 'share', goal: { atLeast: 0 } })).toBe(false);
  expect(isMet({ what: 'Size', value: NaN, unit: 'MB', goal: { atMost: 16 } })).toBe(false);
});

test('the table is Markdown with the goals beside the figures', () => {
  expect(markdownTable(figures)).toBe(`\
| Measure    | Result      | Goal          |            |
| ---------- | ----------- | ------------- | ---------- |
| Recall     | 0.600       | ≥ 0.600       | met        |
| Queries    | 23 of 30    | ≥ 24 of 30    | **missed** |
| Behind     | 10.0 points | ≤ 10.0 points | met        |
| Size       | 16.0 MB     | ≤ 16.0 MB     | **missed** |
| Confidence | 0.123       |               |            |`);
});
