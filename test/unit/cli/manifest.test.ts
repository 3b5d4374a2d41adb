import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IngestItem } from '../../../src/cli/ingest-item.js';
import { readManifest } from '../../../src/cli/manifest.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictograph-manifest-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Reads a manifest of these entries, one a line. */
async function read(...entries: unknown[]): Promise<IngestItem[]> {
  const file = path.join(folder, 'list.jsonl');
  await writeFile(file, entries.map((entry) => JSON.stringify(entry)).join('\n'));
  const items: IngestItem[] = [];
  for await (const item of readManifest(file, new AbortController().signal)) items.push(item);
  return items;
}

describe('takenAt in a manifest', () => {
  it.each([
    ['2024-06-01T12:30:15.25+02:00', '2024-06-01T10:30:15.250Z'],
    ['2024-06-01T12:30:15Z', '2024-06-01T12:30:15.000Z'],
    ['2024-02-29T23:59-11:30', '2024-03-01T11:29:00.000Z'],
    ['0044-03-15T12:00:00Z', '0044-03-15T12:00:00.000Z'],
  ])('%s is the moment %s', async (takenAt, moment) => {
    expect(await read({ path: 'a.jpg', takenAt })).toEqual([
      {
        path: path.join(folder, 'a.jpg'),
        expected: true,
        details: { takenAt: new Date(moment) },
        line: 1,
      },
    ]);
  });

  it.each([
    ['2024-06-01', /"2024-06-01" is a day and no moment: .*T12:30:00\+02:00/],
    ['2024-06-01T12:30:15', /has no time zone: end it with Z for UTC/],
    ['2024-06-01T12:30', /has no time zone/],
    ['2023-02-29T12:00:00Z', /is no date and time/],
    ['2024-06-01T25:00:00Z', /is no date and time/],
    ['2024:06:01 12:30:15', /is no date and time/],
    ['yesterday', /"yesterday" is no date and time/],
    ['x'.repeat(5000), /"x{40}…" is no date and time/],
    ['', /"" is no date and time/],
    [1_717_238_415, /wrong "takenAt" \(expected string/],
  ])('%j is none, and its line says why', async (takenAt, why) => {
    const [first, second] = await read({ path: 'a.jpg' }, { path: 'b.jpg', takenAt });
    expect(first).toMatchObject({ line: 1 });
    expect(second).toMatchObject({ line: 2, outcome: 'rejected', code: 'INVALID_LINE' });
    const message = second !== undefined && 'message' in second ? second.message : '';
    expect(message).toMatch(/^Line 2 of the manifest has a wrong "takenAt"/);
    expect(message).toMatch(why);
    expect(message.length).toBeLessThan(500);
  });
});

it('takes null for what is left out', async () => {
  const [item] = await read({
    path: 'a.jpg',
    url: null,
    title: null,
    tags: null,
    metadata: null,
    takenAt: null,
  });
  expect(item).toEqual({ path: path.join(folder, 'a.jpg'), expected: true, details: {}, line: 1 });
});
