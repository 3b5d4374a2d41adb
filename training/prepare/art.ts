/**
 * Renders every drawing of the training styles, and of the style that is held out, to raw RGBA: `work/art/STYLE.raw`
 * holds SIZE x SIZE x 4 bytes a drawing, `work/art/STYLE.json` the concept of each, in the same order.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import type { Concept } from './concepts.js';
import { WORK } from './folders.js';
import { ART as OUT, SOURCES, type Source } from './styles.js';

const require = createRequire(import.meta.url);
const SIZE = 64;
mkdirSync(OUT, { recursive: true });
// Several drawings of one thing in one style are taken up to here.
const VARIANTS = 3;

const concepts = JSON.parse(readFileSync(path.join(WORK, 'concepts.json'), 'utf8')) as readonly Concept[];

const slug = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/['’“”!.]/gu, '')
    .replaceAll('&', 'and')
    .replace(/[^a-z0-9#*]+/gu, '-')
    .replace(/^-|-$/gu, '');

const byHexcode = new Map<string, number>();
const byName = new Map<string, number>();
const byAlias = new Map<string, number>();
for (const { id, hexcode, name } of concepts) {
  byHexcode.set(hexcode, id);
  byHexcode.set(hexcode.replaceAll('-fe0f', ''), id);
  if (!byName.has(slug(name))) byName.set(slug(name), id);
}
// A flag's short code is a bare country code: `in`, `it`, `at`. No icon of that name is a flag.
for (const { id, group, aliases } of concepts)
  if (group !== 'flags')
    for (const alias of aliases) if (!byAlias.has(slug(alias))) byAlias.set(slug(alias), id);

interface IconSet {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<
    Record<string, { body: string; left?: number; top?: number; width?: number; height?: number }>
  >;
  readonly aliases?: Readonly<Record<string, { parent: string }>>;
}

/** Firefox OS wrote its names without a space: `loveletter`. */
const squashed = new Map([...byAlias, ...byName].map(([name]) => [name.replaceAll('-', ''), name]));
function unsquashed(name: string): string {
  return squashed.get(name) ?? squashed.get(`${name}face`) ?? name;
}

async function render(svg: string | Buffer): Promise<Buffer> {
  return sharp(typeof svg === 'string' ? Buffer.from(svg) : svg)
    .resize(SIZE, SIZE, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .ensureAlpha()
    .raw()
    .toBuffer();
}

async function save(
  style: string,
  drawings: readonly { concept: number; picture: string | Buffer }[],
): Promise<void> {
  const rendered: Buffer[] = [];
  for (const { picture } of drawings) rendered.push(await render(picture));
  writeFileSync(path.join(OUT, `${style}.raw`), Buffer.concat(rendered));
  writeFileSync(path.join(OUT, `${style}.json`), JSON.stringify(drawings.map(({ concept }) => concept)));
  const covered = new Set(drawings.map(({ concept }) => concept)).size;
  console.log(`${style}: ${drawings.length} drawings of ${covered} concepts`);
}

function svgOf(set: IconSet, name: string): string | undefined {
  const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent ?? ''];
  if (icon === undefined) return undefined;
  const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16];
  const body = icon.body.replaceAll('currentColor', '#333');
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${SIZE}" height="${SIZE}" viewBox="${box.join(' ')}">${body}</svg>`;
}

async function renderIconSet({
  style,
  package: name,
  by,
  spaceless,
  name: bare = (text) => text,
}: Source): Promise<void> {
  const set = require(`@iconify-json/${name}/icons.json`) as IconSet;
  const found = new Map<number, string[]>();
  const add = (concept: number | undefined, icon: string): void => {
    if (concept !== undefined) found.set(concept, [...(found.get(concept) ?? []), icon]);
  };
  if (by === 'characters') {
    const characters = require(`@iconify-json/${name}/chars.json`) as Readonly<Record<string, string>>;
    for (const [hexcode, icon] of Object.entries(characters))
      add(byHexcode.get(hexcode) ?? byHexcode.get(hexcode.replaceAll('-fe0f', '')), icon);
  }
  const byCharacter = new Set(found.keys());
  for (const icon of [...Object.keys(set.icons), ...Object.keys(set.aliases ?? {})]) {
    const text = spaceless ? unsquashed(icon) : bare(icon);
    if (text === undefined) continue;
    const plain = slug(text);
    const concept =
      byName.get(plain) ??
      byName.get(plain.replace(/-[1-9]$/u, '')) ??
      (by === 'aliases' ? (byAlias.get(plain) ?? byAlias.get(plain.replace(/-[1-9]$/u, ''))) : undefined);
    if (concept !== undefined && !byCharacter.has(concept)) add(concept, icon);
  }
  const drawings: { concept: number; picture: string }[] = [];
  for (const [concept, icons] of found)
    for (const svg of new Set([...new Set(icons)].map((icon) => svgOf(set, icon)))) {
      if (svg !== undefined && drawings.filter((one) => one.concept === concept).length < VARIANTS)
        drawings.push({ concept, picture: svg });
    }
  await save(style, drawings);
}

for (const source of SOURCES) await renderIconSet(source);

const flags = require('@iconify-json/circle-flags/icons.json') as IconSet;
await save(
  'circle-flags',
  Object.keys(flags.icons).flatMap((name) => {
    if (!/^[a-z]{2}$/u.test(name)) return [];
    const hexcode = [0, 1].map((at) => (0x1f1e6 + name.charCodeAt(at) - 97).toString(16)).join('-');
    const concept = byHexcode.get(hexcode);
    const picture = svgOf({ width: 512, height: 512, ...flags }, name);
    return concept === undefined || picture === undefined ? [] : [{ concept, picture }];
  }),
);

const folder = path.join(path.dirname(require.resolve('@lobehub/fluent-emoji-3d/package.json')), 'assets');
await save(
  'fluent-3d',
  readdirSync(folder).flatMap((file) => {
    const hexcode = file.replace('.webp', '');
    const concept = byHexcode.get(hexcode) ?? byHexcode.get(hexcode.replaceAll('-fe0f', ''));
    return concept === undefined ? [] : [{ concept, picture: readFileSync(path.join(folder, file)) }];
  }),
);
