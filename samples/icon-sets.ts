import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

export const STYLES = ['twemoji', 'noto'] as const;
export type Style = (typeof STYLES)[number];

interface IconSet {
  readonly title: string;
  /** An SPDX identifier. */
  readonly licence: string;
  /** The npm package, in the one version that the credits name. */
  readonly package: string;
  readonly version: string;
}

export const ICON_SETS: Readonly<Record<Style, IconSet>> = {
  twemoji: { title: 'Twemoji', licence: 'CC-BY-4.0', package: '@iconify-json/twemoji', version: '1.2.5' },
  noto: { title: 'Noto Emoji', licence: 'Apache-2.0', package: '@iconify-json/noto', version: '1.2.9' },
};

export interface Icon {
  /** As Unicode writes it: `U+1F697`, several joined by spaces. */
  readonly codePoint: string;
  /** What stands inside the `<svg>` element. */
  readonly body: string;
  readonly viewBox: string;
}

const packageFile = z.object({ version: z.string() });
const charactersFile = z.record(z.string(), z.string());
const iconsFile = z.object({
  width: z.number().default(16),
  height: z.number().default(16),
  icons: z.record(
    z.string(),
    z.object({
      body: z.string(),
      left: z.number().default(0),
      top: z.number().default(0),
      width: z.number().optional(),
      height: z.number().optional(),
    }),
  ),
});

/** The drawings of one style. */
export interface IconSetReader {
  /**
   * @param name an emoji's name: `snow-capped mountain`
   * @throws Error when the set has no drawing of that name
   */
  byName(name: string): Icon;
  /**
   * @param hexcode an emoji's code points: `1f697`, several joined by `-`; variation selectors may be left out
   * @throws Error when the set has no drawing of it
   */
  byHexcode(hexcode: string): Icon;
}

/**
 * Opens the icon set of a style.
 *
 * @param folder where its package was installed: the folder that holds `node_modules`
 * @throws Error when the package is missing there or of another version
 */
export async function openIconSet(folder: string, style: Style): Promise<IconSetReader> {
  const { package: name, version } = ICON_SETS[style];
  const read = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(folder, 'node_modules', name, file), 'utf8'));

  const installed = packageFile.parse(await read('package.json')).version;
  if (installed !== version) {
    throw new Error(
      `${name} is ${installed} in ${folder}, but the credits name ${version}: install that version, ` +
        'or change it in samples/icon-sets.ts after reading the new one’s licence.',
    );
  }
  const set = iconsFile.parse(await read('icons.json'));
  const characters = Object.entries(charactersFile.parse(await read('chars.json')));
  const codePoints = new Map(characters.map(([codes, key]) => [key, codes]));
  const keys = new Map(characters.map(([codes, key]) => [withoutSelectors(codes), key]));

  const find = (key: string, wanted: string): Icon => {
    const icon = set.icons[key];
    const codes = codePoints.get(key);
    if (!icon || !codes) throw new Error(`${name} has no emoji ${wanted}.`);
    return {
      codePoint: codes
        .split('-')
        .map((code) => `U+${code.toUpperCase()}`)
        .join(' '),
      body: icon.body,
      viewBox: `${icon.left} ${icon.top} ${icon.width ?? set.width} ${icon.height ?? set.height}`,
    };
  };
  return {
    byName: (emoji) => find(emoji.replaceAll(' ', '-'), `named "${emoji}"`),
    byHexcode: (hexcode) => find(keys.get(withoutSelectors(hexcode)) ?? '', `of the code points ${hexcode}`),
  };
}

/** U+FE0F asks for a picture instead of a letter; sources differ in whether they write it. */
function withoutSelectors(hexcode: string): string {
  return hexcode.replaceAll('-fe0f', '');
}

/**
 * An SVG document with nothing but the icon, on nothing.
 *
 * @param side its width and height in pixels
 */
export function iconSvg(icon: Icon, side: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${side}" height="${side}" viewBox="${icon.viewBox}">${icon.body}</svg>`;
}
