/**
 * Draws the README's picture: real queries to a running demo, with what it answers, good and bad.
 *
 *     npm run demo                                          # in one terminal
 *     npx tsx docs/pictures/make.ts http://127.0.0.1:4000   # in another
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { drawSheet, MATCHES, type SheetRow } from './sheet.js';
import { ask } from './ask.js';

/** A colour and a thing, a colour and a kind, kinds, and words that name no thing. What they find is shown as it is. */
const QUERIES = [
  'red car',
  'ovoce',
  'red fruit',
  'animal',
  'musical instrument',
  'you need it when it rains',
];

async function main(address: string): Promise<void> {
  const rows: SheetRow[] = [];
  for (const text of QUERIES) rows.push({ text, matches: await ask(address, text, MATCHES) });
  const file = path.join(import.meta.dirname, 'searches.webp');
  const picture = await sharp(await drawSheet(rows))
    .webp({ quality: 92, smartSubsample: true, effort: 6 })
    .toBuffer();
  await writeFile(file, picture);
  for (const { text, matches } of rows) {
    console.log(
      `${text}: ${matches.map(({ title, similarity }) => `${title} ${similarity.toFixed(3)}`).join(', ')}`,
    );
  }
  console.log(`${file}: ${Math.round(picture.length / 1024)} KiB`);
}

const [address] = process.argv.slice(2);
if (address === undefined) {
  console.error(
    'Usage: npx tsx docs/pictures/make.ts ADDRESS, where ADDRESS is that of a running `npm run demo`.',
  );
  process.exitCode = 2;
} else {
  await main(address);
}
