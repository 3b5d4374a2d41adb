import sharp from 'sharp';
import { expect, it } from 'vitest';
import { countScans } from '../../../src/images/jpeg-scans.js';
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
