/** What the first bytes of a file say it is. */
export type Signature =
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'avif'
  | 'gif'
  | 'tiff'
  | 'heic'
  | 'svg'
  | 'pdf'
  | 'bmp'
  | 'ico'
  | 'photoshop'
  | 'jpeg-2000'
  | 'jpeg-xl'
  | 'raw'
  | 'unknown';

const HEAD_BYTES = 1024;
const SVG = /^(?:\xef\xbb\xbf)?\s*<(?:svg[\s>]|[?!][^]*<svg[\s>])/i;

/**
 * Recognises a file by its first bytes, never by its name. Only what is recognised as accepted is handed to a decoder:
 * the fewer parsers a stranger's bytes reach, the better.
 */
export function signatureOf(bytes: Uint8Array): Signature {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES));
  const hex = (start: number, end: number) => head.toString('hex', start, end);
  const text = (start: number, end: number) => head.toString('latin1', start, end);

  if (hex(0, 3) === 'ffd8ff') return 'jpeg';
  if (hex(0, 8) === '89504e470d0a1a0a') return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'gif';
  if (isRaw(head)) return 'raw';
  // The last two are BigTIFF.
  if (['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(hex(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp') return signatureOfBrands(head);
  if (text(0, 5) === '%PDF-') return 'pdf';
  if (text(0, 2) === 'BM' && hex(6, 10) === '00000000') return 'bmp';
  if (hex(0, 4) === '00000100') return 'ico';
  if (text(0, 4) === '8BPS') return 'photoshop';
  if (hex(0, 12) === '0000000c6a5020200d0a870a' || hex(0, 4) === 'ff4fff51') return 'jpeg-2000';
  if (hex(0, 2) === 'ff0a' || hex(0, 8) === '0000000c4a584c20') return 'jpeg-xl';
  if (SVG.test(text(0, HEAD_BYTES))) return 'svg';
  return 'unknown';
}

/**
 * Raw files that say so in their first bytes: Canon's, Fujifilm's, Olympus's and Panasonic's. Those of others are TIFF to
 * the last byte.
 */
function isRaw(head: Buffer): boolean {
  const text = (start: number, end: number) => head.toString('latin1', start, end);
  return (
    (text(0, 4) === 'II*\0' && text(8, 10) === 'CR') ||
    text(4, 12) === 'ftypcrx ' ||
    text(0, 15) === 'FUJIFILMCCD-RAW' ||
    ['IIRO', 'IIRS', 'MMOR', 'IIU\0'].includes(text(0, 4))
  );
}

/** AVIF and HEIC are one container; its first box lists what a reader must know, and videos begin in the same way. */
function signatureOfBrands(head: Buffer): Signature {
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands = new Set<string>();
  for (let at = 8; at + 4 <= end; at += 4) brands.add(head.toString('latin1', at, at + 4));
  if (brands.has('avif') || brands.has('avis')) return 'avif';
  if (['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'].some((brand) => brands.has(brand))) return 'heic';
  return 'unknown';
}
