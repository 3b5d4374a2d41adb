import type { RejectionCode } from '../../../src/images/images.js';

/** A file that somebody may come with, and what must become of it. */
export interface HostileFile {
  /** Within the folder; different for each. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether it is taken, and the code of its rejection where it is not. */
  readonly outcome: 'taken' | RejectionCode;
}

export type Cases = Readonly<Record<string, readonly [HostileFile['outcome'], Buffer]>>;

/** Files of one folder, from their names. */
export function filesIn(folder: string, cases: Cases): HostileFile[] {
  return Object.entries(cases).map(([name, [outcome, bytes]]) => ({
    name: `${folder}/${name}`,
    outcome,
    bytes,
  }));
}

/** Makes a file different from all others and leaves it the same picture: decoders stop before what is behind the end. */
export function marked(bytes: Buffer, mark: string): Buffer {
  return Buffer.concat([bytes, Buffer.from(mark)]);
}

/** Bytes by their hexadecimal digits, with spaces to tell fields apart. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

export function u16be(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u16le(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A copy with other bytes at a place. */
export function patched(bytes: Buffer, at: number, patch: Buffer): Buffer {
  if (at < 0 || at + patch.length > bytes.length) throw new Error(`There is nothing to patch at ${at}.`);
  const copy = Buffer.from(bytes);
  patch.copy(copy, at);
  return copy;
}
