import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, OperatorError } from '../errors.js';
import { isStorableText } from '../db/storable-text.js';

/** Words that may be suggested as labels. */
export interface Vocabulary {
  /** The file's name without `.txt`. */
  readonly name: string;
  /** In the form in which texts are encoded, each once. */
  readonly words: readonly string[];
}

/** Ten thousand words are 20 MB of vectors, and minutes of encoding the first time. */
const MAX_WORDS = 10_000;
const MAX_CHARACTERS = 100;
const MAX_BYTES = 2 * 1024 * 1024;
/** Beside src/ and dist/ alike. */
const SHIPPED = fileURLToPath(new URL('../../vocabularies', import.meta.url));

/**
 * Reads the vocabularies that come with Pictograph and those of the operator: text files in UTF-8, one word or phrase a line,
 * `#` begins a comment. One of the operator's takes the place of a shipped one of its name.
 *
 * @throws OperatorError that says which line of which file is wrong
 */
export async function loadVocabularies(folder: string | undefined): Promise<ReadonlyMap<string, Vocabulary>> {
  const shipped = await readFolder(SHIPPED);
  const own = folder === undefined ? [] : await readFolder(folder);
  return new Map([...shipped, ...own].map((vocabulary) => [vocabulary.name, vocabulary]));
}

async function readFolder(folder: string): Promise<Vocabulary[]> {
  try {
    const files = (await readdir(folder)).filter(
      (name) => name.endsWith('.txt') && !name.startsWith('LICENCE'),
    );
    return await Promise.all(files.sort().map((name) => readVocabulary(path.join(folder, name))));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      `The folder of vocabularies ${folder} cannot be read: ${messageOf(error)}. Set VOCABULARY_FOLDER to a folder with files of one word a line, or unset it.`,
      78,
    );
  }
}

async function readVocabulary(file: string): Promise<Vocabulary> {
  const refuse = (problem: string) =>
    new OperatorError(`The vocabulary ${file} ${problem}. It takes one word or phrase a line.`, 78);
  if ((await stat(file)).size > MAX_BYTES)
    throw refuse(`has more than ${MAX_BYTES.toLocaleString('en')} bytes`);
  const words = new Set<string>();
  for (const [index, line] of (await readFile(file, 'utf8'))
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const word = line.normalize('NFC').trim().replace(/\s+/gu, ' ');
    if (word === '' || word.startsWith('#')) continue;
    if (word.length > MAX_CHARACTERS || !isStorableText(word)) {
      throw refuse(
        `has more than ${MAX_CHARACTERS} characters, or one that is no text, in line ${index + 1}`,
      );
    }
    words.add(word);
    if (words.size > MAX_WORDS) throw refuse(`has more than ${MAX_WORDS.toLocaleString('en')} words`);
  }
  if (words.size === 0) throw refuse('is empty');
  return { name: path.basename(file, '.txt'), words: [...words] };
}
