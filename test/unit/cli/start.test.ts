import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../support/program.js';

/** What the program loads before it knows which command it runs: it is added to every start, `--help` included. */
const LIGHT = new Set(['commander', 'cli-progress']);

it('loads the application only for a command that runs it', async () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = await readFile(file, 'utf8');
    // Imports of types are gone after compilation, and those in parentheses wait until they are reached.
    for (const [, from = ''] of source.matchAll(/^import (?!type )[^;]*?'([^']+)';/gm)) {
      if (from.startsWith('.')) await visit(path.join(path.dirname(file), from.replace(/\.js$/, '.ts')));
      else if (!from.startsWith('node:')) packages.add(from);
    }
  };
  await visit(path.join(PROJECT_ROOT, 'src/cli/pictograph.ts'));

  expect([...seen].map((file) => path.relative(PROJECT_ROOT, file))).toContain('src/cli/ingest-command.ts');
  expect([...packages].filter((name) => !LIGHT.has(name))).toEqual([]);
});
