import { webcrypto } from 'node:crypto';

/** The SHA-256 of bytes, in hexadecimal. Hashed on another thread: 50 megabytes take long enough to be noticed. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Guards the paths that are made from hashes: what is none must never become part of one. */
export function assertSha256(text: string): void {
  if (!isSha256(text)) throw new RangeError('A SHA-256 has 64 lower-case hexadecimal digits.');
}
