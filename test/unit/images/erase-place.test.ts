import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { erasePlace } from '../../../src/images/erase-place.js';
import { createReadMetadata } from '../../../src/images/read-metadata.js';
import { createLogger } from '../../../src/log.js';
import { EXIF, plainJpeg, XMP } from '../../support/metadata.js';

const read = createReadMetadata(createLogger('silent'));
const pixels = (file: Buffer) => sharp(file).raw().toBuffer();
const FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;

async function photograph(
  format: (typeof FORMATS)[number] | 'tiff',
  metadata: 'exif' | 'xmp',
): Promise<Buffer> {
  const picture = sharp(await plainJpeg(3));
  const told = metadata === 'exif' ? picture.withExif(EXIF) : picture.withXmp(XMP);
  return told.toFormat(format, format === 'avif' ? { effort: 0 } : {}).toBuffer();
}

describe('erasing the place', () => {
  it.each(FORMATS)('in the EXIF of a %s leaves everything else', async (format) => {
    const file = await photograph(format, 'exif');
    expect((await read(file))?.location).not.toBeNull();
    const erased = erasePlace(file);
    expect(await read(erased)).toMatchObject({
      location: null,
      camera: 'Fuji X100',
      takenAt: new Date('2024-06-01T10:30:15.250Z'),
    });
    expect(erased.length).toBe(file.length);
    expect((await pixels(erased)).equals(await pixels(file))).toBe(true);
    // The seconds of the latitude, 1512/100, which stand nowhere else.
    for (const rational of ['e805000064000000', '000005e800000064']) {
      expect(erased.indexOf(rational, 'hex')).toBe(-1);
    }
  });

  it.each(['jpeg', 'webp', 'avif', 'tiff'] as const)(
    'in the XMP of a %s leaves everything else',
    async (format) => {
      const file = await photograph(format, 'xmp');
      expect((await read(file))?.location).not.toBeNull();
      const erased = erasePlace(file);
      expect(await read(erased)).toMatchObject({
        location: null,
        title: 'A red car',
        tags: ['car', 'červené'],
      });
      expect(erased.includes('GPSL')).toBe(false);
      expect((await pixels(erased)).equals(await pixels(file))).toBe(true);
    },
  );

  it('covers previews that follow the picture', async () => {
    const file = Buffer.concat([await photograph('jpeg', 'exif'), await photograph('jpeg', 'exif')]);
    expect(erasePlace(file).indexOf('e805000064000000', 'hex')).toBe(-1);
  });

  it('changes nothing where there is no place', async () => {
    const plain = await sharp(await plainJpeg(4))
      .withExif({ IFD0: EXIF.IFD0 })
      .jpeg()
      .toBuffer();
    expect(erasePlace(plain).equals(plain)).toBe(true);
    for (const text of [
      '',
      'Exif\0\0II*\0\xff\xff\xff\xff',
      'II*\0',
      '<x:xmpmeta GPS',
      'MM\0*\0\0\0\x08\xff\xff',
    ]) {
      const bytes = Buffer.from(text, 'latin1');
      expect(erasePlace(bytes).equals(bytes)).toBe(true);
    }
  });

  it('ends whatever the directories say', async () => {
    const file = await photograph('jpeg', 'exif');
    let state = 3;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(file.subarray(0, round % 3 === 0 ? random(file.length) : file.length));
      for (let flips = 0; flips < 6; flips++) bytes[random(Math.min(500, bytes.length))] = random(256);
      expect(erasePlace(bytes)).toHaveLength(bytes.length);
    }
  });
});
