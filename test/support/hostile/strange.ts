import { deflateRawSync, gzipSync } from 'node:zlib';
import { EXIF } from '../metadata.js';
import { makeAnimation, makePicture, PICTURE_FORMATS, pngChunk } from '../pictures.js';
import { filesIn, hex, marked, type Cases, type HostileFile } from './hostile-file.js';
import { gif } from './make-gif.js';
import { segment, withSegments } from './make-jpeg.js';
import { blackPng, pngWith } from './make-png.js';
import sharp from 'sharp';

/** What is no image whatever its name says, what is an image whatever its name says, and what is both. */
export async function strangeFiles(): Promise<HostileFile[]> {
  return [
    ...filesIn('no image', notImages()),
    ...filesIn('two things', await polyglots()),
    ...filesIn('drawings', drawings()),
    ...filesIn('good', await goodOnes()),
  ];
}

function notImages(): Cases {
  const of = (text: string) => Buffer.from(text, 'latin1');
  return {
    'nothing.jpg': ['EMPTY', Buffer.alloc(0)],
    'one byte.jpg': ['UNSUPPORTED', Buffer.of(0xff)],
    'two bytes.jpg': ['UNSUPPORTED', hex('ffd8')],
    'zeros.png': ['UNSUPPORTED', Buffer.alloc(5000)],
    'text.jpg': ['UNSUPPORTED', of('I am a text.')],
    'wide text.jpg': ['UNSUPPORTED', Buffer.from('\ufeffI am a text, too.', 'utf16le')],
    'page.png': ['UNSUPPORTED', of('<!doctype html><html><body>404</body></html>')],
    'json.webp': ['UNSUPPORTED', of('{"error": "not found"}')],
    'document.jpg': ['UNSUPPORTED', of('%PDF-1.7\n')],
    'archive.png': ['UNSUPPORTED', of('PK\x03\x04 an archive')],
    'compressed.jpg': ['UNSUPPORTED', gzipSync('a text')],
    'program.gif': ['UNSUPPORTED', of('\x7fELF\x02\x01\x01')],
    'program for windows.gif': ['UNSUPPORTED', of('MZ\x90\0')],
    'video.avif': ['UNSUPPORTED', of('\0\0\0\x18ftypisom\0\0\0\0isomavc1')],
    'sound.webp': ['UNSUPPORTED', of('RIFF\x24\0\0\0WAVEfmt ')],
    'bitmap.bmp': ['UNSUPPORTED', of('BM\x46\0\0\0\0\0\0\0\x36\0\0\0')],
    'icon.png': ['UNSUPPORTED', of('\0\0\x01\0\x01\0')],
    'layers.jpg': ['UNSUPPORTED', of('8BPS\0\x01')],
    'phone.heic': ['UNSUPPORTED', of('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    'new.jpg': ['UNSUPPORTED', hex('ff0a0000')],
    'old.tif': ['UNSUPPORTED', of('II*\0\x10\0\0\0CR\x02\0')],
    'script.jpg': ['UNSUPPORTED', of('#!/bin/sh\nexit 1\n')],
    'deflated.png': ['UNSUPPORTED', deflateRawSync('a text')],
    'brands.avif': ['UNSUPPORTED', of('\xff\xff\xff\xffftyp')],
  };
}

/** An image to a decoder, something else to another reader. It is an image here, and served as nothing else. */
async function polyglots(): Promise<Cases> {
  const comment = (text: string) => segment(0xfe, Buffer.from(text));
  return {
    'jpeg and archive.jpg': ['taken', marked(await makePicture(30), 'PK\x05\x06' + '\0'.repeat(18))],
    'jpeg and php.php': [
      'taken',
      withSegments(await makePicture(31), comment('<?php system($_GET["c"]); ?>')),
    ],
    'png and page.html': [
      'taken',
      pngWith([pngChunk('tEXt', Buffer.from('Comment\0<script>alert(1)</script>'))], [], 30),
    ],
    'gif and script.js': ['taken', marked(gif(12, 9, [{ width: 12, height: 9 }]), '*/=1;alert(1)')],
    'two jpegs.jpg': ['taken', Buffer.concat([await makePicture(32), await makePicture(33)])],
    'png and jpeg.png': ['taken', Buffer.concat([pngWith([], [], 31), await makePicture(34)])],
    'pdf and jpeg.jpg': ['UNSUPPORTED', Buffer.concat([Buffer.from('%PDF-1.4\n'), await makePicture(35)])],
    'text and jpeg.jpg': ['UNSUPPORTED', Buffer.concat([Buffer.from('\n'), await makePicture(36)])],
    'wrong name.png': ['taken', await makePicture(37)],
    'no name at all': ['taken', await makePicture(38, { format: 'webp' })],
    'text.txt': ['taken', await makePicture(39, { format: 'gif' })],
  };
}

const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
const svg = (content: string, attributes = 'width="64" height="64"') =>
  Buffer.from(`<svg ${NAMESPACES} ${attributes}>${content}</svg>`);

/** With ACCEPT_SVG. */
function drawings(): Cases {
  const doubled = (levels: number) =>
    Array.from(
      { length: levels },
      (_, level) =>
        `<g id="g${level + 1}"><use xlink:href="#g${level}"/><use xlink:href="#g${level}" x="1"/></g>`,
    ).join('');
  return {
    'plain.svg': ['taken', svg('<circle cx="32" cy="32" r="20" fill="red"/>')],
    'script.svg': ['taken', svg('<script>while (true) {}</script><rect width="30" height="30"/>')],
    'entities.svg': [
      'UNSUPPORTED',
      Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'),
    ],
    'file.svg': ['UNSUPPORTED', svg('<image href="file:///etc/passwd" width="10" height="10"/>')],
    'address.svg': ['UNSUPPORTED', svg('<image href="http://127.0.0.1:1/x.png" width="10" height="10"/>')],
    'doubling.svg': ['UNREADABLE', svg(`<rect id="g0" width="3" height="3"/>${doubled(40)}`)],
    'itself.svg': ['taken', svg('<g id="a"><use xlink:href="#a"/></g>')],
    'nested.svg': ['UNREADABLE', svg('<g>'.repeat(100_000))],
    'not closed.svg': ['UNREADABLE', Buffer.from(`<svg ${NAMESPACES} width="9" height="9"><rect`)],
    'wide.svg': ['UNSUPPORTED', Buffer.from('<svg>', 'utf16le')],
    'no size.svg': ['UNREADABLE', svg('', 'width="0" height="0"')],
  };
}

/** Among all the others, pictures as people have them. */
async function goodOnes(): Promise<Cases> {
  const cases: Record<string, readonly ['taken', Buffer]> = {};
  for (const [index, format] of PICTURE_FORMATS.entries()) {
    cases[`plain.${format}`] = ['taken', await makePicture(40 + index, { format })];
  }
  for (let orientation = 1; orientation <= 8; orientation++) {
    cases[`turned ${orientation}.jpg`] = ['taken', await makePicture(50 + orientation, { orientation })];
  }
  return {
    ...cases,
    'one pixel.png': ['taken', blackPng({ width: 1, height: 1 })],
    'animated.gif': ['taken', await makeAnimation(4)],
    'described.jpg': [
      'taken',
      await sharp(await makePicture(46))
        .withExif(EXIF)
        .jpeg()
        .toBuffer(),
    ],
  };
}
