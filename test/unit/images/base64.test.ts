import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../src/images/base64.js';
import { RejectedImageError } from '../../../src/images/images.js';

const BYTES = Buffer.from('0001feff7f80c3a9fb', 'hex');

describe('decodeBase64', () => {
  it.each([
    ['plain', BYTES.toString('base64')],
    ['URL-safe', BYTES.toString('base64url')],
    ['with a data: prefix', `data:image/png;base64,${BYTES.toString('base64')}`],
    ['with a data: prefix and parameters', ` data:image/png;name=a.png;base64,${BYTES.toString('base64')}`],
    ['with line breaks and spaces', `\n ${BYTES.toString('base64').replace(/(.{4})/g, '$1\r\n')} \t`],
  ])('reads base64 %s', (_, text) => {
    expect(decodeBase64(text, 100)).toEqual(BYTES);
  });

  it.each([
    ['YQ==', 'a'],
    ['YQ', 'a'],
    ['YWI=', 'ab'],
    ['YWI', 'ab'],
    ['YWJj', 'abc'],
    ['', ''],
  ])('reads %j, padded or not', (text, expected) => {
    expect(decodeBase64(text, 100).toString()).toBe(expected);
  });

  it.each([
    ['a foreign character', 'YWJ*'],
    ['a group of one', 'YWJjY'],
    ['too much padding', 'Y==='],
    ['padding behind a full group', 'YWJj='],
    ['texts joined', 'YQ==YQ=='],
    ['a data: address that is not base64', 'data:text/plain,hello'],
    ['a file name', 'photo.jpg'],
  ])('refuses %s', (_, text) => {
    expect(() => decodeBase64(text, 100)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it('measures before it decodes', () => {
    expect(decodeBase64(Buffer.alloc(99).toString('base64'), 99)).toHaveLength(99);
    expect(() => decodeBase64(Buffer.alloc(100).toString('base64'), 99)).toThrow(RejectedImageError);
    expect(() => decodeBase64(Buffer.alloc(100).toString('base64'), 99)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});
