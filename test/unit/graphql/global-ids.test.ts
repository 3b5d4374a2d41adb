import { describe, expect, it } from 'vitest';
import { parseGlobalId, parseImageId, requireImageId, toGlobalId } from '../../../src/graphql/global-ids.js';

const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('global ids', () => {
  it('come back as they were', () => {
    for (const id of [1, 42, Number.MAX_SAFE_INTEGER]) {
      expect(parseGlobalId(toGlobalId('Image', id))).toEqual({ type: 'Image', id });
    }
    expect(parseGlobalId(toGlobalId('Model', 3))).toEqual({ type: 'Model', id: 3 });
  });

  it.each([
    '',
    'garbage',
    '42',
    encode('Image:0'),
    encode('Image:-1'),
    encode('Image:1.5'),
    encode('Image:01'),
    encode('Image: 1'),
    encode('Image:1\n'),
    encode('Image:9007199254740992'),
    encode('Image:9223372036854775808'),
    encode('image:1'),
    encode('Person:1'),
    encode('Image:1:2'),
    `${encode('Image:1')}=`,
    Buffer.from('Image:11').toString('base64'),
    ` ${encode('Image:1')}`,
    'A'.repeat(1_000_000),
  ])('are nothing but what was made: not %j', (text) => {
    // The padded spelling is only another one when base64 pads at all.
    if (text === toGlobalId('Image', 11)) return;
    expect(parseGlobalId(text)).toBeUndefined();
  });

  it('tell images from others', () => {
    expect(parseImageId(toGlobalId('Image', 5))).toBe(5);
    expect(parseImageId(toGlobalId('Model', 5))).toBeUndefined();
    expect(requireImageId(toGlobalId('Image', 5), 'ids')).toBe(5);
    expect(() => requireImageId('x'.repeat(5000), 'ids')).toThrow(
      /^`ids` contains "x{64}…", which is not the id/,
    );
  });
});
