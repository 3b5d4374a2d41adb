import sharp, { type Sharp } from 'sharp';
import { EXIF, XMP } from '../metadata.js';
import { makeAnimation, makePicture } from '../pictures.js';
import { filesIn, type HostileFile } from './hostile-file.js';

type Cut = readonly [place: string, kept: number];

/**
 * Pictures of every format that is accepted, cut off where a parser has to ask for more: in the header, within metadata,
 * where pixels begin, among them, and short of the end.
 */
export async function truncatedFiles(): Promise<HostileFile[]> {
  const noise = sharp(await makePicture(1, { width: 96, height: 64, format: 'png' }));
  const described = noise.clone().keepIccProfile().withIccProfile('p3').withExif(EXIF).withXmp(XMP);
  const whole = async (picture: Sharp) => picture.toBuffer();

  const jpeg = await whole(described.clone().jpeg());
  const png = await whole(described.clone().png());
  const webp = await whole(described.clone().webp());
  const avif = await whole(described.clone().avif({ effort: 0 }));
  const gif = await whole(noise.clone().gif());
  const tiff = await whole(described.clone().tiff({ compression: 'lzw' }));
  const half = (bytes: Buffer, from: number): number => Math.floor((from + bytes.length) / 2);
  const at = (bytes: Buffer, pattern: string, more = 0): number => {
    const found = bytes.indexOf(Buffer.from(pattern, 'latin1'));
    if (found === -1) throw new Error(`There is no ${JSON.stringify(pattern)}.`);
    return found + more;
  };

  const places: Readonly<Record<string, readonly [Buffer, readonly Cut[]]>> = {
    jpg: [
      jpeg,
      [
        ['magic', 3],
        ['exif', at(jpeg, 'Exif\0\0', 20)],
        ['xmp', at(jpeg, '<x:xmpmeta', 5)],
        ['profile', at(jpeg, 'ICC_PROFILE', 40)],
        ['tables', at(jpeg, '\xff\xdb', 10)],
        ['frame', at(jpeg, '\xff\xc0', 6)],
        ['scan header', at(jpeg, '\xff\xda', 4)],
        ['first pixels', at(jpeg, '\xff\xda', 40)],
        ['pixels', half(jpeg, at(jpeg, '\xff\xda'))],
        ['last pixels', jpeg.length - 40],
      ],
    ],
    png: [
      png,
      [
        ['magic', 8],
        ['header', 20],
        ['profile', at(png, 'iCCP', 30)],
        ['exif', at(png, 'eXIf', 20)],
        ['pixels begin', at(png, 'IDAT', 4)],
        ['first pixels', at(png, 'IDAT', 40)],
        ['pixels', half(png, at(png, 'IDAT'))],
        ['last pixels', at(png, 'IEND', -40)],
      ],
    ],
    webp: [
      webp,
      [
        ['magic', 12],
        ['header', 22],
        ['profile', at(webp, 'ICCP', 30)],
        ['pixels begin', at(webp, 'VP8 ', 9)],
        ['first pixels', at(webp, 'VP8 ', 60)],
        ['pixels', half(webp, at(webp, 'VP8 '))],
        ['metadata', at(webp, 'EXIF', 20)],
      ],
    ],
    avif: [
      avif,
      [
        ['magic', 12],
        ['brands', 20],
        ['boxes', at(avif, 'iloc', 8)],
        ['properties', at(avif, 'ispe', 8)],
        ['pixels begin', at(avif, 'mdat', 4)],
        ['pixels', half(avif, at(avif, 'mdat'))],
        ['last pixels', avif.length - 10],
      ],
    ],
    gif: [
      gif,
      [
        ['magic', 6],
        ['screen', 9],
        ['colours', 40],
        ['first pixels', 13 + 768 + 30],
        ['pixels', half(gif, 800)],
        ['last pixels', gif.length - 40],
      ],
    ],
    tif: [
      tiff,
      [
        ['magic', 4],
        ['header', 8],
        ['pixels', Math.floor(tiff.length / 2)],
        ['directory', tiff.readUInt32LE(4) + 20],
        ['directory count', tiff.readUInt32LE(4) + 1],
      ],
    ],
  };
  const named = Object.entries(places).flatMap(([extension, [bytes, cuts]]) =>
    cuts.map(([place, kept]): [string, Buffer] => [
      `${extension} in ${place}.${extension}`,
      bytes.subarray(0, kept),
    ]),
  );

  const kinds: Readonly<Record<string, Buffer>> = {
    'progressive.jpg': await whole(noise.clone().jpeg({ progressive: true })),
    'cmyk.jpg': await whole(noise.clone().toColourspace('cmyk').jpeg()),
    'interlaced.png': await whole(noise.clone().png({ progressive: true })),
    '16 bit.png': await whole(noise.clone().toColourspace('rgb16').png()),
    'palette.png': await whole(noise.clone().png({ palette: true })),
    'lossless.webp': await whole(noise.clone().webp({ lossless: true })),
    'alpha.webp': await whole(noise.clone().ensureAlpha(0.5).webp()),
    'alpha.avif': await whole(noise.clone().ensureAlpha(0.5).avif({ effort: 0 })),
    'animated.gif': await makeAnimation(5),
    'tiled.tif': await whole(noise.clone().tiff({ tile: true, tileWidth: 32, tileHeight: 32 })),
    'deflate.tif': await whole(noise.clone().tiff({ compression: 'deflate' })),
  };
  const cutByParts = Object.entries(kinds).flatMap(([name, bytes]) =>
    [10, 40, 80].map((percent): [string, Buffer] => [
      `${percent} % of ${name}`,
      bytes.subarray(0, Math.floor((bytes.length * percent) / 100)),
    ]),
  );
  // Their first frame is whole, and more is not looked at.
  const wholeFirst = new Set(['40 % of animated.gif', '80 % of animated.gif']);
  return filesIn(
    'truncated',
    Object.fromEntries(
      [...named, ...cutByParts].map(([name, bytes]) => [
        name,
        [wholeFirst.has(name) ? 'taken' : 'UNREADABLE', bytes],
      ]),
    ),
  );
}
