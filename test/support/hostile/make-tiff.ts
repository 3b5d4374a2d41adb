import { u16le, u32le } from './hostile-file.js';

const SHORT = 3;
const LONG = 4;

/** An entry of a directory: tag, type, how many, and the value or where it stands. */
export type TiffEntry = readonly [tag: number, type: number, count: number, value: number];

export interface TiffPage {
  readonly entries: readonly TiffEntry[];
  /** Where the next directory stands: 0 for none. */
  readonly next: number;
}

/** Where the first directory of `tiff` stands. */
export function firstDirectory(data: Buffer): number {
  return 8 + data.length + (data.length % 2);
}

/** Bytes of a directory with so many entries. */
export function directoryBytes(entries: number): number {
  return 2 + 12 * entries + 4;
}

/** A little-endian TIFF: its data right behind the header, then its directories, one behind the other. */
export function tiff(data: Buffer, pages: readonly TiffPage[]): Buffer {
  return Buffer.concat([
    Buffer.from('II*\0'),
    u32le(firstDirectory(data)),
    data,
    Buffer.alloc(data.length % 2),
    ...pages.map(directory),
  ]);
}

/** A grey picture with one strip of pixels, which stand right behind the header. */
export function greyEntries(width: number, height: number, stripBytes: number, compression = 1): TiffEntry[] {
  return [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 1, 8],
    [259, SHORT, 1, compression],
    [262, SHORT, 1, 1],
    [273, LONG, 1, 8],
    [277, SHORT, 1, 1],
    [278, LONG, 1, height],
    [279, LONG, 1, stripBytes],
  ];
}

/** Entries with one of them replaced, or added in its place: directories are sorted by tag. */
export function withEntry(entries: readonly TiffEntry[], entry: TiffEntry): TiffEntry[] {
  return [...entries.filter(([tag]) => tag !== entry[0]), entry].sort(([one], [other]) => one - other);
}

function directory({ entries, next }: TiffPage): Buffer {
  return Buffer.concat([
    u16le(entries.length),
    ...entries.flatMap(([tag, type, count, value]) => [u16le(tag), u16le(type), u32le(count), u32le(value)]),
    u32le(next),
  ]);
}
