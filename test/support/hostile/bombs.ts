import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { makePicture, pngChunk } from '../pictures.js';
import { filesIn, patched, u16be, u16le, u32be, u32le, type HostileFile } from './hostile-file.js';
import { gif, manyFrames } from './make-gif.js';
import { markerAt, progressiveJpeg, segment, withSegments } from './make-jpeg.js';
import { blackPng, deflatedZeros, ihdr, png, PNG_MAGIC, pngWith } from './make-png.js';
import { directoryBytes, firstDirectory, greyEntries, tiff } from './make-tiff.js';
import { plainWebp, riff } from './make-webp.js';

const MEBIBYTE = 1024 * 1024;

/**
 * Small files that would be large: more pixels, frames or bytes of metadata than fit into memory.
 *
 * @param side of the pictures that are as large as is allowed, in pixels
 */
export async function bombs(side: number): Promise<HostileFile[]> {
  const jpeg = await makePicture(2);
  const avif = await makePicture(2, { format: 'avif' });
  const webp = await makePicture(2, { format: 'webp' });
  const claims = (at: number, size: Buffer) => patched(jpeg, at, size);
  const text = (keyword: string, rest: Buffer) =>
    Buffer.concat([Buffer.from(`${keyword}\0`, 'latin1'), rest]);
  const flat = deflatedZeros(200 * MEBIBYTE);

  return [
    ...filesIn('too large', {
      'black.png': ['TOO_LARGE', blackPng({ width: 30_000, height: 30_000, depth: 1, colour: 0 })],
      'one row too many.png': ['TOO_LARGE', blackPng({ width: side, height: side + 1, depth: 1, colour: 0 })],
      'strip.png': ['TOO_LARGE', blackPng({ width: 1_000_000, height: 1000, depth: 1, colour: 0 })],
      'header only.png': [
        'TOO_LARGE',
        Buffer.concat([
          PNG_MAGIC,
          ihdr({ width: 1_000_000, height: 1_000_000 }),
          pngChunk('IDAT', Buffer.alloc(2)),
        ]),
      ],
      'palette.png': [
        'TOO_LARGE',
        png(
          { width: 65_535, height: 65_535, colour: 3 },
          pngChunk('PLTE', Buffer.of(0, 0, 0)),
          pngChunk('IDAT', deflateSync(Buffer.alloc(100))),
        ),
      ],
      'claims.jpg': [
        'TOO_LARGE',
        claims(markerAt(jpeg, 0xc0) + 5, Buffer.concat([u16be(65_500), u16be(65_500)])),
      ],
      'progressive.jpg': ['TOO_LARGE', progressiveJpeg(16_000, 16_000)],
      'plain.webp': ['TOO_LARGE', plainWebp(16_383, 16_383)],
      'canvas.webp': [
        'UNREADABLE',
        riff([
          ['VP8X', Buffer.concat([u32le(0), Buffer.of(0xfe, 0xff, 0, 0xfe, 0xff, 0)])],
          ['VP8 ', webp.subarray(20)],
        ]),
      ],
      'black.gif': ['TOO_LARGE', gif(65_535, 65_535, [{ width: 65_535, height: 2000 }])],
      'claims.tif': [
        'TOO_LARGE',
        tiff(Buffer.alloc(100), [{ entries: greyEntries(500_000, 500_000, 100), next: 0 }]),
      ],
      'deflate.tif': [
        'TOO_LARGE',
        tiff(flat, [{ entries: greyEntries(20_000, 20_000, flat.length, 8), next: 0 }]),
      ],
      'claims.avif': [
        'TOO_LARGE',
        patched(avif, avif.indexOf('ispe') + 8, Buffer.concat([u32be(60_000), u32be(60_000)])),
      ],
      'numbers.svg': [
        'TOO_LARGE',
        Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"><rect width="9" height="9"/></svg>',
        ),
      ],
    }),
    ...filesIn('many frames', {
      '10000.gif': ['TOO_LARGE', manyFrames(10_000)],
      '1001.gif': ['TOO_LARGE', manyFrames(1001)],
      '1000.gif': ['taken', manyFrames(1000)],
      '10000.tif': ['TOO_LARGE', pages(10_000)],
      '1001.webp': ['TOO_LARGE', frames(webp.subarray(12), 1001)],
    }),
    // As many pixels as are allowed, of the kinds that decoders must hold as a whole.
    ...filesIn('just allowed', {
      'grey.png': ['taken', blackPng({ width: side, height: side, depth: 1, colour: 0 })],
      'interlaced.png': [
        'taken',
        blackPng({ width: side, height: side, depth: 16, colour: 6, interlaced: true }),
      ],
      'transparent.png': ['taken', blackPng({ width: side, height: side, depth: 8, colour: 6 })],
      'progressive.jpg': ['taken', progressiveJpeg(side, side)],
      'plain.webp': ['taken', plainWebp(side, side)],
      'black.gif': ['taken', gif(side, side, [{ width: side, height: side }])],
      'strip.png': ['taken', blackPng({ width: 100_000, height: 10, depth: 1, colour: 0 })],
      'column.png': ['taken', blackPng({ width: 3, height: 100_000, depth: 8, colour: 2 })],
    }),
    ...filesIn('scans', {
      '3000.jpg': ['TOO_LARGE', progressiveJpeg(side, side, 3000)],
      '99.jpg': ['taken', progressiveJpeg(400, 300, 98)],
    }),
    ...filesIn('metadata', {
      'zTXt.png': [
        'taken',
        pngWith([pngChunk('zTXt', text('Comment', Buffer.concat([Buffer.of(0), flat])))], [], 1),
      ],
      'iTXt xmp.png': [
        'taken',
        pngWith(
          [pngChunk('iTXt', text('XML:com.adobe.xmp', Buffer.concat([Buffer.of(1, 0, 0, 0), flat])))],
          [],
          2,
        ),
      ],
      'profile.png': [
        'taken',
        pngWith([pngChunk('iCCP', text('p', Buffer.concat([Buffer.of(0), flat])))], [], 3),
      ],
      'texts.png': [
        'taken',
        pngWith(
          Array.from({ length: 20_000 }, (_, index) =>
            pngChunk('tEXt', text(`key${index}`, Buffer.from('value'))),
          ),
          [],
          4,
        ),
      ],
      'segments.jpg': [
        'taken',
        withSegments(jpeg, ...Array.from({ length: 60 }, () => segment(0xe5, Buffer.alloc(60_000)))),
      ],
      'entities.jpg': ['taken', withXmp(await makePicture(3), LAUGHS)],
      'nested.jpg': ['taken', withXmp(await makePicture(4), '<a>'.repeat(15_000))],
      'keywords.webp': ['taken', await keywords()],
    }),
  ];
}

