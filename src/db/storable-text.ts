// A surrogate without its other half: JavaScript strings may hold one, UTF-8 cannot.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Whether PostgreSQL can hold a text as it is: `text` and `jsonb` cannot hold U+0000, and UTF-8 has no lone surrogates
 * (node-postgres would silently turn them into U+FFFD).
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}
