import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readQuestions, type Questions } from '../../../eval/questions.js';
import { openIconSet } from '../../../samples/icon-sets.js';

let questions: Questions;
beforeAll(async () => {
  questions = await readQuestions();
});

describe('the questions', () => {
  test('are as many as the goals speak of', () => {
    expect(questions.things.length).toBeGreaterThan(800);
    expect(questions.everyday).toHaveLength(50);
    expect(questions.freeText).toHaveLength(30);
    expect(questions.objects.flatMap(({ neverShown }) => neverShown).length).toBeGreaterThanOrEqual(60);
  });

  test('find what they name in another spelling', () => {
    const rightFor = (wanted: string) =>
      [...(questions.freeText.find(({ query }) => query === wanted)?.right ?? [])].map(({ name }) => name);
    expect(rightFor('flag with a maple leaf')).toEqual(['flag of canada']);
    expect(rightFor('something to eat').length).toBeGreaterThan(50);
    const shoes = questions.everyday.find(({ label }) => label === 'shoe');
    expect(shoes?.drawings.map(({ name }) => name)).toEqual(['running shoe', "man's shoe"]);
  });

  test('put no drawing into two classes, and give no two things one name', () => {
    const shown = questions.everyday.flatMap(({ drawings }) => drawings);
    expect(new Set(shown).size).toBe(shown.length);
    for (const language of ['name', 'nameCs'] as const) {
      expect(new Set(questions.things.map((thing) => thing[language])).size).toBe(questions.things.length);
    }
  });

  test('ask only for what the held-out style draws', async () => {
    const icons = await openIconSet(path.resolve(import.meta.dirname, '../../..'), 'twemoji');
    for (const { hexcode } of [...questions.things, ...questions.others, ...questions.objects]) {
      expect(icons.byHexcode(hexcode).body, hexcode).toMatch(/^</);
    }
    expect(() => icons.byHexcode('0000')).toThrow('no emoji of the code points 0000');
  });
});
