import { crc32 } from 'node:zlib';
import sharp from 'sharp';

const GPS_POINTER = 0x8825;
const BYTES_OF_TYPE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const MAX_DIRECTORIES = 16;

/**
 * Overwrites the place in a file's metadata: EXIF's GPS directory, wherever in the file an EXIF block begins (previews
 * have blocks of their own), and XMP's GPS properties. Nothing is moved and no pixel is touched, so the file stays what
 * it was in every other way; the same bytes always give the same bytes.
 *
 * Metadata may be compressed, or in an encoding that is not searched: `tellsPlace` says what is left.
 */
export function erasePlace(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file);
  for (const start of tiffHeaders(bytes)) eraseGpsDirectory(bytes, start);
  eraseXmpPlace(bytes);
  if (bytes.equals(file)) return bytes;
  if (bytes.toString('hex', 0, 8) === '89504e470d0a1a0a') mendPngChecksums(bytes);
  return bytes;
}

/** Whether the metadata that libvips finds in a file, compressed or not, tells a place. */
export async function tellsPlace(file: Uint8Array): Promise<boolean> {
  const { exif, xmp } = await sharp(file, { limitInputPixels: false }).metadata();
  const wide = Buffer.from('GPSL', 'utf16le');
  const isWide = (block: Buffer) => block.includes(wide) || block.includes(Buffer.from(wide).swap16());
  return [exif, xmp].some(
    (block) => block !== undefined && (!erasePlace(block).equals(block) || isWide(block)),
  );
}

/** Where TIFF structures begin: the file itself, and EXIF blocks, which open with `Exif` or have their directory at 8. */
function tiffHeaders(bytes: Buffer): Set<number> {
  const starts = new Set<number>([0]);
  const each = (pattern: string, offset: number) => {
    const needle = Buffer.from(pattern, 'latin1');
    for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1))
      starts.add(at + offset);
  };
  each('Exif\0\0', 6);
  each('II*\0\x08\0\0\0', 0);
  each('MM\0*\0\0\0\x08', 0);
  return starts;
}

function eraseGpsDirectory(bytes: Buffer, start: number): void {
  const order = bytes.toString('latin1', start, start + 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return;
  const little = order === 'II*\0';
  const fits = (at: number, length: number) => at >= start && at + length <= bytes.length;
  const u16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));

  const entriesOf = (directory: number): { at: number; next: number }[] => {
    if (!fits(directory, 2)) return [];
    const count = u16(directory);
    const first = directory + 2;
    return Array.from({ length: count }, (_, index) => ({
      at: first + index * 12,
      next: first + count * 12,
    })).filter(({ at }) => fits(at, 12));
  };
  const erase = (directory: number) => {
    for (const { at } of entriesOf(directory)) {
      const length = (BYTES_OF_TYPE[u16(at + 2)] ?? 0) * u32(at + 4);
      const value = start + u32(at + 8);
      if (length > 4 && fits(value, length)) bytes.fill(0, value, value + length);
      bytes.fill(0, at, at + 12);
    }
    if (fits(directory, 2)) bytes.fill(0, directory, directory + 2);
  };

  if (!fits(start, 8)) return;
  let directory = start + u32(start + 4);
  for (let seen = 0; seen < MAX_DIRECTORIES && directory > start; seen++) {
    const entries = entriesOf(directory);
    for (const { at } of entries) if (u16(at) === GPS_POINTER) erase(start + u32(at + 8));
    const next = entries[0]?.next;
    if (next === undefined || !fits(next, 4)) return;
    directory = start + u32(next);
  }
}

const XMP_PLACES = [/\b[\w-]+:GPS\w*\s*=\s*(?:"[^"]*"|'[^']*')/g, /<([\w-]+:GPS\w*)\b[^>]*>[^]*?<\/\1\s*>/g];

function eraseXmpPlace(bytes: Buffer): void {
  for (let at = bytes.indexOf('<x:xmpmeta'); at !== -1; at = bytes.indexOf('<x:xmpmeta', at + 1)) {
    const end = bytes.indexOf('</x:xmpmeta', at);
    if (end === -1) return;
    // A character of latin1 is a byte, so that what is found has its length.
    let text = bytes.toString('latin1', at, end);
    for (const pattern of XMP_PLACES) text = text.replace(pattern, (found) => ' '.repeat(found.length));
    bytes.write(text, at, 'latin1');
  }
}

function mendPngChecksums(bytes: Buffer): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) return;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'eXIf' || type === 'iTXt') bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
}
