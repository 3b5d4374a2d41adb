import { escapeHtml } from './escape.js';
import { embeddingMap, type Mapped } from './map.js';
import { colourOf } from './palette.js';

/** An image in a page. */
export interface Shown {
  readonly name: string;
  /** A `data:` address; undefined where there is no picture to be had. */
  readonly picture: string | undefined;
}

export interface Report {
  readonly title: string;
  readonly modelName: string;
  readonly madeAt: Date;
  /** What colours the map; undefined: the images' first tags. */
  readonly labelSet: string | undefined;
  readonly mapped: readonly Mapped[];
  /** The most frequent first. */
  readonly labels: readonly { readonly label: string; readonly images: number }[];
  readonly duplicates: readonly {
    readonly imageCount: number;
    readonly bestSimilarity: number;
    readonly images: readonly Shown[];
  }[];
  readonly duplicateGroupCount: number;
  readonly outliers: readonly (Shown & { readonly similarity: number })[];
}

// No script, and a policy that lets nothing in from elsewhere, in case a text should get through unescaped after all.
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
.muted { opacity: 0.7; }
.map { overflow-x: auto; background: #fff; border: 1px solid #8884; border-radius: 6px; }
.map svg { display: block; width: 100%; min-width: 44rem; height: auto; }
ul { list-style: none; padding: 0; } .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
li, .bars span, figcaption { overflow-wrap: anywhere; }
.dot { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; margin-right: 0.3em; }
.bars { display: grid; grid-template-columns: fit-content(40%) 1fr max-content; gap: 0.25rem 0.75rem; align-items: center; }
.bars :nth-child(3n) { text-align: right; } .bar { height: 1em; border-radius: 3px; }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: 0.75rem; margin: 0 0 1rem; }
figure { margin: 0; width: 96px; font-size: 0.75rem; line-height: 1.35; }
figure img, .none { display: block; width: 96px; height: 96px; margin-bottom: 0.25rem; object-fit: contain; background: #8882; border-radius: 4px; }
`;

/** The page: one file that refers to nothing outside of itself. */
export function reportPage(report: Report): string {
  const { title, modelName, madeAt, mapped, labels, duplicates, duplicateGroupCount, outliers } = report;
  const what = report.labelSet === undefined ? 'first tag' : `label of “${report.labelSet}”`;
  const names = labels.map(({ label }) => label);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="muted">${mapped.length.toLocaleString('en')} images, embedded by ${escapeHtml(modelName)}. Made ${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
<h2>Map</h2>
<p>Images that the model finds similar lie close to each other. The colour is the ${escapeHtml(what)}.</p>
${mapped.length === 0 ? '<p class="muted">No image to show.</p>' : embeddingMap(mapped, names)}
<h2>Labels</h2>
${labels.length === 0 ? '<p class="muted">No image has a label or a tag.</p>' : bars(labels, names)}
<h2>Near duplicates</h2>
${duplicates.length === 0 ? '<p class="muted">None.</p>' : `<p>${groupCount(duplicateGroupCount, duplicates.length)} The image to keep comes first.</p>`}
${duplicates
  .map(
    ({ imageCount, bestSimilarity, images }) =>
      `<p class="muted">${imageCount} images, the closest two at ${bestSimilarity.toFixed(3)}</p><div class="row">${images.map((image) => figure(image)).join('')}</div>`,
  )
  .join('\n')}
<h2>Outliers</h2>
<p>The images that are least like the image most like them, with that similarity.</p>
<div class="row">${outliers.map((image) => figure(image, image.similarity.toFixed(3))).join('')}</div>
</body>
</html>
`;
}

function groupCount(all: number, shown: number): string {
  const groups = all === 1 ? '1 group' : `${all.toLocaleString('en')} groups`;
  return shown < all ? `${groups}, the first ${shown} here.` : `${groups}.`;
}

function bars(labels: Report['labels'], names: readonly string[]): string {
  const most = Math.max(...labels.map(({ images }) => images));
  const lines = labels.map(({ label, images }) => {
    const width = Math.max(0.5, (100 * images) / most).toFixed(1);
    return `<span>${escapeHtml(label)}</span><div><div class="bar" style="width:${width}%;background:${colourOf(label, names)}"></div></div><span>${images.toLocaleString('en')}</span>`;
  });
  return `<div class="bars">${lines.join('\n')}</div>`;
}

function figure({ name, picture }: Shown, note?: string): string {
  const seen =
    picture === undefined
      ? '<span class="none"></span>'
      : `<img src="${escapeHtml(picture)}" alt="" width="96" height="96">`;
  return `<figure>${seen}<figcaption>${escapeHtml(name)}${note === undefined ? '' : `<br>${escapeHtml(note)}`}</figcaption></figure>`;
}
