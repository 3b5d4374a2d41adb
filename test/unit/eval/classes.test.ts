import { describe, expect, test } from 'vitest';
import { accuracy, calibrationError, meanConfidence, type Prediction } from '../../../eval/classes.js';

const drawing = { hexcode: '1f697', name: 'automobile', nameCs: 'auto', subgroup: 'transport-ground' };
const predictions = (confidence: number, right: number, wrong: number): Prediction[] => [
  ...Array.from({ length: right }, () => ({ drawing, right: 'car', said: 'car', confidence })),
  ...Array.from({ length: wrong }, () => ({ drawing, right: 'car', said: 'bus', confidence })),
];

describe('the calibration error', () => {
  test('is nothing when the model is as often right as it says', () => {
    expect(calibrationError([...predictions(0.75, 3, 1), ...predictions(0.5, 2, 2)])).toBeCloseTo(0);
  });

  test('is the distance of confidence and accuracy, weighted by how often it happens', () => {
    // 8 of 10 say 0.9 and half of these are right; 2 of 10 say 0.3 and none is right.
    const all = [...predictions(0.9, 4, 4), ...predictions(0.3, 0, 2)];
    expect(calibrationError(all)).toBeCloseTo(0.8 * 0.4 + 0.2 * 0.3);
    expect(accuracy(all)).toBe(0.4);
    expect(meanConfidence(all)).toBeCloseTo(0.78);
  });

  test('does not let too sure and too modest cancel out, unless they are equally sure', () => {
    expect(calibrationError([...predictions(0.9, 0, 1), ...predictions(0.1, 1, 0)])).toBeCloseTo(0.9);
    expect(calibrationError([...predictions(0.5, 1, 0), ...predictions(0.5, 0, 1)])).toBeCloseTo(0);
  });

  test('counts a confidence of 1', () => {
    expect(calibrationError(predictions(1, 0, 5))).toBe(1);
    expect(calibrationError(predictions(1, 5, 0))).toBe(0);
  });
});
