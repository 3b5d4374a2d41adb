/** One line of a panel. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Lines of a second run are dashed. */
  readonly dashed: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'log' | 'linear';
  readonly format: (value: number) => string;
  /** From where to where at least; the data may reach further. */
  readonly atLeast?: readonly [number, number];
}

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

/** The place of a panel, with its title, labels and legend, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MARGIN = { left: 74, right: 24, top: 28, bottom: 44 };
const LEGEND_LINE = 17;
/** Wide enough for the letters that legends have; SVG does not tell how wide a text is. */
const LETTER = 6.8;
const KEY = 28;
const INK = '#1f2328';
const GRID = '#d8dee4';

/** Draws a panel as elements of an SVG; series of the same name share an entry of the legend. */
export function drawPanel(panel: Panel, box: Box): string {
  const names = [...new Set(panel.series.map(({ name }) => name))];
  // Where lines lie on each other, as those of a full recall do, rings of different sizes still show all of them.
  const radiusOf = ({ name }: Series) => 2.2 + 0.9 * names.indexOf(name);
  const named = names.flatMap((name) => panel.series.find((series) => series.name === name) ?? []);
  const legend = layOut(named, box.width - MARGIN.left - MARGIN.right);
  const plot: Box = {
    left: box.left + MARGIN.left,
    top: box.top + MARGIN.top + legend.height,
    width: box.width - MARGIN.left - MARGIN.right,
    height: box.height - MARGIN.top - MARGIN.bottom - legend.height,
  };
  const points = panel.series.flatMap((series) => series.points);
  const x = scaleOf(
    panel.x,
    points.map(([value]) => value),
    { from: plot.left, to: plot.left + plot.width },
  );
  const y = scaleOf(
    panel.y,
    points.map(([, value]) => value),
    { from: plot.top + plot.height, to: plot.top },
  );
  const bottom = plot.top + plot.height;
  const middle = plot.top + plot.height / 2;
  return [
    text(panel.title, plot.left, box.top + 16, 'font-size="14" font-weight="bold"'),
    ...legend.entries.map(({ series, left, top }) =>
      drawKey(series, radiusOf(series), plot.left + left, box.top + MARGIN.top + top),
    ),
    ...x.ticks.flatMap((tick) => [
      line(x.place(tick), plot.top, x.place(tick), bottom, GRID),
      text(panel.x.format(tick), x.place(tick), bottom + 17, 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(plot.left, y.place(tick), plot.left + plot.width, y.place(tick), GRID),
      text(panel.y.format(tick), plot.left - 8, y.place(tick) + 4, 'text-anchor="end"'),
    ]),
    line(plot.left, plot.top, plot.left, bottom, INK),
    line(plot.left, bottom, plot.left + plot.width, bottom, INK),
    text(panel.x.label, plot.left + plot.width / 2, bottom + 36, 'text-anchor="middle"'),
    text(
      panel.y.label,
      0,
      0,
      `text-anchor="middle" transform="translate(${px(box.left + 14)} ${px(middle)}) rotate(-90)"`,
    ),
    ...panel.series.map((series) => drawSeries(series, radiusOf(series), x.place, y.place)),
  ].join('\n');
}

/** Fills the width line by line. */
function layOut(
  named: readonly Series[],
  width: number,
): { entries: { series: Series; left: number; top: number }[]; height: number } {
  const entries: { series: Series; left: number; top: number }[] = [];
  let [left, top] = [0, 0];
  for (const series of named) {
    const needed = KEY + LETTER * series.name.length;
    if (left > 0 && left + needed > width) [left, top] = [0, top + LEGEND_LINE];
    entries.push({ series, left, top });
    left += needed + 14;
  }
  return { entries, height: top + LEGEND_LINE };
}

function drawKey({ name, colour }: Series, radius: number, left: number, top: number): string {
  return [
    line(left, top + 4, left + KEY - 6, top + 4, colour, 'stroke-width="2"'),
    ring(left + (KEY - 6) / 2, top + 4, radius, colour),
    text(name, left + KEY, top + 8),
  ].join('\n');
}

function ring(x: number, y: number, radius: number, colour: string): string {
  return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

function drawSeries(
  { colour, dashed, points }: Series,
  radius: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const path = points.map(([from, to]) => `${px(x(from))},${px(y(to))}`).join(' ');
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="6 4"' : ''}/>`,
    ...points.map(([from, to]) => ring(x(from), y(to), radius, colour)),
  ].join('\n');
}

interface Scale {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

function scaleOf(
  { scale, atLeast = [Infinity, -Infinity] }: Axis,
  values: readonly number[],
  pixels: { readonly from: number; readonly to: number },
): Scale {
  const bend = scale === 'log' ? Math.log10 : (value: number) => value;
  const least = bend(Math.min(atLeast[0], ...values));
  const most = bend(Math.max(atLeast[1], ...values));
  const air = 0.06 * (most - least || 1);
  const [from, to] = [least - air, most + air];
  return {
    ticks: (scale === 'log' ? logTicks(from, to) : linearTicks(from, to)).filter(
      (tick) => bend(tick) >= from && bend(tick) <= to,
    ),
    place: (value) => pixels.from + ((bend(value) - from) / (to - from)) * (pixels.to - pixels.from),
  };
}

/** As many as can be read: each power of ten, and numbers between where there are few. */
function logTicks(from: number, to: number): number[] {
  const decades = to - from;
  const steps = decades < 1.5 ? [1, 2, 5] : decades < 3.2 ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++)
    ticks.push(...steps.map((step) => step * 10 ** power));
  return ticks;
}

function linearTicks(from: number, to: number): number[] {
  const rough = (to - from) / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** A line of text; attributes may say more of its looks. */
export function text(content: string, left: number, top: number, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${px(left)}" y="${px(top)}" fill="${INK}" ${attributes}>${escaped}</text>`;
}

/** A straight line; attributes may say more of its looks. */
export function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  attributes = '',
): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${colour}" ${attributes}/>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
