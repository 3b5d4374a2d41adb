import { expect, it } from 'vitest';
import { idsFromText, idsToText } from '../../../src/graphql/id-list.js';

it('brings ids back, ascending', () => {
  for (const ids of [[], [1], [5, 3, 127, 128, 129, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]]) {
    expect(idsFromText(idsToText(ids))).toEqual([...ids].sort((a, b) => a - b));
  }
});

it('is short: 300 neighbours among a million images take less than 800 characters', () => {
  expect(idsToText(Array.from({ length: 300 }, (_, index) => 1 + 3_333 * index)).length).toBeLessThanOrEqual(
    800,
  );
});

it.each([
  ['a number that does not end', Buffer.from([0x81]).toString('base64url')],
  ['zero', Buffer.from([0]).toString('base64url')],
  ['an id twice', Buffer.from([3, 0]).toString('base64url')],
  ['another spelling of a number', Buffer.from([0x83, 0]).toString('base64url')],
  ['more than a safe integer', Buffer.alloc(9, 0xff).toString('base64url')],
  ['no base64url', '!!'],
])('refuses %s', (_what, text) => {
  expect(idsFromText(text)).toBeUndefined();
});
