import { AutoTokenizer } from '@huggingface/transformers';

/** More characters than any token of a CLIP has. */
const LONGEST_TOKEN = 128;

/**
 * The tokenizer of a model's folder.
 *
 * A text that is too long is cut as CLIP's reference cuts it: the end token stays, because its place is where the model
 * reads the meaning of the text. transformers.js would cut it off.
 *
 * @param contextLength tokens that the model takes at most, start and end included
 * @returns a function from a text to its token ids, start and end included
 */
export async function loadTokenizer(
  folder: string,
  contextLength: number,
): Promise<(text: string) => number[]> {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  return (text) => {
    const { input_ids: ids } = tokenizer(shorten(text, contextLength), { return_tensor: false });
    return ids.length <= contextLength ? ids : [...ids.slice(0, contextLength - 1), ...ids.slice(-1)];
  };
}

/**
 * Cuts what cannot matter before it is split into tokens, which takes time. White space goes first: the tokenizer sees no
 * difference between one space and a thousand.
 */
function shorten(text: string, contextLength: number): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, contextLength * LONGEST_TOKEN);
}
