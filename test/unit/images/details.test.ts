import { describe, expect, it } from 'vitest';
import { checkDetails, InvalidDetailError } from '../../../src/images/details.js';
import type { ImageDetails } from '../../../src/images/images.js';

/** The field and message that details are refused with. */
function refusal(details: ImageDetails): { field: string; message: string } {
  try {
    checkDetails(details);
  } catch (error) {
    if (error instanceof InvalidDetailError) return { field: error.field, message: error.message };
    throw error;
  }
  throw new Error('The details were accepted.');
}

/** An object with so many levels of objects in it, itself the first. */
function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

describe('checkDetails', () => {
  it('leaves out what was left out, and keeps null where it removes', () => {
    expect(checkDetails({})).toEqual({});
    expect(checkDetails({ filename: undefined, title: undefined })).toEqual({});
    expect(checkDetails({ filename: null, title: null })).toEqual({ filename: null, title: null });
  });

  it('trims, deduplicates and sorts tags', () => {
    expect(checkDetails({ tags: [' red ', 'car', 'red', '\tcar\n', 'Älg', 'auto'] })).toEqual({
      tags: ['auto', 'car', 'red', 'Älg'],
    });
  });

  it('counts characters, not UTF-16 units', () => {
    expect(checkDetails({ title: '😀'.repeat(1000), tags: ['😀'.repeat(100)] }).title).toHaveLength(2000);
    expect(refusal({ title: '😀'.repeat(1001) })).toMatchObject({ field: 'title' });
  });

  it.each([
    ['a title of 1,001 characters', { title: 'x'.repeat(1001) }, 'title', '1000 characters'],
    ['U+0000 in a title', { title: 'a\0b' }, 'title', 'U+0000'],
    ['half a surrogate pair in a title', { title: 'a\ud800b' }, 'title', 'surrogate'],
    ['101 different tags', { tags: Array.from({ length: 101 }, (_, n) => `t${n}`) }, 'tags', 'at most 100'],
    ['a tag of 101 characters', { tags: ['x'.repeat(101)] }, 'tags', '100 characters'],
    ['an empty tag', { tags: ['ok', '  '] }, 'tags', 'empty'],
    ['U+0000 in a tag', { tags: ['a\0'] }, 'tags', 'U+0000'],
    ['a file name of 256 characters', { filename: `${'x'.repeat(252)}.jpg` }, 'filename', '255 characters'],
    ['a list as metadata', { metadata: [1, 2] }, 'metadata', 'a list'],
    ['null as metadata', { metadata: null }, 'metadata', 'null'],
    ['a text as metadata', { metadata: '{"a": 1}' }, 'metadata', 'JSON object'],
    ['a date as metadata', { metadata: new Date() }, 'metadata', 'JSON object'],
    ['U+0000 in a metadata text', { metadata: { a: ['b', { c: 'x\0' }] } }, 'metadata', 'U+0000'],
    ['U+0000 in a metadata key', { metadata: { a: { 'b\0': 1 } } }, 'metadata', 'U+0000'],
    ['a lone surrogate in metadata', { metadata: { a: '\udc00' } }, 'metadata', 'surrogate'],
    ['a number that JSON does not have', { metadata: { a: Infinity } }, 'metadata', 'Infinity'],
    ['a value that JSON does not have', { metadata: { a: undefined } }, 'metadata', 'undefined'],
    ['an object of a class', { metadata: { a: new Date() } }, 'metadata', 'another kind'],
    ['too many bytes', { metadata: { a: 'ä'.repeat(32 * 1024) } }, 'metadata', '64 KiB'],
    ['101 levels', { metadata: nested(101) }, 'metadata', '100 levels'],
    ['a depth that recursion could not walk', { metadata: nested(100_000) }, 'metadata', '100 levels'],
  ])('refuses %s', (_, details, field, message) => {
    const found = refusal(details);
    expect(found.field).toBe(field);
    expect(found.message).toContain(message);
  });

  it('accepts what is just within the rules', () => {
    const metadata = { a: 'x'.repeat(64 * 1024 - '{"a":""}'.length) };
    const details = {
      filename: `${'x'.repeat(251)}.jpg`,
      title: 'x'.repeat(1000),
      tags: Array.from({ length: 300 }, (_, n) => `t${n % 100}`.padEnd(100, 'x')),
      metadata,
    };
    const checked = checkDetails(details);
    expect(checked.tags).toHaveLength(100);
    expect(checked.metadata).toBe(JSON.stringify(metadata));
    expect(checkDetails({ metadata: nested(100) }).metadata).toBeDefined();
    expect(checkDetails({ metadata: { n: null, t: true, x: -1.5e300, list: [[], {}] } }).metadata).toBe(
      '{"n":null,"t":true,"x":-1.5e+300,"list":[[],{}]}',
    );
  });
});
