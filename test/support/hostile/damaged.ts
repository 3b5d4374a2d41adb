import { makePicture, PICTURE_FORMATS, pngChunk } from '../pictures.js';
import {
  filesIn,
  hex,
  patched,
  u16be,
  u16le,
  u32be,
  u32le,
  type Cases,
  type HostileFile,
} from './hostile-file.js';
import { gif } from './make-gif.js';
import { markerAt, segment, withSegments } from './make-jpeg.js';
import { ihdr, png, PNG_MAGIC, pngWith } from './make-png.js';
import { firstDirectory, greyEntries, tiff, withEntry, type TiffEntry } from './make-tiff.js';
import { riff } from './make-webp.js';

/** Files of the right kind whose structure is wrong: cycles, sizes that cannot be, checksums, garbage in place of pixels. */
export async function damagedFiles(): Promise<HostileFile[]> {
  return [
    ...filesIn('damaged', { ...(await garbage()), ...(await zeroSides()), ...(await wrongSums()) }),
    ...filesIn('cycles', { ...tiffCycles(), ...(await exifCycles()) }),
  ];
}

/** Noise that is the same on every machine. */
function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const MAGICS: Readonly<Record<string, Buffer>> = {
  jpg: hex('ffd8ffe0'),
  png: PNG_MAGIC,
  webp: Buffer.from('RIFF\x40\x0d\0\0WEBPVP8 ', 'latin1'),
  avif: Buffer.from('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf', 'latin1'),
  gif: Buffer.from('GIF89a'),
  tif: Buffer.from('II*\0\x08\0\0\0', 'latin1'),
  'big.tif': hex('49492b00 08000000 1000000000000000'),
};

/** The first bytes of a format, and then nothing that belongs to it. */
async function garbage(): Promise<Cases> {
  const cases: Record<string, readonly ['taken' | 'UNREADABLE', Buffer]> = {};
  for (const [extension, magic] of Object.entries(MAGICS)) {
    cases[`noise.${extension}`] = ['UNREADABLE', Buffer.concat([magic, noise(magic.length, 3400)])];
    cases[`zeros.${extension}`] = ['UNREADABLE', Buffer.concat([magic, Buffer.alloc(3400)])];
  }
  for (const format of PICTURE_FORMATS) {
    const whole = await makePicture(20, { format, width: 200, height: 150 });
    const holed = patched(whole, Math.floor(whole.length / 3), noise(9, Math.floor(whole.length / 3)));
    // What noise does to a picture's own bytes cannot be told from noise in the picture.
    cases[`hole.${format}`] = [format === 'jpeg' || format === 'webp' ? 'taken' : 'UNREADABLE', holed];
  }
  return cases;
}

async function zeroSides(): Promise<Cases> {
  const jpeg = await makePicture(21);
  const size = markerAt(jpeg, 0xc0) + 5;
  return {
    'no width.png': [
      'UNREADABLE',
      Buffer.concat([PNG_MAGIC, ihdr({ width: 0, height: 10 }), pngChunk('IEND', Buffer.alloc(0))]),
    ],
    'negative.png': [
      'UNREADABLE',
      Buffer.concat([
        PNG_MAGIC,
        ihdr({ width: 0xffff_ffff, height: 0xffff_ffff }),
        pngChunk('IEND', Buffer.alloc(0)),
      ]),
    ],
    'no pixels.png': ['UNREADABLE', png({ width: 10, height: 10 })],
    'no height.jpg': ['UNREADABLE', patched(jpeg, size, u16be(0))],
    'no size.gif': ['UNREADABLE', gif(0, 0, [])],
    'no frame.gif': ['UNREADABLE', gif(10, 10, [])],
    'frame outside.gif': ['TOO_LARGE', gif(10, 10, [{ left: 60_000, top: 60_000, width: 5000, height: 2 }])],
    'no size.tif': ['UNREADABLE', tiff(Buffer.alloc(4), [{ entries: greyEntries(0, 0, 4), next: 0 }])],
    'no chunks.webp': ['UNREADABLE', riff([])],
  };
}

