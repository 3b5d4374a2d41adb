import { ICON_SETS, STYLES, type Style } from './icon-sets.js';
import type { Sample } from './things.js';

/** Markdown: who made the drawings, under which licence, and where they are from. */
const ORIGINS: Readonly<Record<Style, string>> = {
  twemoji: `Copyright Twitter, Inc and other contributors. Graphics licensed under
[CC-BY 4.0](https://creativecommons.org/licenses/by/4.0/) ([legal text](https://creativecommons.org/licenses/by/4.0/legalcode)).
Source: [jdecked/twemoji](https://github.com/jdecked/twemoji), the maintained continuation of
[twitter/twemoji](https://github.com/twitter/twemoji), as packaged by [Iconify](https://icon-sets.iconify.design/twemoji/)`,
  noto: `Copyright Google Inc. Licensed under the [Apache License, Version 2.0](licences/Apache-2.0.txt)
(also at <https://www.apache.org/licenses/LICENSE-2.0>).
Source: [googlefonts/noto-emoji](https://github.com/googlefonts/noto-emoji), as packaged by
[Iconify](https://icon-sets.iconify.design/noto/)`,
};

/** The credits that CC-BY-4.0 and Apache-2.0 ask for, as Markdown. */
export function credits(samples: readonly Sample[]): string {
  const sections = STYLES.map((style) => {
    const set = ICON_SETS[style];
    const files = samples
      .filter((sample) => sample.metadata.style === set.title)
      .map((sample) => `\`${sample.file.replace('pictures/', '')}\``);
    return `## ${set.title}\n\n${ORIGINS[style]}\nin \`${set.package}\` ${set.version}.\n\nFiles (${files.length}): ${files.join(', ')}.\n`;
  });
  return `# Credits of the sample pictures

The pictures show emoji drawn by others. Changed here, by \`make.ts\`: each drawing was scaled, put on a soft coloured
background and rendered from SVG to a JPEG, WebP or PNG file of 384 × 384 pixels; the drawings themselves were not
altered. The makers of the drawings do not endorse Pictograph. The pictures stay under the licences of the drawings;
Pictograph's own licence does not cover them. This file is written by \`make.ts\`.

${sections.join('\n')}`;
}
