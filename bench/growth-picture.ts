import { nameOf, type GrowthResult, type SizeResult } from './growth-results.js';
import { drawPanel, line, text, type Axis, type Panel, type Series } from './line-chart.js';

const WIDTH = 900;
const PANEL = { width: 450, height: 360 };
const HEADER = 66;
const FOOTER = 34;
// Colours that those tell apart who see fewer (Okabe and Ito).
const COLOURS: Readonly<Record<string, string>> = {
  none: '#0072b2',
  '50 %': '#56b4e9',
  '10 %': '#009e73',
  '1 %': '#e69f00',
  '0.1 %': '#cc79a7',
};
const RED = '#d55e00';

const images: Axis = { label: 'images', scale: 'log', format: (value) => value.toLocaleString('en') };

/** An SVG of what runs measured: the first with whole lines, a second with dashed ones. */
export function drawGrowth(results: readonly GrowthResult[]): string {
  const panels = [latencyPanel(results), recallPanel(results), timePanel(results), sizePanel(results)];
  const height = HEADER + 2 * PANEL.height + FOOTER;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif" font-size="12">`,
    // A page in the dark would leave dark letters on a dark ground.
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text('Search as the collection grows', 20, 28, 'font-size="18" font-weight="bold"'),
    ...drawRuns(results),
    ...panels.map((panel, index) =>
      drawPanel(panel, {
        left: (index % 2) * PANEL.width,
        top: HEADER + Math.floor(index / 2) * PANEL.height,
        ...PANEL,
      }),
    ),
    text(
      'A percentage says how many of the images a filter lets through. Rings are measurements.',
      20,
      height - 14,
    ),
    '</svg>',
  ].join('\n')}\n`;
}

/** Which line is of which run. */
function drawRuns(results: readonly GrowthResult[]): string[] {
  let left = 20;
  return results.flatMap((result, index) => {
    const name = `${nameOf(result)} (${result.versions})`;
    const from = left;
    left += 60 + 6.6 * name.length;
    return [
      line(
        from,
        46,
        from + 32,
        46,
        '#1f2328',
        `stroke-width="2"${isDashed(index) ? ' stroke-dasharray="6 4"' : ''}`,
      ),
      text(name, from + 40, 50),
    ];
  });
}

function isDashed(run: number): boolean {
  return run > 0;
}

function seriesOf(
  results: readonly GrowthResult[],
  name: string,
  colour: string,
  valueOf: (size: SizeResult) => number | undefined,
): Series[] {
  return results.map(({ sizes }, run) => ({
    name,
    colour,
    dashed: isDashed(run),
    points: sizes.flatMap((size) => {
      const value = valueOf(size);
      return value === undefined ? [] : [[size.images, value] as const];
    }),
  }));
}

function shareSeries(results: readonly GrowthResult[], figure: 'p50' | 'recall'): Series[] {
  return Object.entries(COLOURS).flatMap(([share, colour]) =>
    seriesOf(
      results,
      share === 'none' ? 'AUTO, no filter' : `AUTO, ${share}`,
      colour,
      ({ filters }) => filters.find((filter) => filter.share === share)?.[figure],
    ),
  );
}

function latencyPanel(results: readonly GrowthResult[]): Panel {
  return {
    title: 'Median time of a search',
    x: images,
    y: { label: 'time', scale: 'log', format: formatTime },
    series: [
      ...seriesOf(results, 'EXACT, no filter', RED, ({ exactP50 }) => exactP50),
      ...shareSeries(results, 'p50'),
    ],
  };
}

function recallPanel(results: readonly GrowthResult[]): Panel {
  return {
    title: 'Share of the 10 nearest that is found',
    x: images,
    y: {
      label: 'recall@10',
      scale: 'linear',
      format: (value) => value.toFixed(2),
      atLeast: [0.95, 1],
    },
    series: shareSeries(results, 'recall'),
  };
}

function timePanel(results: readonly GrowthResult[]): Panel {
  return {
    title: 'Building the index, adding one image',
    x: images,
    y: { label: 'time', scale: 'log', format: formatTime },
    series: [
      ...seriesOf(results, 'build', '#0072b2', ({ buildMs }) => buildMs),
      ...seriesOf(results, 'insert', RED, ({ insertMs }) => insertMs),
      ...seriesOf(results, 'insert without the index', '#e69f00', ({ plainInsertMs }) => plainInsertMs),
    ],
  };
}

function sizePanel(results: readonly GrowthResult[]): Panel {
  return {
    title: 'Size on disk',
    x: images,
    y: { label: 'size', scale: 'log', format: formatBytes },
    series: [
      ...seriesOf(results, 'vector index', '#0072b2', ({ indexBytes }) => indexBytes),
      ...seriesOf(results, 'table of embeddings', '#009e73', ({ tableBytes }) => tableBytes),
    ],
  };
}

function formatTime(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Number(milliseconds.toPrecision(2))} ms`
    : `${(milliseconds / 1000).toLocaleString('en')} s`;
}

function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Number((bytes / 1e6).toPrecision(2))} MB` : `${Math.round(bytes / 1e9)} GB`;
}
