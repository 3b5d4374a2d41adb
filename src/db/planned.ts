import { createHash } from 'node:crypto';

/** PostgreSQL cuts names at 63 bytes. */
const DIGEST_DIGITS = 16;

/**
 * A statement that each connection prepares the first time and that PostgreSQL, after five runs, no longer plans: planning takes
 * longer than running it does for most statements that touch few rows (of an image's way in it was 5 of 9 ms). For statements that
 * run often, whose text takes few forms, and whose best plan does not depend on the values: not for those with a filter.
 *
 * @param text opens with `/* room.verb *\/`, as all do
 */
export function planned(text: string): { readonly name: string; readonly text: string } {
  const [, verb = ''] = /^\s*\/\* (\S+) \*\//.exec(text) ?? [];
  // Some texts hold a model's id or dimensions: a name stands for one text only.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_DIGITS);
  return { name: `${verb}:${digest}`, text };
}
