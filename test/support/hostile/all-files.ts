import { bombs } from './bombs.js';
import { damagedFiles } from './damaged.js';
import type { HostileFile } from './hostile-file.js';
import { strangeFiles } from './strange.js';
import { truncatedFiles } from './truncated.js';

/** What an image may have, in megapixels, so that all of `hostileFiles` are judged as they say. */
export const HOSTILE_MEGAPIXELS = '9';

/** More than 200 files that somebody may come with, and what must become of each where SVG is accepted. */
export async function hostileFiles(): Promise<HostileFile[]> {
  const side = Math.sqrt(Number(HOSTILE_MEGAPIXELS) * 1e6);
  return [
    ...(await truncatedFiles()),
    ...(await bombs(side)),
    ...(await damagedFiles()),
    ...(await strangeFiles()),
  ];
}
