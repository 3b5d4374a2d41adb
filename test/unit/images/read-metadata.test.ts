import sharp, { type Exif } from 'sharp';
import { expect, describe, it } from 'vitest';
import { NO_METADATA } from '../../../src/images/embedded-metadata.js';
import { createReadMetadata } from '../../../src/images/read-metadata.js';
import { createLogger } from '../../../src/log.js';
import { EXIF, plainJpeg, withIptc, XMP } from '../../support/metadata.js';

const log = createLogger('silent');
const readMetadata = createReadMetadata(log);
const read = async (file: Uint8Array) => {
  const found = await readMetadata(file);
  if (found === undefined) throw new Error('The thread broke down, or was too slow.');
  return found;
};
const withExif = async (exif: Exif) =>
  sharp(await plainJpeg(1))
    .withExif(exif)
    .jpeg()
    .toBuffer();
const taken = async (fields: Record<string, string>) =>
  (await read(await withExif({ IFD2: fields }))).takenAt?.toISOString();

describe('EXIF', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'of a %s tells time, place and camera',
    async (format) => {
      const picture = sharp(await plainJpeg(1)).withExif(EXIF);
      const bytes = await picture.toFormat(format, format === 'avif' ? { effort: 0 } : {}).toBuffer();
      const found = await read(bytes);
      expect(found).toMatchObject({ takenAt: new Date('2024-06-01T10:30:15.250Z'), camera: 'Fuji X100' });
      expect(found.location?.latitude).toBeCloseTo(50.08753, 5);
      expect(found.location?.longitude).toBeCloseTo(14.41667, 5);
    },
  );

  it('without a zone is read as UTC', async () => {
    expect(await taken({ DateTimeOriginal: '2024:06:01 12:30:15' })).toBe('2024-06-01T12:30:15.000Z');
    expect(await taken({ DateTimeOriginal: '2024:06:01 12:30:15', OffsetTimeOriginal: 'CEST' })).toBe(
      '2024-06-01T12:30:15.000Z',
    );
  });

  it('may come from west of Greenwich, or from before 1970', async () => {
    expect(await taken({ DateTimeOriginal: '1901:12:31 20:00:00', OffsetTimeOriginal: '-05:30' })).toBe(
      '1902-01-01T01:30:00.000Z',
    );
  });

  it.each([
    '0000:00:00 00:00:00',
    '    :  :     :  :  ',
    '2024:02:30 10:00:00',
    '2024:13:01 10:00:00',
    '2024:01:01 25:00:00',
    'yesterday',
  ])('says nothing with the time %j', async (text) => {
    expect(await taken({ DateTimeOriginal: text })).toBeUndefined();
  });

  it('of the digitising counts when there is no other', async () => {
    expect(await taken({ DateTimeDigitized: '2024:06:01 12:30:15' })).toBe('2024-06-01T12:30:15.000Z');
  });

  it('does not place anything at 0, 0', async () => {
    const zero = { ...EXIF.IFD3, GPSLatitude: '0/1 0/1 0/1', GPSLongitude: '0/1 0/1 0/1' };
    expect((await read(await withExif({ IFD3: zero }))).location).toBeNull();
    const nowhere = { ...EXIF.IFD3, GPSLatitude: '91/1 0/1 0/1' };
    expect((await read(await withExif({ IFD3: nowhere }))).location).toBeNull();
    const divided = { ...EXIF.IFD3, GPSLatitude: '1/0 0/1 0/1' };
    expect((await read(await withExif({ IFD3: divided }))).location).toBeNull();
  });

  it.each([
    ['Canon', 'Canon EOS 80D', 'Canon EOS 80D'],
    ['NIKON CORPORATION', 'NIKON D750', 'NIKON D750'],
    ['Apple', 'iPhone 15', 'Apple iPhone 15'],
  ])('names a camera once: %s, %s', async (Make, Model, camera) => {
    expect((await read(await withExif({ IFD0: { Make, Model } }))).camera).toBe(camera);
  });
});

describe('XMP and IPTC', () => {
  it.each(['jpeg', 'webp', 'avif', 'tiff'] as const)('of a %s tell title and keywords', async (format) => {
    const picture = sharp(await plainJpeg(1)).withXmp(XMP);
    const bytes = await picture.toFormat(format, format === 'avif' ? { effort: 0 } : {}).toBuffer();
    const found = await read(bytes);
    expect(found).toMatchObject({
      title: 'A red car',
      tags: ['car', 'červené'],
      takenAt: new Date('2020-05-06T05:08:09.500Z'),
    });
    expect(found.location?.latitude).toBeCloseTo(-33.85833, 5);
    expect(found.location?.longitude).toBeCloseTo(151.20833, 5);
  });

  it('IPTC alone tells title, keywords and time', async () => {
    const bytes = withIptc(await plainJpeg(1), [
      [5, 'Červené auto'],
      [25, 'car'],
      [25, 'červené'],
      [55, '20200102'],
      [60, '101112+0100'],
    ]);
    expect(await read(bytes)).toEqual({
      ...NO_METADATA,
      title: 'Červené auto',
      tags: ['car', 'červené'],
      takenAt: new Date('2020-01-02T09:11:12Z'),
    });
  });
});

describe('hostile files', { timeout: 180_000 }, () => {
  it('say nothing, or something, and never harm', async () => {
    const whole = withIptc(
      await sharp(await plainJpeg(1))
        .withExif(EXIF)
        .withXmp(XMP)
        .jpeg()
        .toBuffer(),
      [[25, 'car']],
    );
    // Repeatable, and only where metadata stands.
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const metadataEnds = whole.indexOf('ffdb', 'hex');
    expect(metadataEnds).toBeGreaterThan(1000);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole);
      for (let flips = random(8) + 1; flips > 0; flips--) bytes[2 + random(metadataEnds)] = random(256);
      const cut = round % 4 === 0 ? bytes.subarray(0, random(metadataEnds)) : bytes;
      const found = await read(cut);
      if (found.location) expect(Math.abs(found.location.latitude)).toBeLessThanOrEqual(90);
      if (found.takenAt) expect(found.takenAt.getTime()).not.toBeNaN();
    }
    expect(await read(whole)).toMatchObject({ camera: 'Fuji X100', title: 'A red car' });
  });

  it('that are no images say nothing', async () => {
    for (const text of ['', 'text', '<svg/>', 'II*\0\xff\xff\xff\xff']) {
      expect(await read(Buffer.from(text, 'latin1'))).toEqual(NO_METADATA);
    }
  });

  it('whose metadata takes too long are given up, and the next file is read all the same', async () => {
    const keywords = '<rdf:li>keyword</rdf:li>'.repeat(100_000);
    const endless = sharp(await plainJpeg(1)).withXmp(XMP.replace('<rdf:Bag>', `<rdf:Bag>${keywords}`));
    // Parsing it takes hundreds of times as long.
    const hurried = createReadMetadata(log, 1);
    expect(await hurried(await endless.webp().toBuffer())).toBeUndefined();
    expect((await read(await withExif(EXIF))).camera).toBe('Fuji X100');
  });
});
