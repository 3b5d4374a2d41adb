import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadVocabularies } from '../../../src/classification/vocabularies.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-words-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('ships English and Czech, each word once and short enough for a label', async () => {
  const shipped = await loadVocabularies(undefined);
  expect([...shipped.keys()]).toEqual(['czech', 'english']);
  for (const { words } of shipped.values()) {
    expect(words.length).toBeGreaterThan(700);
    expect(words.filter((word) => word.length > 40 || word.includes(','))).toEqual([]);
  }
});

it("puts the operator's own in the place of a shipped one of its name", async () => {
  await writeFile(path.join(folder, 'english.txt'), 'one\ntwo\n');
  const all = await loadVocabularies(folder);
  expect(all.get('english')?.words).toEqual(['one', 'two']);
  expect(all.has('czech')).toBe(true);
});

it.each([
  [
    'a line that is too long',
    `word\n${'x'.repeat(101)}\n`,
    /words\.txt has more than 100 characters.* in line 2/,
  ],
  ['an empty file', '# nothing\n', /is empty/],
  [
    'too many words',
    Array.from({ length: 10_001 }, (_, index) => `w${index}`).join('\n'),
    /more than 10,000 words/,
  ],
])('refuses %s, and says where', async (_what, text, message) => {
  await writeFile(path.join(folder, 'words.txt'), text);
  await expect(loadVocabularies(folder)).rejects.toThrow(message);
});

it('refuses a folder that is not there', async () => {
  await expect(loadVocabularies(path.join(folder, 'none'))).rejects.toThrow(/VOCABULARY_FOLDER/);
});
