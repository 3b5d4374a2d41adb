import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeReport } from '../../src/cli/report/write-report.js';
import { insertLabelSet } from '../support/label-sets.js';
import { addPicture, openCollection, type Collection } from '../support/collection.js';
import { makePicture } from '../support/pictures.js';

const HOSTILE = `<script>alert(1)</script>"'&><img src=x onerror=alert(2)>\u202egnp.jpg`;
const COUNT = 12;

let collection: Collection;
const ids: number[] = [];

beforeAll(async () => {
  collection = await openCollection();
  for (let index = 0; index < COUNT; index++) {
    const { id } = await addPicture(collection.images, await makePicture(index), {
      filename: `picture-${index}.png`,
      tags: index === 0 ? ['</style><script>'] : [index % 2 === 0 ? 'even' : 'odd'],
    });
    ids.push(id);
    await collection.process({ imageId: id }, 1, false);
    // As whoever writes SQL may name it: what comes by the API has no folders in it.
    if (index === 0)
      await collection.database.pool.query('UPDATE images SET filename = $1 WHERE id = $2', [HOSTILE, id]);
  }
});
afterAll(() => collection.drop());

const write = (options: { filter?: string; labelSet?: string } = {}) =>
  writeReport(collection, {
    out: path.join(collection.dataFolder, 'report.html'),
    title: 'A & B <x>',
    ...options,
  });
const page = () => readFile(path.join(collection.dataFolder, 'report.html'), 'utf8');

it('is one page with every image, and nothing from elsewhere', async () => {
  const { shown, bytes } = await write();
  expect(shown).toBe(COUNT);
  const html = await page();
  expect(Buffer.byteLength(html)).toBe(bytes);
  expect(html.match(/<image [^>]*href="data:image\/webp;base64,[A-Za-z0-9+/=]+"/g)).toHaveLength(COUNT);
  // No address but those of the pictures within.
  expect([...html.matchAll(/\b(?:src|href)="(?!data:image\/webp;base64,)/g)]).toEqual([]);
  expect(html).not.toMatch(/https?:|url\(|@import/);
  expect(html).toContain("default-src 'none'");
  expect(html).toMatch(/<span>even<\/span><div><div class="bar" style="width:83\.3%/);
  expect(html).toMatch(/<span>odd<\/span><div><div class="bar" style="width:100\.0%/);
  expect((await readdir(collection.dataFolder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

it('shows whatever a name is, and runs none of it', async () => {
  await write();
  const html = await page();
  expect(html).not.toMatch(/<script|<img src=x/);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&gt;');
  expect(html).toContain('&lt;/style&gt;&lt;script&gt;');
  expect(html).toContain('<title>A &amp; B &lt;x&gt;</title>');
  expect(html).not.toContain('\u202e');
});

it('keeps to the filter, and to what there is', async () => {
  expect((await write({ filter: '{"tagsAny": ["odd"]}' })).shown).toBe(COUNT / 2);
  expect((await write({ filter: '{"tagsAny": ["none"]}' })).shown).toBe(0);
  expect(await page()).toContain('No image to show.');
  await expect(write({ filter: '{"no": 1}' })).rejects.toThrow(/no ImageFilter/);
  await expect(write({ labelSet: 'Kinds' })).rejects.toThrow(/No label set "Kinds" has classified/);
});

it('colours the map by a label set, and counts its labels', async () => {
  const labels = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`label ${index}`, ids.slice(index, index + 1)]),
  );
  await insertLabelSet(collection.database.pool, collection.modelId, 'Kinds', labels);
  await write();
  const html = await page();
  expect(html).toContain('The colour is the label of “Kinds”.');
  const [, legend = ''] = /<ul class="legend">(.*?)<\/ul>/.exec(html) ?? [];
  const entries = [...legend.matchAll(/background:(#\w+)"><\/span>(.*?)<\/li>/g)].map(([, colour, name]) => ({
    colour,
    name,
  }));
  expect(entries.map(({ name }) => name)).toEqual([...Object.keys(labels).slice(0, 8), 'others, none']);
  expect(new Set(entries.map(({ colour }) => colour)).size).toBe(9);
  const frames = (colour = '') => html.split(`stroke="${colour}"`).length - 1;
  expect(entries.map(({ colour }) => frames(colour))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, COUNT - 8]);
  expect(html).toMatch(/<span>label 8<\/span><div><div class="bar" style="width:100\.0%/);
  await expect(write({ labelSet: 'Sorts' })).rejects.toThrow(/There are: "Kinds"/);
});
