import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { environment } from '../../src/config.js';

it('has every variable of the configuration in its table, with its default', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const table = new Map(
    [...readme.matchAll(/^\| `([A-Z][A-Z0-9_]*)` \| (.*?) \|/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  expect([...table.keys()].sort()).toEqual(Object.keys(environment.shape).sort());
  const defaults = environment.parse({});
  for (const [name, value] of Object.entries(defaults)) {
    if (typeof value === 'object') continue;

    expect(table.get(name), name).toBe(`\`${String(value)}\``);
  }
});
