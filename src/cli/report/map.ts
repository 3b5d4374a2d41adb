import { escapeHtml } from './escape.js';
import type { Shown } from './page.js';
import { COLOURED, colourOf } from './palette.js';

/** An image with its place on the map. */
export interface Mapped extends Shown {
  readonly label: string | null;
  readonly x: number;
  readonly y: number;
}

const WIDTH = 1_000;
const HEIGHT = 700;
const MARGIN = 30;

/**
 * A drawing with every image at its place, framed in its label's colour, and a legend. The axes are stretched to fill the
 * drawing: they mean nothing by themselves.
 *
 * @param names the labels, the most frequent first
 */
export function embeddingMap(images: readonly Mapped[], names: readonly string[]): string {
  // So that a full map is not one heap: a hundred images at 40 pixels, a thousand at 16.
  const size = Math.round(Math.min(40, Math.max(16, 400 / Math.sqrt(images.length))));
  const across = scale(
    images.map(({ x }) => x),
    WIDTH,
  );
  const down = scale(
    images.map(({ y }) => -y),
    HEIGHT,
  );
  const marks = images.map((image, index) => {
    const x = ((across[index] ?? 0) - size / 2).toFixed(1);
    const y = ((down[index] ?? 0) - size / 2).toFixed(1);
    const place = `x="${x}" y="${y}" width="${size}" height="${size}"`;
    const picture =
      image.picture === undefined ? '' : `<image ${place} href="${escapeHtml(image.picture)}"/>`;
    const label = image.label === null ? '' : ` (${image.label})`;
    return `<g><title>${escapeHtml(image.name + label)}</title>${picture}<rect ${place} rx="3" fill="none" stroke="${colourOf(image.label, names)}" stroke-width="3"/></g>`;
  });
  return `<div class="map"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Map of the images">
${marks.join('\n')}
</svg></div>
<ul class="legend">${legend(images, names)}</ul>`;
}

function legend(images: readonly Mapped[], names: readonly string[]): string {
  const present = new Set(images.map(({ label }) => label));
  const coloured = names.slice(0, COLOURED).filter((name) => present.has(name));
  // Both are grey.
  const grey = [
    ...([...present].some((label) => label !== null && !coloured.includes(label)) ? ['others'] : []),
    ...(present.has(null) ? ['none'] : []),
  ];
  const entry = (name: string, colour: string) =>
    `<li><span class="dot" style="background:${colour}"></span>${escapeHtml(name)}</li>`;
  return [
    ...coloured.map((name) => entry(name, colourOf(name, names))),
    ...(grey.length > 0 ? [entry(grey.join(', '), colourOf(null, names))] : []),
  ].join('');
}

function scale(values: readonly number[], length: number): number[] {
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  return values.map((value) =>
    span === 0 ? length / 2 : MARGIN + ((value - least) / span) * (length - 2 * MARGIN),
  );
}
