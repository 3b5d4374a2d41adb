/** A short text for a list of row ids, in ascending order: the differences in base 128, in base64url. */
export function idsToText(ids: readonly number[]): string {
  const bytes: number[] = [];
  let last = 0;
  for (const id of [...ids].sort((a, b) => a - b)) {
    let difference = id - last;
    last = id;
    // Not with bit operators, which know 32 bits only.
    for (; difference >= 128; difference = Math.floor(difference / 128)) bytes.push((difference % 128) + 128);
    bytes.push(difference);
  }
  return Buffer.from(bytes).toString('base64url');
}

/**
 * The ids that a text names.
 *
 * @returns undefined for everything that `idsToText` cannot have made of different ids
 */
export function idsFromText(text: string): number[] | undefined {
  const ids: number[] = [];
  let last = 0;
  let difference = 0;
  let factor = 1;
  for (const byte of Buffer.from(text, 'base64url')) {
    difference += (byte % 128) * factor;
    factor *= 128;
    if (last + difference > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte >= 128) continue;
    last += difference;
    ids.push(last);
    [difference, factor] = [0, 1];
  }
  return idsToText(ids) === text && new Set(ids).size === ids.length && ids[0] !== 0 ? ids : undefined;
}