async function wrongSums(): Promise<Cases> {
  const pngFile = await makePicture(22, { format: 'png' });
  const jpeg = await makePicture(23);
  const gifFile = await makePicture(24, { format: 'gif' });
  const pixels = pngFile.indexOf('IDAT');
  return {
    // Every viewer shows these.
    'checksum of the header.png': ['taken', patched(pngFile, 29, u32be(0))],
    'checksum of the pixels.png': [
      'taken',
      patched(pngFile, pixels + 4 + pngFile.readUInt32BE(pixels - 4), u32be(0)),
    ],
    'length of the pixels.png': ['UNREADABLE', patched(pngFile, pixels - 4, u32be(0x7fff_ffff))],
    'unknown critical chunk.png': ['UNREADABLE', pngWith([pngChunk('XXXX', Buffer.alloc(8))], [], 20)],
    'compression.png': ['UNREADABLE', pngWith([], [], 21).fill(0xff, 41, 60)],
    'length of a segment.jpg': ['UNREADABLE', patched(jpeg, 4, u16be(0xffff))],
    'no tables.jpg': [
      'UNREADABLE',
      Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(markerAt(jpeg, 0xda))]),
    ],
    'components.jpg': ['UNREADABLE', patched(jpeg, markerAt(jpeg, 0xc0) + 9, Buffer.of(255))],
    'codes.gif': ['UNREADABLE', patched(gifFile, gifFile.length - 300, Buffer.alloc(250, 0xff))],
    'code size.gif': [
      'UNREADABLE',
      gif(10, 10, [{ width: 10, height: 10, data: Buffer.of(200, 3, 1, 2, 3, 0) }]),
    ],
    'length.webp': ['UNREADABLE', riff([['VP8 ', noise(3, 200)]])],
  };
}

/** Directories that lead back to themselves or out of the file, and counts that no memory holds. */
function tiffCycles(): Cases {
  const data = noise(5, 64);
  const grey = greyEntries(8, 8, 64);
  const start = firstDirectory(data);
  const one = (entries: readonly TiffEntry[], next = 0) => tiff(data, [{ entries, next }]);
  const huge = 0xffff_fff0;
  return {
    'next is itself.tif': ['taken', one(grey, start)],
    'next is outside.tif': ['UNREADABLE', one(greyEntries(8, 7, 56), huge)],
    'a ring of two.tif': [
      'taken',
      tiff(data, [
        { entries: grey, next: start + 2 + 12 * grey.length + 4 },
        { entries: grey, next: start },
      ]),
    ],
    'first is outside.tif': ['UNREADABLE', patched(one(grey), 4, u32le(huge))],
    'first is the header.tif': ['UNREADABLE', patched(one(grey), 4, u32le(0))],
    'sub directories.tif': ['taken', one(withEntry(greyEntries(8, 6, 48), [330, 4, 1, start]))],
    'strips outside.tif': ['UNREADABLE', one(withEntry(grey, [273, 4, 1, huge]))],
    'strip of 4 GiB.tif': ['UNREADABLE', one(withEntry(withEntry(grey, [279, 4, 1, huge]), [257, 4, 1, 9]))],
    'strips without number.tif': ['UNREADABLE', one(withEntry(grey, [273, 4, huge, 8]))],
    'samples.tif': ['UNREADABLE', one(withEntry(grey, [277, 3, 1, 65_535]))],
    'bits.tif': ['UNREADABLE', one(withEntry(grey, [258, 3, 1, 65_535]))],
    'tiles.tif': [
      'UNREADABLE',
      one([
        ...grey.filter(([tag]) => ![273, 278, 279].includes(tag)),
        [322, 4, 1, 0x7fff_fff0],
        [323, 4, 1, 0x7fff_fff0],
        [324, 4, 1, 8],
        [325, 4, 1, 64],
      ]),
    ],
    'compression.tif': ['UNREADABLE', one(withEntry(grey, [259, 3, 1, 34_712]))],
    'entries without number.tif': ['UNREADABLE', patched(one(grey), start, u16le(65_535))],
  };
}

/** Whole pictures whose EXIF is a trap; nobody needs it to see them. */
async function exifCycles(): Promise<Cases> {
  const entry = (tag: number, type: number, count: number, value: number) =>
    Buffer.concat([u16le(tag), u16le(type), u32le(count), u32le(value)]);
  const block = (entries: readonly Buffer[], next: number) =>
    Buffer.concat([Buffer.from('Exif\0\0II*\0'), u32le(8), u16le(entries.length), ...entries, u32le(next)]);
  const traps: Readonly<Record<string, Buffer>> = {
    'exif next is itself.jpg': block([entry(0x112, 3, 1, 1)], 8),
    'exif within itself.jpg': block([entry(0x8769, 4, 1, 8)], 0),
    'gps within itself.jpg': block([entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)], 8),
    'exif outside.jpg': block([entry(0x8769, 4, 1, 0xffff_ff00)], 0xffff_ff00),
    'exif without number.jpg': block([entry(0x10f, 2, 0xffff_ffff, 8), entry(0x9003, 2, 0xffff_ffff, 8)], 0),
    'exif orientation.jpg': block([entry(0x112, 3, 1, 60_000)], 0),
    'exif of noise.jpg': Buffer.concat([Buffer.from('Exif\0\0II*\0'), u32le(8), noise(77, 20_000)]),
    'exif of nothing.jpg': Buffer.from('Exif\0\0'),
  };
  const cases: Record<string, readonly ['taken', Buffer]> = {};
  for (const [index, [name, body]] of Object.entries(traps).entries()) {
    cases[name] = ['taken', withSegments(await makePicture(60 + index), segment(0xe1, body))];
  }
  return cases;
}