/** A TIFF with so many pages of one grey pixel: each directory points at the next. */
function pages(count: number): Buffer {
  const data = Buffer.of(200, 0);
  const entries = greyEntries(1, 1, 1);
  const start = firstDirectory(data);
  const length = directoryBytes(entries.length);
  return tiff(
    data,
    Array.from({ length: count }, (_, page) => ({
      entries,
      next: page === count - 1 ? 0 : start + (page + 1) * length,
    })),
  );
}

/** An animation that shows the same image chunk again and again. */
function frames(image: Buffer, count: number): Buffer {
  const u24 = (value: number) => u32le(value).subarray(0, 3);
  const place = Buffer.concat([u24(0), u24(0), u24(47), u24(31), u24(100), Buffer.of(0)]);
  return riff([
    ['VP8X', Buffer.concat([u32le(2), u24(47), u24(31)])],
    ['ANIM', Buffer.concat([u32le(0), u16le(0)])],
    ...Array.from({ length: count }, (): [string, Buffer] => ['ANMF', Buffer.concat([place, image])]),
  ]);
}

/** Ten entities, each ten times the one before: ten billion laughs. */
const LAUGHS = `<!DOCTYPE x [<!ENTITY l0 "laugh">${Array.from(
  { length: 10 },
  (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
).join('')}]><x:xmpmeta xmlns:x="adobe:ns:meta/">&l10;</x:xmpmeta>`;

function withXmp(jpeg: Buffer, xmp: string): Buffer {
  return withSegments(jpeg, segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`, 'latin1')));
}

async function keywords(): Promise<Buffer> {
  const list = '<rdf:li>keyword</rdf:li>'.repeat(50_000);
  return sharp(await makePicture(5, { format: 'webp' }))
    .withXmp(
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag>' +
        `${list}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`,
    )
    .webp()
    .toBuffer();
}
