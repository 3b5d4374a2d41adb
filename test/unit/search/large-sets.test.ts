import { expect, it } from 'vitest';
import { createLargeSets } from '../../../src/search/large-sets.js';
import { createRecent } from '../../../src/search/recent.js';

it('remembers a large set for ten seconds', () => {
  let now = 1_000;
  const sets = createLargeSets(() => now);
  sets.add('[]');
  expect(sets.has('[]')).toBe(true);
  expect(sets.has('[["ids",[1]]]')).toBe(false);
  now += 9_999;
  expect(sets.has('[]')).toBe(true);
  now += 1;
  expect(sets.has('[]')).toBe(false);
});

it('forgets what was not used for longest', () => {
  const recent = createRecent<string, number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect(recent.get('b')).toBeUndefined();
  expect(recent.get('a')).toBe(1);
  expect(recent.get('c')).toBe(3);
});
