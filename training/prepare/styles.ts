import path from 'node:path';
import { WORK } from './folders.js';

/** Where the rendered drawings lie. */
export const ART = path.join(WORK, 'art');

/** Never trained on; the model is measured on it. */
export const HELD_OUT_STYLE = 'twemoji';

export interface Source {
  readonly style: string;
  readonly package: string;
  /** `characters`: the package says which emoji a drawing is; `names`: by the emoji's name; `aliases`: by short codes too. */
  readonly by: 'characters' | 'names' | 'aliases';
  /** Whether its names are written without spaces: `loveletter`. */
  readonly spaceless?: true;
  /** What a drawing's name is once the marks of its variant are off; undefined leaves it out. */
  readonly name?: (name: string) => string | undefined;
}

const solid = (name: string): string =>
  name.replace(
    /-(fill|filled|bold|bold-duotone|duotone|solid|alt|thin|light|rounded|sharp|variant|11|15|color|flat|duo)$/u,
    '',
  );
const numbered = (name: string): string =>
  solid(name.replace(/-(16|20|24|28|32|48)$/u, '')).replace(/-\d$/u, '');
const only =
  (pattern: RegExp) =>
  (name: string): string | undefined =>
    pattern.test(name) ? numbered(name) : undefined;
const without =
  (pattern: RegExp) =>
  (name: string): string | undefined =>
    pattern.test(name) ? undefined : numbered(name);

export const SOURCES: readonly Source[] = [
  { style: 'twemoji', package: 'twemoji', by: 'characters' },
  { style: 'noto', package: 'noto', by: 'characters' },
  { style: 'noto-v1', package: 'noto-v1', by: 'characters' },
  { style: 'fluent-flat', package: 'fluent-emoji-flat', by: 'characters' },
  { style: 'fluent-color', package: 'fluent-emoji', by: 'characters' },
  { style: 'fluent-high-contrast', package: 'fluent-emoji-high-contrast', by: 'names' },
  { style: 'fxemoji', package: 'fxemoji', by: 'aliases', spaceless: true },
  { style: 'streamline-emojis', package: 'streamline-emojis', by: 'characters' },
  {
    style: 'flat-color-icons',
    package: 'flat-color-icons',
    by: 'aliases',
    name: (name) => name.replaceAll('_', '-'),
  },
  { style: 'icon-park', package: 'icon-park', by: 'aliases' },
  { style: 'meteocons', package: 'meteocons', by: 'aliases', name: numbered },
  { style: 'fluent-system-color', package: 'fluent-color', by: 'aliases', name: only(/-(32|48)$/u) },
  ...[
    'color',
    'ultimate-color',
    'plump-color',
    'flex-color',
    'freehand-color',
    'kameleon-color',
    'sharp-color',
    'stickies-color',
  ].map((set): Source => ({
    style: `streamline-${set}`,
    package: `streamline-${set}`,
    by: 'aliases',
    name: numbered,
  })),
  { style: 'game-icons', package: 'game-icons', by: 'aliases' },
  { style: 'mdi', package: 'mdi', by: 'aliases', name: without(/outline|box|circle-/u) },
  { style: 'ph', package: 'ph', by: 'aliases', name: only(/-(fill|duotone)$/u) },
  { style: 'fa6-solid', package: 'fa6-solid', by: 'aliases' },
  { style: 'tabler', package: 'tabler', by: 'aliases', name: without(/-off$/u) },
  { style: 'healthicons', package: 'healthicons', by: 'aliases', name: without(/outline/u) },
  { style: 'maki', package: 'maki', by: 'aliases', name: numbered },
  { style: 'temaki', package: 'temaki', by: 'aliases', name: numbered },
  {
    style: 'material-symbols',
    package: 'material-symbols',
    by: 'aliases',
    name: without(/outline|sharp|rounded/u),
  },
  { style: 'lucide', package: 'lucide', by: 'aliases' },
  { style: 'solar', package: 'solar', by: 'aliases', name: only(/-(bold|bold-duotone)$/u) },
  { style: 'mingcute', package: 'mingcute', by: 'aliases', name: only(/-fill$/u) },
];
