/** More characters than any token of a CLIP has. */
const LONGEST_TOKEN = 128;

/**
 * Cuts a text that is far longer than the model can take, before it is split into tokens, which takes time. White space
 * goes first: the tokenizer sees no difference between one space and a thousand.
 */
export function shorten(text: string, contextLength: number): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, contextLength * LONGEST_TOKEN);
}

/**
 * Cuts tokens to what the model can take, as CLIP's reference does: the end token stays, because its place is where the
 * model reads the meaning of the text. (transformers.js would cut it off.)
 */
export function cutToContext(ids: readonly number[], contextLength: number): number[] {
  return ids.length <= contextLength ? [...ids] : [...ids.slice(0, contextLength - 1), ...ids.slice(-1)];
}
