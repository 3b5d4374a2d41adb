const START = 0xffd8;
const SCAN = 0xda;
const END = 0xd9;

/**
 * How many scans a JPEG has, counted up to one more than `most`. A progressive one has about ten, each of which makes a
 * decoder go over the whole picture once more; it can be given a million, in a file that is small enough to be accepted.
 */
export function countScans(jpeg: Buffer, most: number): number {
  let scans = 0;
  // Between two markers stand the data of a scan, in which a byte of ones is followed by zero or a restart marker.
  for (let at = jpeg.indexOf(0xff, 2); at !== -1 && scans <= most; at = jpeg.indexOf(0xff, at)) {
    const marker = jpeg[at + 1];
    if (marker === undefined || marker === END) break;
    if (marker === 0xff) at += 1;
    else if (isAlone(marker)) at += 2;
    else {
      if (marker === SCAN) scans += 1;
      // A length that cannot be leads out of the file, or stays where it is.
      at += 2 + (at + 4 <= jpeg.length ? jpeg.readUInt16BE(at + 2) : 0);
    }
  }
  return scans;
}

/** Readers of metadata look some bytes ahead of where they are. */
const MARGIN_BYTES = 1024;

/**
 * The part of a JPEG before its first scan, where all of its metadata stands: some hundredths of a large one. A view, not a copy.
 *
 * @param file whatever it is; all of it when it is no JPEG, or none as it should be
 */
export function beforeScans(file: Uint8Array): Uint8Array {
  const jpeg = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (jpeg.byteLength < 2 || jpeg.getUint16(0) !== START) return file;
  for (let at = 2; at + 4 <= jpeg.byteLength;) {
    const marker = jpeg.getUint8(at + 1);
    if (jpeg.getUint8(at) !== 0xff) return file;
    if (marker === SCAN) return file.subarray(0, at + MARGIN_BYTES);
    if (marker === 0xff) at += 1;
    else at += isAlone(marker) ? 2 : 2 + jpeg.getUint16(at + 2);
  }
  return file;
}

/** Markers without a length: none at all, and restarts. */
function isAlone(marker: number): boolean {
  return marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}
