import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const folder = path.resolve(import.meta.dirname, '../../samples');

const collection = z.strictObject({
  pictures: z.array(
    z.strictObject({
      file: z.string().regex(/^pictures\/[a-z]+(-[a-z]+)*\.(jpg|webp|png)$/),
      name: z.string().regex(/^[a-z]+([ -][a-z]+)*$/),
      title: z.string().min(1),
      tags: z.array(z.string().min(1)).min(1),
      metadata: z.strictObject({
        style: z.enum(['Twemoji', 'Noto Emoji']),
        licence: z.enum(['CC-BY-4.0', 'Apache-2.0']),
        source: z.string().regex(/^@iconify-json\/[a-z]+@\d+\.\d+\.\d+$/),
        codePoint: z.string().regex(/^U\+[0-9A-F]{4,5}( U\+[0-9A-F]{4,5})*$/),
      }),
    }),
  ),
});

type Picture = z.infer<typeof collection>['pictures'][number];

let pictures: Picture[];
let credits: string;

beforeAll(async () => {
  pictures = collection.parse(
    JSON.parse(await readFile(path.join(folder, 'collection.json'), 'utf8')),
  ).pictures;
  credits = await readFile(path.join(folder, 'CREDITS.md'), 'utf8');
});

describe('the sample collection', () => {
  test('is large enough for a demo, with the red car and its near misses', () => {
    expect(pictures.length).toBeGreaterThanOrEqual(100);
    expect(pictures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['automobile', 'sport utility vehicle', 'fire engine', 'red apple', 'bus']),
    );
  });

  test('lists every file once, and nothing else lies in the folder', async () => {
    const listed = pictures.map(({ file }) => path.basename(file));
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.toSorted()).toEqual((await readdir(path.join(folder, 'pictures'))).toSorted());
  });

  test('holds pictures that decode, of the format that their name says, 384 pixels square', async () => {
    const formats = { '.jpg': 'jpeg', '.webp': 'webp', '.png': 'png' };
    const found = await Promise.all(
      pictures.map(async ({ file }) => {
        const { data, info } = await sharp(path.join(folder, file))
          .raw()
          .toBuffer({ resolveWithObject: true });
        const { format } = await sharp(path.join(folder, file)).metadata();
        return { file, format, width: info.width, height: info.height, bytes: data.length };
      }),
    );
    expect(found).toEqual(
      pictures.map(({ file }) => ({
        file,
        format: formats[z.enum(['.jpg', '.webp', '.png']).parse(path.extname(file))],
        width: 384,
        height: 384,
        bytes: 384 * 384 * 3,
      })),
    );
  });

  test('has no two equal files: the second would be refused as a duplicate', async () => {
    const contents = await Promise.all(
      pictures.map(({ file }) => readFile(path.join(folder, file), 'base64')),
    );
    expect(new Set(contents).size).toBe(contents.length);
  });

  test('stays small', async () => {
    const sizes = await Promise.all(
      pictures.map(async ({ file }) => (await stat(path.join(folder, file))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4 * 1024 * 1024);
    expect(Math.max(...sizes)).toBeLessThan(100 * 1024);
  });

  test('tags pictures with their kind, never with their name', () => {
    expect(pictures.filter(({ name, tags }) => tags.includes(name))).toEqual([]);
  });
});

describe('the credits', () => {
  test('give each style a section that names its licence and lists exactly its files', () => {
    for (const style of ['Twemoji', 'Noto Emoji']) {
      const ofStyle = pictures.filter(({ metadata }) => metadata.style === style);
      const section = credits.split(/^## /m).find((part) => part.startsWith(`${style}\n`)) ?? '';
      const files = section.slice(section.indexOf('Files (')).match(/[a-z-]+\.(jpg|webp|png)/g) ?? [];
      expect(files.toSorted()).toEqual(ofStyle.map(({ file }) => path.basename(file)).toSorted());
      for (const { metadata } of ofStyle) {
        const [name, version] = metadata.source.split(/(?<=.)@/);
        expect(section).toContain(`\`${name ?? ''}\` ${version ?? ''}`);
      }
    }
  });

  test('link each licence, and the Apache text is there', async () => {
    expect(credits).toContain('https://creativecommons.org/licenses/by/4.0/');
    expect(credits).toContain('licences/Apache-2.0.txt');
    const text = await readFile(path.join(folder, 'licences/Apache-2.0.txt'), 'utf8');
    expect(text).toContain('Apache License');
  });
});
