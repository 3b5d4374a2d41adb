/**
 * Draws what runs of `bench/growth.ts --json FILE` measured into one picture.
 *
 *     npx tsx bench/growth-plot.ts postgres.json [embedded.json] > docs/pictures/growth.svg
 */
import { readFile } from 'node:fs/promises';
import { drawGrowth } from './growth-picture.js';
import { growthResult } from './growth-results.js';

const files = process.argv.slice(2);
if (files.length < 1 || files.length > 2) {
  console.error(
    'Usage: npx tsx bench/growth-plot.ts FILE [FILE], where a FILE is of `bench/growth.ts --json`.',
  );
  process.exitCode = 2;
} else {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  process.stdout.write(drawGrowth(texts.map((text) => growthResult.parse(JSON.parse(text)))));
}
