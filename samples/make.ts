/**
 * Draws the sample collection: pictures/, collection.json and CREDITS.md.
 *
 * Only needed when things.ts changes; what it makes is committed. The icon sets are installed aside:
 *
 *     mkdir /tmp/icon-sets && cd /tmp/icon-sets
 *     npm install --no-save @iconify-json/twemoji@1.2.5 @iconify-json/noto@1.2.9
 *     cd - && npx tsx samples/make.ts /tmp/icon-sets
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { credits } from './credits.js';
import { openIconSet, ICON_SETS, STYLES, type Style } from './icon-sets.js';
import { drawPicture, type Format } from './picture.js';
import { KINDS, type Sample } from './things.js';

const FORMATS: readonly Format[] = ['jpg', 'webp', 'webp', 'jpg', 'webp', 'png'];

const here = import.meta.dirname;

async function main(iconFolder: string): Promise<void> {
  const icons = {
    twemoji: await openIconSet(iconFolder, 'twemoji'),
    noto: await openIconSet(iconFolder, 'noto'),
  };
  await rm(path.join(here, 'pictures'), { recursive: true, force: true });
  await mkdir(path.join(here, 'pictures'));

  const samples: Sample[] = [];
  let bytes = 0;
  for (const kind of KINDS) {
    for (const style of STYLES) {
      const set = ICON_SETS[style];
      for (const name of kind[style]) {
        const icon = icons[style].byName(name);
        const stem = name.replaceAll(' ', '-') + (isSecond(kind, style, name) ? `-${style}` : '');
        const format = FORMATS[samples.length % FORMATS.length] ?? 'webp';
        const picture = await drawPicture(icon, stem, format);
        const file = `pictures/${stem}.${format}`;
        await writeFile(path.join(here, file), picture);
        bytes += picture.length;
        samples.push({
          file,
          name,
          title: name.charAt(0).toUpperCase() + name.slice(1),
          tags: kind.tags,
          metadata: {
            style: set.title,
            licence: set.licence,
            source: `${set.package}@${set.version}`,
            codePoint: icon.codePoint,
          },
        });
      }
    }
  }
  await writeFile(
    path.join(here, 'collection.json'),
    `${JSON.stringify({ pictures: samples }, undefined, 2)}\n`,
  );
  await writeFile(path.join(here, 'CREDITS.md'), credits(samples));
  console.log(`${samples.length} pictures, ${Math.round(bytes / 1024)} KiB`);
}

/** Whether another style, earlier in the list, has the same thing: file names must differ. */
function isSecond(kind: (typeof KINDS)[number], style: Style, name: string): boolean {
  return STYLES.slice(0, STYLES.indexOf(style)).some((other) => kind[other].includes(name));
}

const [iconFolder] = process.argv.slice(2);
if (iconFolder === undefined) {
  console.error(
    'Usage: npx tsx samples/make.ts FOLDER, where FOLDER holds the icon sets: see the head of the script.',
  );
  process.exitCode = 2;
} else {
  await main(iconFolder);
}
