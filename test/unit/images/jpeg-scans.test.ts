import sharp from 'sharp';
import { expect, it } from 'vitest';
import { beforeScans, countScans } from '../../../src/images/jpeg-scans.js';
import { EXIF, XMP } from '../../support/metadata.js';
import { progressiveJpeg, segment, withSegments } from '../../support/hostile/make-jpeg.js';
import { makePicture } from '../../support/pictures.js';

it('counts the scans of what programs write', async () => {
  const plain = await makePicture(1);
  expect(countScans(plain, 100)).toBe(1);
  expect(countScans(await sharp(plain).withExif(EXIF).withXmp(XMP).jpeg().toBuffer(), 100)).toBe(1);
  const progressive = countScans(await sharp(plain).jpeg({ progressive: true }).toBuffer(), 100);
  expect(progressive).toBeGreaterThan(3);
  expect(progressive).toBeLessThan(20);
});

it('takes nothing within a segment for a scan, and nothing behind the end', async () => {
  const plain = await makePicture(1);
  const thumbnail = segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), progressiveJpeg(64, 64, 30)]));
  expect(countScans(withSegments(plain, thumbnail, thumbnail), 100)).toBe(1);
  expect(countScans(Buffer.concat([plain, progressiveJpeg(64, 64, 30)]), 100)).toBe(1);
});

it('stops counting when there are too many', () => {
  expect(countScans(progressiveJpeg(64, 64, 98), 100)).toBe(99);
  expect(countScans(progressiveJpeg(64, 64, 5000), 100)).toBe(101);
});

it('comes to an end wherever a file is cut off', async () => {
  const progressive = await sharp(await makePicture(1))
    .jpeg({ progressive: true })
    .toBuffer();
  for (let kept = 0; kept < progressive.length; kept += 7) {
    expect(countScans(progressive.subarray(0, kept), 100)).toBeLessThan(20);
  }
});

it('finds the part with all metadata, which is small', async () => {
  const large = await makePicture(1, { width: 600, height: 400 });
  const described = await sharp(large).withExif(EXIF).withXmp(XMP).jpeg({ quality: 100 }).toBuffer();
  const head = Buffer.from(beforeScans(described));
  expect(head.length).toBeLessThan(described.length / 20);
  expect(described.subarray(0, head.length)).toEqual(head);
  expect(head.includes('Exif\0\0')).toBe(true);
  expect(head.includes('http://ns.adobe.com/xap/')).toBe(true);
});

it('takes all of what is no JPEG, or no whole one', async () => {
  const png = await makePicture(1, { format: 'png' });
  const jpeg = await makePicture(1);
  const cut = jpeg.subarray(0, 100);
  const garbled = Buffer.concat([jpeg.subarray(0, 2), Buffer.from('not a marker'), jpeg]);
  for (const file of [png, cut, garbled, Buffer.alloc(0), Buffer.from([0xff])])
    expect(beforeScans(file)).toBe(file);
});
