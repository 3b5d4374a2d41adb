import { describe, expect, it } from 'vitest';
import { cleanFilename, deriveFilename, filenameOfUrl } from '../../../src/images/filename.js';

describe('cleanFilename', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\photo.jpg', 'photo.jpg'],
    ['/absolute/photo.jpg', 'photo.jpg'],
    ['a\0b\r\nc\u0085.jpg', 'abc.jpg'],
    ['  spaced name.jpg  ', 'spaced name.jpg'],
    ['half\ud800.jpg', 'half\ufffd.jpg'],
    ['červené auto.jpg', 'červené auto.jpg'],
    ['folder/', null],
    ['..', null],
    ['.', null],
    ['\0\n', null],
    ['', null],
  ])('makes %j into %j', (given, clean) => {
    expect(cleanFilename(given)).toBe(clean);
  });
});

describe('deriveFilename', () => {
  it('cuts what is too long and keeps the extension', () => {
    const name = deriveFilename(`${'😀'.repeat(300)}.jpeg`);
    expect(name).toBe(`${'😀'.repeat(250)}.jpeg`);
  });

  it('has none for none', () => {
    expect(deriveFilename(undefined)).toBeNull();
  });
});

describe('filenameOfUrl', () => {
  it.each([
    ['https://example.org/a/red%20car.jpg?size=2#x', 'red car.jpg'],
    ['https://example.org/%ff.jpg', '%ff.jpg'],
    ['https://example.org/', ''],
    // Only decoding brings the folder to light: it is taken off afterwards.
    ['https://example.org/a%2Fb.jpg', 'a/b.jpg'],
  ])('finds the name in %s', (url, name) => {
    expect(filenameOfUrl(new URL(url))).toBe(name);
  });
});
