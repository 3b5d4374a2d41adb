import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors.js';
import {
  imageCursorOf,
  matchCursorOf,
  parseImageCursor,
  parseMatchCursor,
} from '../../../src/graphql/cursors.js';
import type { ImageOrder } from '../../../src/graphql/mappers.js';

const newest: ImageOrder = { field: 'CREATED_AT', direction: 'DESC' };
const position = { key: '2026-11-23T18:20:00.123Z', id: 42 };
const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

const refusal = (parse: () => unknown): RequestError => {
  try {
    parse();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('was accepted');
};

describe('image cursors', () => {
  it.each([
    [newest, position],
    [{ field: 'UPDATED_AT', direction: 'ASC' }, position],
    [
      { field: 'FILENAME', direction: 'ASC' },
      { key: 'žluťoučký 🐎.png', id: 1 },
    ],
    [
      { field: 'FILENAME', direction: 'DESC' },
      { key: null, id: 1 },
    ],
    [
      { field: 'BYTE_SIZE', direction: 'ASC' },
      { key: 123_456_789, id: Number.MAX_SAFE_INTEGER },
    ],
  ] as const)('come back as they were: %j', (orderBy, place) => {
    const cursor = imageCursorOf(orderBy, 'digest', place);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(parseImageCursor(cursor, orderBy, 'digest')).toEqual(place);
  });

  it('belong to their order and filter, and say so', () => {
    const cursor = imageCursorOf(newest, 'digest', position);
    const parse = (orderBy: ImageOrder, digest: string) =>
      refusal(() => parseImageCursor(cursor, orderBy, digest));
    expect(parse({ field: 'CREATED_AT', direction: 'ASC' }, 'digest').message).toMatch(
      /made for the order CREATED_AT DESC, not for CREATED_AT ASC/,
    );
    expect(parse({ field: 'FILENAME', direction: 'DESC' }, 'digest').message).toMatch(
      /not for FILENAME DESC/,
    );
    expect(parse(newest, 'other').message).toMatch(/another filter/);
    expect(parse(newest, 'other').code).toBe('INVALID_CURSOR');
    const match = matchCursorOf({ distance: 0.5, id: 1, rank: 1, digest: 'x' });
    expect(refusal(() => parseImageCursor(match, newest, 'digest')).message).toMatch(
      /made for a list of matches, not for a list of images/,
    );
  });

  it.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['too much', 'A'.repeat(10_000)],
    ['no list', encode({ version: 1 })],
    ['another version', encode([2, 'images', 'CREATED_AT', 'DESC', 'digest', position.key, 42])],
    ['another kind', encode([1, 'people', 'CREATED_AT', 'DESC', 'digest', position.key, 42])],
    ['an unknown order', encode([1, 'images', 'id; DROP TABLE images', 'DESC', 'digest', position.key, 42])],
    ['a time that is none', encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', 'yesterday', 42])],
    [
      'a time before years were counted',
      encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', '0000-01-01T00:00:00Z', 42]),
    ],
    ['a time as a number', encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', 12, 42])],
    ['an id that is none', encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', position.key, '42'])],
    [
      'an id beyond safe integers',
      encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', position.key, 2 ** 53]),
    ],
    ['an id below one', encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', position.key, 0])],
    ['more than there is', encode([1, 'images', 'CREATED_AT', 'DESC', 'digest', position.key, 42, 'x'])],
  ])('refuse %s', (_, cursor) => {
    expect(refusal(() => parseImageCursor(cursor, newest, 'digest')).code).toBe('INVALID_CURSOR');
  });

  it('refuse keys of another type than the order has', () => {
    const parse = (field: ImageOrder['field'], key: unknown) =>
      refusal(() =>
        parseImageCursor(
          encode([1, 'images', field, 'ASC', 'digest', key, 1]),
          { field, direction: 'ASC' },
          'digest',
        ),
      ).code;
    expect(parse('FILENAME', 5)).toBe('INVALID_CURSOR');
    expect(parse('FILENAME', 'nul \0')).toBe('INVALID_CURSOR');
    expect(parse('BYTE_SIZE', 'a')).toBe('INVALID_CURSOR');
    expect(parse('BYTE_SIZE', 1.5)).toBe('INVALID_CURSOR');
    expect(parse('BYTE_SIZE', null)).toBe('INVALID_CURSOR');
    expect(parse('CREATED_AT', null)).toBe('INVALID_CURSOR');
  });
});

describe('match cursors', () => {
  it('come back exactly as they were, to the last bit of the distance', () => {
    const place = { distance: 0.1 + 0.2, id: 7, rank: 21, digest: 'abc' };
    expect(parseMatchCursor(matchCursorOf(place))).toEqual(place);
    for (const date of ['2026-11-24T01:00:00.123Z', null]) {
      expect(parseMatchCursor(matchCursorOf({ ...place, date }))).toEqual({ ...place, date });
    }
    for (const distance of [0, -1e-17, 2, Number.MIN_VALUE]) {
      expect(parseMatchCursor(matchCursorOf({ ...place, distance })).distance).toBe(distance);
    }
  });

  it.each([
    ['a distance that is none', '[1,"matches",1e999,1,1,"x"]'],
    ['a distance too far', '[1,"matches",4,1,1,"x"]'],
    ['a distance as text', '[1,"matches","NaN",1,1,"x"]'],
    ['an id beyond safe integers', '[1,"matches",0.5,9007199254740993,1,"x"]'],
    ['rank 0', '[1,"matches",0.5,1,0,"x"]'],
    ['no digest', '[1,"matches",0.5,1,1]'],
    ['a date that is no text', '[1,"matches",0.5,1,1,"x",5]'],
    ['more than there is', '[1,"matches",0.5,1,1,"x",null,1]'],
  ])('refuse %s', (_, content) => {
    expect(refusal(() => parseMatchCursor(Buffer.from(content).toString('base64url'))).code).toBe(
      'INVALID_CURSOR',
    );
  });

  it('refuse a cursor of a list of images, and say so', () => {
    const cursor = imageCursorOf(newest, 'digest', position);
    expect(refusal(() => parseMatchCursor(cursor)).message).toMatch(
      /made for a list of images, not for a list of matches/,
    );
  });
});
