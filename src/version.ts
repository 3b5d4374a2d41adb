import { readFileSync } from 'node:fs';

/** Pictograph's version, from its package.json. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // By hand: `--version` and `--help` need nothing else, and loading zod takes longer than all of the rest.
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed))
    throw new Error('package.json names no version.');
  return String(parsed.version);
}
